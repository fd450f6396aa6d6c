//! `ledger.toml`: which format, whose ledger, which zone. Three lines, read exactly.

use crate::domain::event::ledger::RULES;

use super::error::{Damage, Error, Result};
use super::segment::VERSION;

/// File name in the data directory.
pub(crate) const FILE: &str = "ledger.toml";

/// File that says that a directory is a mirror's: it holds no details, and nothing here signs.
pub const MIRROR: &str = "mirror.toml";

/// The type of the statement that opens a ledger, as canonical JSON writes it.
const OPENED: &str = "\"type\":\"ledger.opened\"";

/// What the three lines say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// Format version; this program reads 1.
    pub format: u32,
    /// The ledger's name everywhere: audience of statements, origin of checkpoints.
    pub origin: String,
    /// IANA time zone that civil dates are judged in.
    pub zone: String,
}

impl Manifest {
    /// A manifest of this version.
    #[must_use]
    pub fn new(origin: &str, zone: &str) -> Self {
        Self { format: VERSION, origin: origin.to_owned(), zone: zone.to_owned() }
    }

    /// The three lines.
    #[must_use]
    pub fn encode(&self) -> String {
        format!("format = {}\norigin = \"{}\"\nzone = \"{}\"\n", self.format, self.origin, self.zone)
    }

    /// Takes exactly what [`Self::encode`] gives, of any version.
    ///
    /// # Errors
    /// [`Damage::Manifest`] and the offset of the first byte that cannot be right.
    pub fn parse(bytes: &[u8]) -> std::result::Result<Self, (u64, Damage)> {
        let found = Self::lines(bytes).ok_or((0, Damage::Manifest))?;
        let again = found.encode();
        if again.as_bytes() == bytes {
            return Ok(found);
        }
        let same = again.bytes().zip(bytes).take_while(|(a, b)| a == *b).count();
        Err((same as u64, Damage::Manifest))
    }

    /// Where in the file the origin begins to differ from this one, in bytes.
    pub(crate) fn origin_differs(&self, other: &str) -> u64 {
        let same = self.origin.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
        (format!("format = {}\norigin = \"", self.format).len() + same) as u64
    }

    /// Where in the file it says otherwise than `ledger.opened` (entry 0's statement) does, in bytes.
    /// The log knows no JSON: it looks for the two members as canonical JSON writes them.
    pub(crate) fn disagrees(&self, opened: &str) -> Option<u64> {
        if !opened.contains(OPENED) {
            return None;
        }
        let head = format!("format = {}\norigin = \"", self.format);
        if !opened.contains(&format!("\"origin\":\"{}\"", self.origin)) {
            return Some(head.len() as u64);
        }
        let zone = head.len() + self.origin.len() + "\"\nzone = \"".len();
        (!opened.contains(&format!("\"zone\":\"{}\"", self.zone))).then_some(zone as u64)
    }

    /// The rule set that entry 0's statement names, where this program does not know it; where it names none,
    /// that is rule set 1. A quote inside a text stands behind a backslash, so what is found is a member.
    pub(crate) fn other_rules(opened: &str) -> Option<String> {
        if !opened.contains(OPENED) {
            return None;
        }
        let known = RULES.to_string();
        let named = opened.split("\"rules\":").skip(1).filter_map(|rest| rest.split([',', '}']).next());
        let mut others = named.filter(|named| *named != known && *named != "null");
        others.next().map(|other| other.chars().take(60).collect())
    }

    /// Whether this program knows the rules that entry 0's statement names.
    ///
    /// # Errors
    /// [`Error::OtherRules`] with what it names.
    pub(crate) fn knows_rules(opened: &str) -> Result<()> {
        Self::other_rules(opened).map_or(Ok(()), |found| Err(Error::OtherRules { found }))
    }

    fn lines(bytes: &[u8]) -> Option<Self> {
        let mut lines = std::str::from_utf8(bytes).ok()?.lines();
        let format = lines.next()?.strip_prefix("format = ")?.parse().ok()?;
        let quoted = |line: Option<&str>, key: &str| -> Option<String> {
            let value = line?.strip_prefix(key)?.strip_prefix(" = \"")?.strip_suffix('"')?;
            is_plain(value).then(|| value.to_owned())
        };
        let origin = quoted(lines.next(), "origin")?;
        let zone = quoted(lines.next(), "zone")?;
        Some(Self { format, origin, zone })
    }

    /// Whether both names can stand in the file, in a checkpoint and in a signature line.
    pub(crate) fn check(&self) -> Result<()> {
        if is_plain(&self.origin) && is_plain(&self.zone) {
            return Ok(());
        }
        Err(Error::Corrupt { file: FILE.into(), offset: 0, seq: None, what: Damage::Manifest })
    }
}

/// Whether a text can be the name of a ledger: 1 to 255 visible ASCII characters, none of them `"`, `\` or `+`.
#[must_use]
pub fn is_plain(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 255
        && text.bytes().all(|b| (0x21..0x7f).contains(&b) && !matches!(b, b'"' | b'\\' | b'+'))
}
