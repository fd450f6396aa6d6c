//! States for tests, told fact by fact.
