//! Tells lines to the real rules, and keeps what the rules look back at: each entry with its links.

use std::collections::BTreeMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::mem;

use serde_json::{Value, json};

use super::super::super::super::*;
use super::super::super::{Context, Refusal, admit, lapse};
use super::line::{Line, date};
use super::seam::{self, Difference, Objects};

/// A ledger in memory.
#[derive(Clone, Default)]
pub(super) struct Teller {
    pub(super) state: State,
    pub(super) events: Vec<Event>,
    /// The objects that would be kept between runs.
    pub(super) kept: Objects,
    links: Vec<BTreeMap<Subject, Option<Seq>>>,
    /// What was said in each entry, as JSON.
    claims: Vec<String>,
    last: BTreeMap<Subject, (u64, Seq)>,
}

/// What became of a line.
pub(super) struct Heard {
    /// What was admitted before it, for its sake: approvals and lapses.
    pub(super) before: Vec<Line>,
    pub(super) verdict: Result<u64, Refusal>,
    /// Where other states judge it otherwise.
    pub(super) differences: Vec<Difference>,
}

impl Past for Teller {
    fn last(&self, subject: &Subject) -> Option<(u64, Seq)> {
        self.last.get(subject).copied()
    }

    fn entry(&self, seq: Seq) -> Option<Earlier> {
        let place = usize::try_from(seq.0).ok()?;
        Some(Earlier { event: self.events.get(place)?.clone(), links: self.links.get(place)?.clone() })
    }
}

/// Stands in for the SHA-256 that the rules are handed.
fn digest(kind: &str, data: &Value) -> Digest {
    let mut data = data.clone();
    data.as_object_mut().unwrap().remove("approvals");
    let mut hasher = DefaultHasher::new();
    (kind, data.to_string()).hash(&mut hasher);
    Digest::parse(&format!("sha-256:{:064x}", hasher.finish())).unwrap()
}

fn at(day: i64) -> Instant {
    Instant::parse(&format!("{}T05:00:00Z", date(day))).unwrap()
}

fn speaker(by: &str, at: Instant) -> Speaker {
    let agency = |id: &str| AgencyId::parse(id).unwrap();
    match by.split(':').collect::<Vec<_>>()[..] {
        ["ledger", voice] => Speaker::Ledger(Voice::parse(voice).unwrap()),
        ["token", id, token] => Speaker::Token { agency: agency(id), token: TokenId::parse(token).unwrap() },
        ["signed", id, kid] => Speaker::Signed {
            agency: agency(id),
            kid: Kid::parse(kid).unwrap(),
            aud: "test".into(),
            iat: at.micros / 1_000_000,
        },
        _ => Speaker::Import { agency: agency(by) },
    }
}

impl Teller {
    /// Each entry: what was admitted, what was said, and what it links.
    pub(super) fn told(&self) -> Vec<(Event, String, Vec<Subject>)> {
        let links = self.links.iter().map(|links| links.keys().cloned().collect());
        let said = self.events.iter().cloned().zip(self.claims.iter().cloned());
        said.zip(links).map(|((event, claims), links)| (event, claims, links)).collect()
    }

    /// Says a line; approvals that it wants and lapses that are due come first. Other states of the same
    /// entries judge it, too.
    pub(super) fn tell(&mut self, line: &Line, others: &[(&str, &State)]) -> Heard {
        let mut before = Vec::new();
        let mut data = line.data.clone();
        let fields = data.as_object_mut().unwrap();
        fields.retain(|_, value| !value.is_null());
        if line.data.get("size").is_some_and(Value::is_null) {
            fields.insert("size".to_owned(), json!(self.events.len() + line.approved_by.len()));
        }
        let approves = digest(line.kind, &data);
        let mut seqs = Vec::new();
        for by in &line.approved_by {
            let given = Line::new(line.day, by.clone(), "approval.given", json!({"approves": approves}));
            if let Ok(seq) = self.say(&given, &given.data) {
                seqs.push(seq);
                before.push(Line { was: Some(seq), ..given });
            }
        }
        if !seqs.is_empty() {
            data["approvals"] = json!(seqs);
        }
        let mut differences = Vec::new();
        if let Ok(statement) = Statement::read(&self.claims(line, &data)) {
            while let Some(lapsed) = lapse(&self.state, &statement, at(line.day), &*self) {
                let data = serde_json::to_value(&lapsed).unwrap();
                let mut said = Line::new(line.day, "ledger:clock", "handoff.lapsed", data);
                said.was = Some(self.say(&said, &said.data).unwrap());
                before.push(said);
            }
            if before.is_empty() {
                self.judge(line, &data, (&statement, others), &mut differences);
            } else if !others.is_empty() {
                let loaded = seam::loaded(self.state.size, self.state.at, &self.kept);
                let others = [("loaded", &loaded), ("anew", &seam::anew(&self.events))];
                self.judge(line, &data, (&statement, &others), &mut differences);
            }
        }
        let verdict = self.say(line, &data);
        Heard { before, verdict, differences }
    }

    fn claims(&self, line: &Line, data: &Value) -> Value {
        let n = self.events.len();
        let jti = line.by.strip_prefix("ledger:").map_or(format!("j{n}"), |voice| format!("{voice}-{n}"));
        let mut claims = json!({"jti": jti, "type": line.kind, "data": data});
        if let Some(seq) = line.corrects {
            claims["corrects"] = json!(seq);
        }
        claims
    }

    /// Says claims at noon of a day.
    fn say(&mut self, line: &Line, data: &Value) -> Result<u64, Refusal> {
        let claims = self.claims(line, data);
        let statement =
            Statement::read(&claims).map_err(|bad| Refusal::new(bad.code, format!("{claims} {bad}")))?;
        let seq = Seq(self.events.len() as u64);
        let at = at(line.day);
        let digest = Some(digest(line.kind, data));
        // as in a ledger: nobody else has the state while it is changed
        let mut state = mem::take(&mut self.state);
        let context = Context { seq, at, digest, past: &*self };
        let admitted = admit(&mut state, &speaker(&line.by, at), &statement, &context);
        self.state = state;
        let admitted = admitted?;
        seam::keep(&mut self.kept, &admitted);
        let mut links = BTreeMap::new();
        for subject in &admitted.subjects {
            let (ordinal, before) = self.last.get(subject).map_or((0, None), |(n, seq)| (*n, Some(*seq)));
            self.last.insert(subject.clone(), (ordinal + 1, seq));
            links.insert(subject.clone(), before);
        }
        self.links.push(links);
        self.events.push(admitted.event);
        self.claims.push(claims.to_string());
        Ok(seq.0)
    }

    /// Judges a statement by the other states: each must decide as the live one does, which is then brought
    /// back to what it was.
    fn judge(
        &self,
        line: &Line,
        data: &Value,
        (statement, others): (&Statement, &[(&str, &State)]),
        found: &mut Vec<Difference>,
    ) {
        if others.is_empty() {
            return;
        }
        let at = at(line.day);
        let speaker = speaker(&line.by, at);
        let verdict = |state: &State| {
            let mut state = state.clone();
            let seq = Seq(self.events.len() as u64);
            let context = Context { seq, at, digest: Some(digest(line.kind, data)), past: self };
            let admitted = admit(&mut state, &speaker, statement, &context)?;
            state.undo(admitted.evolved);
            Ok::<_, Refusal>((admitted.subjects, state))
        };
        let live = verdict(&self.state).map(|(subjects, undone)| {
            found.extend(seam::differences(("undone", &undone), ("before", &self.state)));
            subjects
        });
        for (name, other) in others {
            if let Some(lapsed) = lapse(other, statement, at, self) {
                let (kind, words) = (format!("live/{name}: lapses"), format!("{lapsed:?}"));
                found.push(Difference { kind, words });
            }
            let judged = verdict(other).map(|(subjects, _)| subjects);
            let what = match (&live, &judged) {
                (Ok(one), Ok(another)) if one != another => "links",
                (Ok(_), Err(_)) => "refused by the second",
                (Err(_), Ok(_)) => "refused by the first",
                (Err(one), Err(another)) if one.code != another.code => "refused otherwise",
                _ => continue,
            };
            found.push(Difference {
                kind: format!("live/{name}: {what}"),
                words: format!("{live:?}\n  {judged:?}"),
            });
        }
    }
}
