//! The command and its directory.
