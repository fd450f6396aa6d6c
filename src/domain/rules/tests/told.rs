//! A ledger told line by line through the real rules: given, when, then.

use std::collections::BTreeMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

use serde_json::{Value, json};

use super::super::super::state::Change;
use super::super::super::*;
use super::super::{Context, Refusal, admit, lapse};

/// A line: the day it is recorded, who says it, the event type, its data.
pub(super) type Line = (&'static str, &'static str, &'static str, Value);

/// Entries admitted so far.
#[derive(Clone, Default)]
pub(super) struct Told {
    pub(super) state: State,
    pub(super) events: Vec<Event>,
    /// What changed so far.
    pub(super) changes: Vec<Change>,
    /// Entries that link a subject.
    histories: BTreeMap<Subject, Vec<Seq>>,
}

impl Past for Told {
    fn last(&self, subject: &Subject) -> Option<(u64, Seq)> {
        let history = self.histories.get(subject)?;
        Some((history.len() as u64, *history.last()?))
    }

    fn entry(&self, seq: Seq) -> Option<Earlier> {
        let event = self.events.get(usize::try_from(seq.0).unwrap())?.clone();
        let behind = |history: &Vec<Seq>| {
            let place = history.iter().position(|other| *other == seq)?;
            Some(place.checked_sub(1).map(|before| history[before]))
        };
        let links = self.histories.iter().filter_map(|(subject, h)| Some((subject.clone(), behind(h)?)));
        Some(Earlier { event, links: links.collect() })
    }
}

/// A line of a story.
pub(super) fn line(day: &'static str, who: &'static str, kind: &'static str, data: Value) -> Line {
    (day, who, kind, data)
}

/// Stands in for the SHA-256 that the rules are handed.
fn digest(kind: &str, data: &Value) -> Digest {
    let mut data = data.clone();
    data.as_object_mut().unwrap().remove("approvals");
    let mut hasher = DefaultHasher::new();
    (kind, data.to_string()).hash(&mut hasher);
    Digest::parse(&format!("sha-256:{:064x}", hasher.finish())).unwrap()
}

impl Told {
    /// A ledger with its registrar, three agencies a, b, c, a closed one, and `housing`.
    pub(super) fn new() -> Self {
        let mut told = Self::default();
        let opened = json!({"origin": "test", "zone": "Asia/Jakarta", "vkey": "v", "policy": {}});
        told.own(Voice::Init, "ledger.opened", opened).unwrap();
        let registrar =
            json!({"agency": "reg", "name": {"en": "reg"}, "kind": "registrar", "powers": ["registrar"]});
        told.own(Voice::Init, "agency.registered", registrar).unwrap();
        for id in ["a", "b", "c", "old"] {
            told.ok(("2024-01-01", "reg", "agency.registered", agency(id, &[])));
        }
        let closed = json!({"agency": "old", "how": "replaced", "successors": ["a"], "effective": "2024-01-02",
            "basis": {"unknown": true}});
        told.ok(("2024-01-01", "reg", "agency.closed", closed));
        told.ok(("2024-01-01", "reg", "responsibility.defined", defined("housing", json!({}))));
        told
    }

    /// The same with an overseer `over`, and a holds housing by assignment `as-a`.
    pub(super) fn held() -> Self {
        let mut told = Self::new();
        told.ok(("2024-01-01", "reg", "agency.registered", agency("over", &["overseer"])));
        told.ok(("2024-01-01", "reg", "assignment.made", made("as_a", "housing", "a", json!({}))));
        told
    }

    /// The state as it is loaded from what changed, which is what the views persist.
    pub(super) fn loaded(&self) -> State {
        let mut objects = BTreeMap::new();
        for change in &self.changes {
            objects.insert(change.key.clone(), change.after.as_ref().map(|object| object.encode().unwrap()));
        }
        let there = objects.into_iter().filter_map(|(key, object)| Some((key, object?)));
        State::load(self.state.size, self.state.at, there).unwrap()
    }

    /// The state is the same when it is loaded from what was persisted of it.
    pub(super) fn loads(&self) {
        assert_eq!(self.state.difference(&self.loaded()), None);
    }

    /// What an entry links.
    pub(super) fn past_links(&self, seq: Seq) -> Vec<Subject> {
        self.entry(seq).unwrap().links.into_keys().collect()
    }

    pub(super) fn own(&mut self, voice: Voice, kind: &str, data: Value) -> Result<Seq, Refusal> {
        let jti = format!("{}-{}", voice.as_str(), self.events.len());
        self.say("2024-01-01", Speaker::Ledger(voice), &json!({"jti": jti, "type": kind, "data": data}))
    }

    /// Says a line as an import of the agency; lapses that are due come first. Data may carry
    /// `"approved_by": [..]`: those agencies approve exactly this statement before it is said.
    pub(super) fn tell(&mut self, (day, who, kind, mut data): Line) -> Result<Seq, Refusal> {
        data.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        let take = |data: &mut Value, key: &str| data.as_object_mut().unwrap().remove(key);
        let (after, corrects) = (take(&mut data, "after"), take(&mut data, "corrects"));
        if let Some(approvers) = take(&mut data, "approved_by") {
            let approves = digest(kind, &data);
            let mut seqs = Vec::new();
            for by in approvers.as_array().unwrap() {
                let by = AgencyId::parse(by.as_str().unwrap()).unwrap();
                let claims = json!({"jti": format!("j{}", self.events.len()), "type": "approval.given",
                    "data": {"approves": approves}});
                seqs.push(self.say(day, Speaker::Import { agency: by }, &claims).unwrap());
            }
            data["approvals"] = json!(seqs);
        }
        let mut claims = json!({"jti": format!("j{}", self.events.len()), "type": kind, "data": data});
        for (key, value) in [("after", after), ("corrects", corrects)] {
            if let Some(value) = value {
                claims[key] = value;
            }
        }
        let agency = AgencyId::parse(who).unwrap();
        let statement = Statement::read(&claims).unwrap();
        while let Some(lapsed) = lapse(&self.state, &statement, at(day), &*self) {
            let jti = format!("clock-{}", self.events.len());
            let data = serde_json::to_value(&lapsed).unwrap();
            let claims = json!({"jti": jti, "type": "handoff.lapsed", "data": data});
            self.say(day, Speaker::Ledger(Voice::Clock), &claims).unwrap();
        }
        self.say(day, Speaker::Import { agency }, &claims)
    }

    pub(super) fn ok(&mut self, line: Line) -> Seq {
        let told = format!("{line:?}");
        self.tell(line).unwrap_or_else(|refusal| panic!("{told}\n  {refusal}"))
    }

    /// Says claims at noon of a day.
    pub(super) fn say(&mut self, day: &str, speaker: Speaker, claims: &Value) -> Result<Seq, Refusal> {
        let statement = Statement::read(claims).unwrap_or_else(|bad| panic!("{claims}\n  {bad}"));
        let seq = Seq(self.events.len() as u64);
        let context = Context {
            seq,
            at: at(day),
            digest: Some(digest(statement.data.type_name(), &claims["data"])),
            past: &*self,
        };
        let mut state = self.state.clone();
        let admitted = match admit(&mut state, &speaker, &statement, &context) {
            Ok(admitted) => admitted,
            Err(refusal) => {
                assert_eq!(state.difference(&self.state), None, "changed by a refusal: {refusal}");
                return Err(refusal);
            }
        };
        for subject in &admitted.subjects {
            self.histories.entry(subject.clone()).or_default().push(seq);
        }
        assert!(admitted.subjects.is_sorted(), "subjects are sorted bytewise");
        self.state = state;
        self.changes.extend(admitted.evolved.changes);
        self.events.push(admitted.event);
        assert_eq!(self.state.difference(&self.state.reloaded()), None, "loaded from its objects");
        Ok(seq)
    }
}

fn at(day: &str) -> Instant {
    Instant::parse(&format!("{day}T05:00:00Z")).unwrap()
}

/// Some data with the fields of more; null takes a field away when the line is told.
pub(super) fn with(mut data: Value, more: Value) -> Value {
    for (key, value) in more.as_object().unwrap() {
        data[key] = value.clone();
    }
    data
}

pub(super) fn agency(id: &str, powers: &[&str]) -> Value {
    json!({"agency": id, "name": {"en": id}, "kind": "ministry", "powers": powers})
}

pub(super) fn defined(id: &str, more: Value) -> Value {
    let code = json!({"scheme": "cofog", "value": "06.1"});
    with(json!({"responsibility": id, "name": {"en": id}, "code": code}), more)
}

pub(super) fn made(id: &str, of: &str, agency: &str, more: Value) -> Value {
    let data = json!({"assignment": id, "responsibility": of, "agency": agency, "role": "accountable",
        "valid": {"from": "2024-01-01"}, "basis": {"ref": "id/uu/1"}});
    with(data, more)
}

pub(super) fn proposed(more: Value) -> Value {
    let data = json!({"handoff": "ho", "responsibilities": ["housing"], "from": "a", "to": "b",
        "regime": "by_agreement", "effective": "2024-03-01", "basis": {"ref": "id/uu/1"}});
    with(data, more)
}

pub(super) fn decided(more: Value) -> Value {
    let data = json!({"decision": "de", "decided_by": "a", "decided_on": "2024-02-01", "capacity": "own",
        "basis": {"ref": "id/uu/1"}, "in_force": {"from": "2024-02-01"}});
    with(data, more)
}

/// Given a ledger and lines, when the last line is said, then it is admitted ("ok") or refused with
/// a code; a refusal always says something, and changes nothing.
pub(super) fn check(name: &str, given: &Told, lines: Vec<Line>, then: &str) {
    let mut told = given.clone();
    let mut lines = lines;
    let when = lines.pop().unwrap();
    for line in lines {
        told.ok(line);
    }
    let (got, detail) = match told.tell(when) {
        Ok(_) => ("ok", String::new()),
        Err(refusal) => {
            assert!(refusal.detail.len() > 10, "{name}: a sentence says what failed: {refusal}");
            (refusal.code.as_str(), refusal.detail)
        }
    };
    assert_eq!(got, then, "{name}: {detail}");
}
