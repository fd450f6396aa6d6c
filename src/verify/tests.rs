//! What verification must find, and what it cannot.
