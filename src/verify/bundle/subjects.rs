//! The subjects of a bundle: each one's entries without a gap, as their links say, and below a size
//! proved to be all there are by an index root.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value;

use crate::domain::Seq;
use crate::log::subjects::line;
use crate::log::tree::{leaf_hash, root_from_inclusion};
use crate::log::{Entry, Hash, LinkTriple, SubjectLast};

use super::super::links::History;
use super::super::report::CheckName;
use super::super::shape::{self, Read};
use super::statements::IndexRoot;
use super::{Bundle, Counted};

/// The subject that every bundle carries: it says what the ledger is, its policy and its tokens.
const LEDGER: &str = "l:ledger";

/// One subject as the file has it.
struct Line<'a> {
    name: &'a str,
    count: u64,
    /// -1 where none is below the size.
    last: i64,
    index: Option<&'a Value>,
}

/// The proof that a line stands under an index root.
struct Proof {
    seq: Seq,
    leaf_index: u64,
    leaf_count: u64,
    proof: Vec<Hash>,
}

/// The subjects that a bundle says it carries.
pub(super) fn names(subjects: &[Value]) -> BTreeSet<&str> {
    subjects.iter().filter_map(|one| one.get("name")?.as_str()).collect()
}

impl<'a> Line<'a> {
    fn read(one: &'a Value) -> Read<Self> {
        let object = shape::object(one, &["name", "count", "last"], &["index"])?;
        let last = shape::member(object, "last").as_i64().ok_or("no number")?;
        Ok(Self {
            name: shape::text(object, "name")?,
            count: shape::number(object, "count")?,
            last,
            index: object.get("index"),
        })
    }

    /// What the index tree hashes.
    fn leaf(&self) -> Hash {
        let last = SubjectLast { ordinal: self.count, seq: Seq(u64::try_from(self.last).unwrap_or(0)) };
        leaf_hash(line(self.name, last).as_bytes())
    }
}

impl Proof {
    fn read(index: &Value) -> Read<Self> {
        let object = shape::object(index, &["seq", "leaf_index", "leaf_count", "proof"], &[])?;
        Ok(Self {
            seq: Seq(shape::number(object, "seq")?),
            leaf_index: shape::number(object, "leaf_index")?,
            leaf_count: shape::number(object, "leaf_count")?,
            proof: shape::proof(object, "proof")?,
        })
    }
}

/// Places of lines under one index root: by name, and of how many.
#[derive(Default)]
struct Places<'a> {
    of: BTreeMap<Seq, BTreeMap<&'a str, (u64, u64)>>,
}

/// Checks every subject.
pub(super) fn check<'a>(
    bundle: &mut Bundle<'a>,
    told: &[Entry<'_>],
    indexes: &[IndexRoot],
    counted: &mut Counted,
) {
    let histories = histories(told, &names(bundle.subjects));
    let (mut met, mut places) = (BTreeSet::new(), Places::default());
    let subjects: &'a [Value] = bundle.subjects;
    for one in subjects {
        let line = match Line::read(one) {
            Ok(line) if met.insert(line.name) => line,
            Ok(line) => {
                bundle.found(CheckName::Links, None, format!("{} is there twice", line.name));
                continue;
            }
            Err(why) => {
                bundle.found(CheckName::Links, None, format!("a subject: {why}"));
                continue;
            }
        };
        let history = histories.get(line.name).map(Vec::as_slice).unwrap_or_default();
        if let Err((seq, why)) = whole(bundle, &line, history) {
            bundle.found(CheckName::Links, seq, why);
            continue;
        }
        counted.whole += 1;
        match proved(bundle, &line, indexes, &mut places) {
            Ok(proved) => counted.proved += usize::from(proved),
            Err((seq, why)) => bundle.found(CheckName::Index, seq, format!("{}: {why}", line.name)),
        }
    }
    if !met.contains(LEDGER) {
        bundle.found(CheckName::Links, None, format!("{LEDGER} is not carried"));
    }
    for (seq, lines) in places.of {
        if let Some(name) = disordered(&lines) {
            let why =
                format!("{name}: the lines of an index stand in the order of their names, under one count");
            bundle.found(CheckName::Index, Some(seq), why);
        }
    }
}

/// The entries of each subject with what their links say.
fn histories<'e>(told: &[Entry<'e>], names: &BTreeSet<&str>) -> HashMap<&'e str, Vec<(Seq, LinkTriple)>> {
    let mut of: HashMap<&str, Vec<_>> = HashMap::new();
    for entry in told {
        for (name, link) in &entry.links {
            if names.contains(name) {
                of.entry(*name).or_default().push((entry.seq, *link));
            }
        }
    }
    of
}

/// Whether the entries of a subject are there from the first on, without a gap, up to what its line says.
fn whole(
    bundle: &Bundle<'_>,
    line: &Line<'_>,
    history: &[(Seq, LinkTriple)],
) -> Result<(), (Option<Seq>, String)> {
    let (mut so_far, mut count, mut last) = (History::default(), 0_u64, -1_i64);
    for (seq, found) in history {
        let must = so_far.take(*seq);
        if *found != must {
            let [ordinal, prev, skip] = must;
            let why = format!("{} must stand at [{ordinal},{prev},{skip}]: an entry is left out", line.name);
            return Err((Some(*seq), why));
        }
        if bundle.below(*seq) {
            count += 1;
            last = i64::try_from(seq.0).unwrap_or(i64::MAX);
        }
    }
    if history.is_empty() {
        return Err((None, format!("{} has no entry here", line.name)));
    }
    if (count, last) == (line.count, line.last) {
        return Ok(());
    }
    let why = format!("{} has {count} entries here, not {} up to {}", line.name, line.count, line.last);
    Err((None, why))
}

/// Whether an index root proves the line. A subject whose first entry stands behind the index has none.
fn proved<'a>(
    bundle: &Bundle<'_>,
    line: &Line<'a>,
    indexes: &[IndexRoot],
    places: &mut Places<'a>,
) -> Result<bool, (Option<Seq>, &'static str)> {
    let index = match (bundle.complete_below, line.index) {
        (Some(_), Some(index)) if line.count > 0 => index,
        (Some(_), None) if line.count == 0 => return Ok(false),
        (None, None) => return Ok(false),
        (Some(_), None) => return Err((None, "complete_below is said without a proof")),
        (None | Some(_), Some(_)) => return Err((None, "a proof where there is nothing to prove")),
    };
    let seq = index.get("seq").and_then(Value::as_u64).map(Seq);
    let Proof { seq: by, leaf_index, leaf_count, proof } = Proof::read(index).map_err(|why| (seq, why))?;
    let root = indexes.iter().find(|index| {
        index.seq == by && Some(index.size) == bundle.complete_below && index.size <= index.seq.0
    });
    let root = root.ok_or((seq, "no entry here is the index of that size"))?;
    let found = root_from_inclusion(leaf_index, leaf_count, &line.leaf(), &proof);
    if found.is_ok_and(|found| found == root.root) {
        places.of.entry(by).or_default().insert(line.name, (leaf_index, leaf_count));
        return Ok(true);
    }
    Err((seq, "its line is not proved to stand under the index root"))
}

/// The first line that does not stand behind the one before it, or under another count.
fn disordered<'a>(lines: &BTreeMap<&'a str, (u64, u64)>) -> Option<&'a str> {
    let pairs = lines.iter().zip(lines.iter().skip(1));
    let wrong = pairs.filter(|((_, (at, count)), (_, (next, of)))| at >= next || count != of);
    wrong.map(|(_, (name, _))| *name).next()
}
