//! Small tables and logs, good and bad, and what is made of them.

mod csv;
mod kit;
mod process;
mod xes;
