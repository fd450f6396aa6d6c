//! Tests of the views.

mod bundle;
mod compare;
mod coordination;
mod kit;
mod known;
mod pages;
mod past;
mod repeals;
mod store;
mod stories;
