//! Tests of the views.

mod compare;
mod kit;
mod known;
mod pages;
mod past;
mod store;
