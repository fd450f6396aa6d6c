//! Logs in XES (IEEE 1849), read as a stream: traces and their events flattened to rows. What XML can
//! do beyond elements and attributes (document types, entities) is refused, and all of it is bounded.

use std::collections::BTreeSet;
use std::io::{self, BufRead, Read};

use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};

use super::{Cell, Error, Problem, Result, Row, Rows};

/// Deepest nesting of elements; a log needs four, and one more for each attribute of an attribute.
const DEPTH_MAX: usize = 32;
/// Most bytes of one tag or text.
const TOKEN_BYTES_MAX: u64 = 64 << 10;
/// Most names of attributes that are remembered, to say which there are.
const NAMES_MAX: usize = 1_000;
const LOG: &str = "give an XES log: <log>, in it <trace>, in it <event>, with the attributes of each";
const SAVE: &str = "save it as XML in UTF-8 without DOCTYPE and entities";

/// Attributes of a trace are columns under this name.
const CASE: &str = "case:";

/// Which element the attributes read next belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Inside {
    /// No element yet.
    Nothing,
    /// The log itself; its own attributes are not columns.
    Log,
    Trace,
    Event,
    /// The log has ended.
    Behind,
}

/// A log that is being read.
pub(super) struct Log {
    xml: quick_xml::Reader<Counted>,
    piece: Vec<u8>,
    columns: Vec<String>,
    /// Names met, as columns.
    there: BTreeSet<String>,
    inside: Inside,
    /// Elements open below the trace or event, or below the log outside of them.
    deeper: usize,
    trace: Vec<Option<Cell>>,
    event: Vec<Option<Cell>>,
    /// Line and column of the event.
    begun: (u64, u64),
    /// Of the trace, and of the event: why its rows cannot be read.
    faults: [Option<Problem>; 2],
    events_in_trace: u64,
    met: u64,
}

impl Log {
    pub(super) fn new(input: Box<dyn BufRead>, columns: &[String]) -> Self {
        let empty = vec![None; columns.len()];
        Self {
            xml: quick_xml::Reader::from_reader(Counted { input, line: 1, column: 1, left: TOKEN_BYTES_MAX }),
            piece: Vec::new(),
            columns: columns.to_vec(),
            there: BTreeSet::new(),
            inside: Inside::Nothing,
            deeper: 0,
            trace: empty.clone(),
            event: empty,
            begun: (1, 1),
            faults: [None, None],
            events_in_trace: 0,
            met: 0,
        }
    }

    /// Reads one piece of XML; a row when an event ends with it, `None` in the end.
    fn piece(&mut self) -> Result<Option<Option<std::result::Result<Row, Problem>>>> {
        let at = self.xml.get_ref().place();
        self.xml.get_mut().left = TOKEN_BYTES_MAX;
        self.piece.clear();
        let mut piece = std::mem::take(&mut self.piece);
        let read = self.xml.read_event_into(&mut piece);
        let done = match read {
            Ok(Event::Eof) => return self.end(at).map(|()| None),
            Ok(event) => self.take(at, &event),
            Err(quick_xml::Error::Io(error)) if error.kind() == io::ErrorKind::InvalidData => {
                Err(Error::at(at.0, at.1, error.to_string(), SAVE))
            }
            Err(quick_xml::Error::Io(error)) => Err(Error::Io(io::Error::new(error.kind(), error))),
            Err(error) => Err(Error::at(at.0, at.1, format!("no XML: {error}"), SAVE)),
        };
        self.piece = piece;
        done.map(Some)
    }

    fn take(
        &mut self,
        at: (u64, u64),
        event: &Event<'_>,
    ) -> Result<Option<std::result::Result<Row, Problem>>> {
        let bad = |why: String| Err(Error::at(at.0, at.1, why, SAVE));
        match event {
            Event::Start(tag) => self.open(at, tag, true).map(|()| None),
            Event::Empty(tag) => {
                let inside = self.inside;
                self.open(at, tag, false)?;
                let closes = self.inside != inside;
                Ok(if closes { self.close() } else { None })
            }
            Event::End(_) => Ok(self.close()),
            Event::DocType(_) => bad("a DOCTYPE is not read".to_owned()),
            Event::GeneralRef(name) => match &**name {
                "amp" | "lt" | "gt" | "quot" | "apos" => Ok(None),
                _ if name.is_char_ref() => Ok(None),
                name => bad(format!("the entity {name:?} is not read")),
            },
            Event::Decl(declaration) => match declaration.encoding() {
                Some(Ok(encoding)) if !encoding.eq_ignore_ascii_case("utf-8") => {
                    bad(format!("the encoding {encoding:?} is not read"))
                }
                Some(Err(error)) => bad(format!("no XML: {error}")),
                _ => Ok(None),
            },
            Event::Text(_) | Event::CData(_) | Event::Comment(_) | Event::PI(_) | Event::Eof => Ok(None),
        }
    }

    /// A tag opens an element; `stays` when another closes it.
    fn open(&mut self, at: (u64, u64), tag: &BytesStart<'_>, stays: bool) -> Result<()> {
        let name = tag.local_name();
        let name: &str = name.as_ref();
        let bad = |why: &str| Err(Error::at(at.0, at.1, why, LOG));
        match (self.inside, self.deeper, name) {
            (Inside::Nothing, _, "log") => self.inside = Inside::Log,
            (Inside::Nothing, ..) => return bad("the first element is no <log>"),
            (Inside::Behind, ..) => return bad("something follows the log"),
            (Inside::Log, 0, "trace") => {
                self.inside = Inside::Trace;
                self.trace.fill(None);
                (self.events_in_trace, self.faults) = (0, [None, None]);
            }
            (Inside::Log, 0, "event") => return bad("an event outside of a trace belongs to no case"),
            (Inside::Trace, 0, "event") => {
                self.inside = Inside::Event;
                self.event.fill(None);
                (self.begun, self.faults[1]) = (at, None);
            }
            (Inside::Trace | Inside::Event, 0, "trace" | "log" | "event") => {
                return bad("a trace stands in the log and an event in a trace, nowhere else");
            }
            (inside, deeper, name) => {
                if deeper == 0 && inside != Inside::Log {
                    self.attribute(at, name, tag)?;
                }
                if stays {
                    self.deeper += 1;
                }
                if self.deeper > DEPTH_MAX {
                    return bad("elements are nested too deep");
                }
            }
        }
        Ok(())
    }

    /// The innermost element ends; an event gives a row.
    fn close(&mut self) -> Option<std::result::Result<Row, Problem>> {
        if self.deeper > 0 {
            self.deeper -= 1;
            return None;
        }
        self.inside = match self.inside {
            Inside::Event => {
                self.met += 1;
                self.events_in_trace += 1;
                self.inside = Inside::Trace;
                return Some(self.row());
            }
            Inside::Trace => Inside::Log,
            _ => Inside::Behind,
        };
        None
    }

    fn row(&mut self) -> std::result::Result<Row, Problem> {
        let [of_trace, of_event] = &mut self.faults;
        if let Some(fault) = of_event.take().or_else(|| of_trace.clone()) {
            return Err(fault);
        }
        let cells = self.event.iter_mut().zip(&self.trace);
        let cells = cells.map(|(event, trace)| event.take().or_else(|| trace.clone()).unwrap_or_default());
        Ok(Row { row: self.met, line: self.begun.0, cells: cells.collect() })
    }

    /// An attribute of a trace or event.
    fn attribute(&mut self, at: (u64, u64), kind: &str, tag: &BytesStart<'_>) -> Result<()> {
        if !matches!(kind, "string" | "date" | "int" | "float" | "boolean" | "id") {
            return Ok(());
        }
        let bad = |error: &dyn std::fmt::Display| Error::at(at.0, at.1, format!("no XML: {error}"), SAVE);
        let (mut key, mut value) = (None, None);
        for attribute in tag.attributes() {
            let attribute = attribute.map_err(|error| bad(&error))?;
            let text = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|error| bad(&error))?;
            match attribute.key.as_ref() {
                "key" => key = Some(text.into_owned()),
                "value" => value = Some(text.into_owned()),
                _ => {}
            }
        }
        let (Some(key), Some(text)) = (key, value) else {
            return Err(Error::at(at.0, at.1, format!("<{kind}> has no key or no value"), LOG));
        };
        let of_trace = self.inside == Inside::Trace;
        let name = if of_trace { format!("{CASE}{key}") } else { key };
        if self.there.len() < NAMES_MAX && !self.there.contains(&name) {
            self.there.insert(name.clone());
        }
        let Some(place) = self.columns.iter().position(|column| *column == name) else { return Ok(()) };
        if of_trace && self.events_in_trace > 0 {
            let why = format!("{name:?} stands behind events of its trace");
            return Err(Error::at(at.0, at.1, why, "write the attributes of a trace before its events"));
        }
        let cell = Cell { text, line: at.0, column: at.1 };
        let cells = if of_trace { &mut self.trace } else { &mut self.event };
        let Some(there) = cells.get_mut(place) else { return Ok(()) };
        if there.is_some() {
            let detail = "the attribute stands twice; keep the one that is right";
            let fault = Problem { field: Some(name), ..Problem::malformed(at.0, at.1, detail) };
            let [trace, event] = &mut self.faults;
            *(if of_trace { trace } else { event }) = Some(fault);
            return Ok(());
        }
        *there = Some(cell);
        Ok(())
    }

    /// The file has ended where it may.
    fn end(&self, at: (u64, u64)) -> Result<()> {
        if self.inside == Inside::Behind {
            return Ok(());
        }
        let why = if self.inside == Inside::Nothing { "there is no <log>" } else { "the log breaks off" };
        Err(Error::at(at.0, at.1, why, "give the whole file"))
    }
}

impl Rows for Log {
    fn next(&mut self) -> Result<Option<std::result::Result<Row, Problem>>> {
        loop {
            match self.piece()? {
                None => return Ok(None),
                Some(Some(row)) => return Ok(Some(row)),
                Some(None) => {}
            }
        }
    }

    fn met(&self) -> u64 {
        self.met
    }

    fn missing(&self) -> Option<(String, Vec<String>)> {
        let missing = self.columns.iter().find(|column| !self.there.contains(*column))?;
        (self.met > 0).then(|| (missing.clone(), self.there.iter().cloned().collect()))
    }
}

/// Counts lines and columns, and hands over no more than a piece of XML may have.
struct Counted {
    input: Box<dyn BufRead>,
    line: u64,
    column: u64,
    left: u64,
}

impl Counted {
    fn place(&self) -> (u64, u64) {
        (self.line, self.column)
    }
}

impl BufRead for Counted {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let left = usize::try_from(self.left).unwrap_or(usize::MAX);
        let there = self.input.fill_buf()?;
        if left == 0 && !there.is_empty() {
            let why = format!("a tag or text is longer than {TOKEN_BYTES_MAX} bytes");
            return Err(io::Error::new(io::ErrorKind::InvalidData, why));
        }
        Ok(there.get(..left).unwrap_or(there))
    }

    fn consume(&mut self, taken: usize) {
        // what is consumed has been filled before, so nothing is read here
        if let Ok(there) = self.input.fill_buf() {
            for byte in there.iter().take(taken) {
                if *byte == b'\n' {
                    (self.line, self.column) = (self.line + 1, 1);
                } else {
                    self.column += u64::from(byte & 0xc0 != 0x80);
                }
            }
        }
        self.left = self.left.saturating_sub(taken as u64);
        self.input.consume(taken);
    }
}

impl Read for Counted {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let taken = self.fill_buf()?.read(into)?;
        self.consume(taken);
        Ok(taken)
    }
}
