//! Tables in CSV (RFC 4180), strictly: a quote in the wrong place is told with its line and column,
//! and costs the line it stands in, not the lines that follow.

use std::collections::VecDeque;
use std::io::{BufRead, Read as _};

use super::{Cell, Error, Problem, Result, Row, Rows};

/// Most bytes and lines of one row: an open quote must not swallow the file.
const ROW_BYTES_MAX: usize = 256 << 10;
const ROW_LINES_MAX: usize = 1_000;
const SAVE: &str = "save the table as CSV in UTF-8, its first row naming the columns";

/// A table, after its header.
pub(super) struct Table {
    lines: Lines,
    separator: u8,
    /// Columns the header has.
    width: usize,
    /// Place of each column asked for.
    wanted: Vec<usize>,
    met: u64,
}

/// A field as it stands between separators, quotes taken off.
#[derive(Debug, Default)]
struct Field {
    bytes: Vec<u8>,
    line: u64,
    column: u64,
}

/// What came of reading one row.
type Read = std::result::Result<Vec<Field>, Problem>;

impl Table {
    /// Reads the header.
    pub(super) fn open(input: Box<dyn BufRead>, columns: &[String], separator: u8) -> Result<Self> {
        let mut table = Self {
            lines: Lines { input, again: VecDeque::new(), next: 1 },
            separator,
            width: 0,
            wanted: vec![],
            met: 0,
        };
        let bad = |Problem { line, column, detail, .. }: Problem| Error::at(line, column, detail, SAVE);
        let Some(header) = table.fields()? else {
            return Err(Error::at(1, 1, "the table is empty", SAVE));
        };
        let names: Vec<String> = header
            .map_err(bad)?
            .into_iter()
            .map(|field| text(field).map(|cell| cell.text))
            .collect::<std::result::Result<_, _>>()
            .map_err(bad)?;
        for column in columns {
            let mut places = names.iter().enumerate().filter(|(_, name)| *name == column);
            match (places.next(), places.next()) {
                (Some((place, _)), None) => table.wanted.push(place),
                (None, _) => return Err(Error::no_column(column, &names)),
                (Some(_), Some((place, _))) => {
                    let why = format!("two columns are named {column:?}");
                    return Err(Error::at(1, place as u64 + 1, why, "give each column a name of its own"));
                }
            }
        }
        table.width = names.len();
        Ok(table)
    }

    /// The fields of the next row. After a fault reading goes on with the line behind the one the
    /// row begins in.
    fn fields(&mut self) -> Result<Option<Read>> {
        let mut taken: Vec<Vec<u8>> = Vec::new();
        let (mut split, mut bytes, mut first) = (Split::new(self.separator), 0, self.lines.next);
        loop {
            let line = self.lines.take()?;
            let fault = match line {
                None if taken.is_empty() => return Ok(None),
                None => Some(split.open(first)),
                Some(line) if taken.is_empty() && line.trim_ascii().is_empty() => {
                    first = self.lines.next;
                    continue;
                }
                Some(line) => {
                    let fed = split.feed(&line, first + taken.len() as u64);
                    bytes += line.len();
                    taken.push(line);
                    match fed {
                        Ok(true) => return Ok(Some(Ok(split.fields))),
                        Ok(false) if bytes <= ROW_BYTES_MAX && taken.len() < ROW_LINES_MAX => None,
                        Ok(false) => Some(split.open(first)),
                        // a quote that was left open earlier is the cause, not where it shows
                        Err(fault) if split.begun() < fault.line => Some(split.open(first)),
                        Err(fault) => Some(fault),
                    }
                }
            };
            if let Some(fault) = fault {
                self.lines.back(taken.into_iter().skip(1), first + 1);
                return Ok(Some(Err(fault)));
            }
        }
    }
}

impl Rows for Table {
    fn next(&mut self) -> Result<Option<std::result::Result<Row, Problem>>> {
        let Some(read) = self.fields()? else { return Ok(None) };
        self.met += 1;
        let row = read.and_then(|fields| {
            let (line, column) = fields.first().map_or((0, 1), |field| (field.line, field.column));
            if fields.len() != self.width {
                let (found, width) = (fields.len(), self.width);
                let detail = format!(
                    "{found} cells, and the header has {width}; a cell that holds a separator stands in quotes"
                );
                return Err(Problem::malformed(line, column, detail));
            }
            let mut fields: Vec<_> = fields.into_iter().map(Some).collect();
            let mut cells = Vec::with_capacity(self.wanted.len());
            for place in &self.wanted {
                // columns asked for differ, so none is taken twice
                let field = fields.get_mut(*place).and_then(Option::take).unwrap_or_default();
                cells.push(text(field)?);
            }
            Ok(Row { row: self.met, line, cells })
        });
        Ok(Some(row))
    }

    fn met(&self) -> u64 {
        self.met
    }

    fn missing(&self) -> Option<(String, Vec<String>)> {
        // found when the header was read
        None
    }
}

fn text(field: Field) -> std::result::Result<Cell, Problem> {
    let Field { bytes, line, column } = field;
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Cell { text, line, column }),
        Err(_) => Err(Problem::malformed(line, column, "the cell is not UTF-8; save the table as UTF-8")),
    }
}

/// Lines of the file; some are read again after a fault.
struct Lines {
    input: Box<dyn BufRead>,
    again: VecDeque<Vec<u8>>,
    /// Number of the line that comes next.
    next: u64,
}

impl Lines {
    fn take(&mut self) -> Result<Option<Vec<u8>>> {
        let mut line = match self.again.pop_front() {
            Some(line) => line,
            None => {
                let mut line = Vec::new();
                (&mut self.input).take(ROW_BYTES_MAX as u64 + 1).read_until(b'\n', &mut line)?;
                line
            }
        };
        if line.len() > ROW_BYTES_MAX {
            let why = format!("the line is longer than {ROW_BYTES_MAX} bytes");
            return Err(Error::at(self.next, 1, why, SAVE));
        }
        if self.next == 1 && line.starts_with("\u{feff}".as_bytes()) {
            line.drain(..3);
        }
        if line.is_empty() {
            return Ok(None);
        }
        self.next += 1;
        Ok(Some(line))
    }

    fn back(&mut self, lines: impl DoubleEndedIterator<Item = Vec<u8>>, next: u64) {
        for line in lines.rev() {
            self.again.push_front(line);
        }
        self.next = next;
    }
}

/// Splits the lines of one row into fields.
struct Split {
    separator: u8,
    fields: Vec<Field>,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Where a field begins.
    Begin,
    Plain,
    Quoted,
    /// Behind a quote that ends a field or doubles itself.
    Closing,
}

impl Split {
    fn new(separator: u8) -> Self {
        Self { separator, fields: Vec::new(), state: State::Begin }
    }

    /// Takes a line; whether the row ends with it.
    fn feed(&mut self, whole: &[u8], number: u64) -> std::result::Result<bool, Problem> {
        let line = whole.strip_suffix(b"\n").unwrap_or(whole);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if self.fields.is_empty() {
            self.begin(number, 1);
        }
        let mut column = 0;
        for byte in line {
            // bytes that go on a character of UTF-8 are of its column
            column += u64::from(byte & 0xc0 != 0x80);
            self.take(*byte, number, column)?;
        }
        if self.state == State::Quoted {
            let rest = whole.get(line.len()..).unwrap_or_default();
            self.push(rest);
            return Ok(false);
        }
        Ok(true)
    }

    fn take(&mut self, byte: u8, line: u64, column: u64) -> std::result::Result<(), Problem> {
        match (self.state, byte) {
            (State::Begin, b'"') => self.state = State::Quoted,
            (State::Quoted, b'"') => self.state = State::Closing,
            (State::Closing, b'"') => {
                self.state = State::Quoted;
                self.push(b"\"");
            }
            (State::Begin | State::Plain | State::Closing, byte) if byte == self.separator => {
                self.begin(line, column + 1);
            }
            (State::Plain, b'"') => {
                let detail = "a quote inside a cell that does not begin with one; \
                    put the cell in quotes and write the quote twice";
                return Err(Problem::malformed(line, column, detail));
            }
            (State::Closing, _) => {
                let detail = "something follows the closing quote of a cell; \
                    a quote inside a cell is written twice";
                return Err(Problem::malformed(line, column, detail));
            }
            (State::Begin | State::Plain, byte) => {
                self.state = State::Plain;
                self.push(&[byte]);
            }
            (State::Quoted, byte) => self.push(&[byte]),
        }
        Ok(())
    }

    fn begin(&mut self, line: u64, column: u64) {
        self.fields.push(Field { bytes: Vec::new(), line, column });
        self.state = State::Begin;
    }

    fn push(&mut self, bytes: &[u8]) {
        if let Some(field) = self.fields.last_mut() {
            field.bytes.extend(bytes);
        }
    }

    /// Line in which the present field begins.
    fn begun(&self) -> u64 {
        self.fields.last().map_or(0, |field| field.line)
    }

    /// The quote that was never closed.
    fn open(&self, first: u64) -> Problem {
        let (line, column) = self.fields.last().map_or((first, 1), |field| (field.line, field.column));
        let detail = "this quote is not closed; close it, or write it twice if it is part of the cell";
        Problem::malformed(line, column, detail)
    }
}
