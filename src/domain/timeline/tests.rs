//! Days and periods.
