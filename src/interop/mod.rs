//! What comes from other systems: a table of rows and a map that says what its columns mean give
//! statements in an order the rules admit. Nothing is written here: who imports hands them on.

mod cases;
mod csv;
mod error;
mod ids;
pub mod map;
mod process;
mod stamp;
mod xes;

#[cfg(test)]
mod tests;

use std::io::BufRead;

pub use error::{Error, Problem};
pub use map::Map;
pub use process::{Process, Said, Statements};

/// Result of reading a file.
pub type Result<T> = std::result::Result<T, Error>;

/// How a table is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// RFC 4180, UTF-8, its first row names the columns.
    Csv,
    /// IEEE 1849 XML. Attributes of a trace are the columns `case:<key>`, of an event `<key>`.
    Xes,
}

/// A table that can be read from its beginning more than once.
pub struct Source<'a> {
    /// How it is written.
    pub format: Format,
    /// Opens it at its beginning.
    pub open: &'a dyn Fn() -> std::io::Result<Box<dyn BufRead>>,
}

/// The columns a map names, of one row.
#[derive(Debug)]
struct Row {
    /// Its number, from 1: rows that cannot be read count, the header does not.
    row: u64,
    /// Where it begins.
    line: u64,
    /// One for each column asked for, in that order.
    cells: Vec<Cell>,
}

/// What stands in a column.
#[derive(Clone, Debug, Default)]
struct Cell {
    text: String,
    line: u64,
    column: u64,
}

/// A reader of rows. What is wrong with one row is told in its place; an error ends the file.
trait Rows {
    fn next(&mut self) -> Result<Option<std::result::Result<Row, Problem>>>;

    /// Rows met so far, those that cannot be read among them.
    fn met(&self) -> u64;

    /// Once every row is read: a column asked for that no row has, and the columns there are.
    fn missing(&self) -> Option<(String, Vec<String>)>;
}

/// Opens a table and finds its columns.
fn rows(source: &Source<'_>, columns: &[String], separator: u8) -> Result<Box<dyn Rows>> {
    let file = (source.open)()?;
    Ok(match source.format {
        Format::Csv => Box::new(csv::Table::open(file, columns, separator)?),
        Format::Xes => Box::new(xes::Log::new(file, columns)),
    })
}
