//! Tests of the views.

mod known;
