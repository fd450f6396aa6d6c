//! A ledger told entry by entry: what the rules let through, without the rules.

use std::sync::Arc;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use crate::domain::subjects::subjects;
use crate::domain::{
    AgencyId, Context, Event, Instant, Nothing, Seq, Speaker, State, Statement, Voice, admit,
};
use crate::log::{Body, Log, Options, Reader, RealFiles, Signer};
use crate::views::answer::details::Look;

/// A log on disk and the states it went through.
pub(super) struct Kit {
    pub(super) dir: TempDir,
    pub(super) log: Log<RealFiles>,
    /// The state after each entry.
    pub(super) states: Vec<State>,
    /// When the next entry is recorded.
    pub(super) now: Instant,
}

impl Kit {
    pub(super) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let storage = Arc::new(RealFiles);
        let signer = Signer::new("ledger.example/views", &[7; 32]);
        let options = Options { segment_bytes: 16 << 10, reserve_bytes: 4 << 10 };
        let log = Log::create(storage, dir.path(), "ledger.example/views", "Asia/Jakarta", signer, options);
        let now = Instant::parse("2026-01-05T02:00:00Z").unwrap();
        let mut kit = Self { dir, log: log.unwrap(), states: Vec::new(), now };
        let opened = json!({"origin": "ledger.example/views", "zone": "Asia/Jakarta",
            "vkey": "v", "policy": {}});
        kit.entry(Speaker::Ledger(Voice::Init), "ledger.opened", opened, None);
        kit
    }

    /// A look at details, of which there are none.
    pub(super) fn look(&self) -> Look {
        Look::anybody(self.dir.path())
    }

    pub(super) fn reader(&self) -> Reader {
        self.log.reader()
    }

    pub(super) fn state(&self) -> State {
        self.states.last().cloned().unwrap_or_default()
    }

    /// The registrar says it.
    pub(super) fn say(&mut self, type_name: &str, data: Value) -> Seq {
        self.says("reg", type_name, data, None)
    }

    pub(super) fn says(&mut self, agency: &str, type_name: &str, data: Value, corrects: Option<u64>) -> Seq {
        let agency = AgencyId::parse(agency).unwrap();
        self.entry(Speaker::Import { agency }, type_name, data, corrects)
    }

    /// Says it if the rules let it through.
    pub(super) fn tries(&mut self, agency: &str, type_name: &str, data: Value) -> bool {
        let (seq, state) = (self.log.next_seq(), &mut self.state());
        let agency_id = AgencyId::parse(agency).unwrap();
        let speaker = Speaker::Import { agency: agency_id };
        let value = json!({"jti": format!("j-{seq}"), "type": type_name, "data": data});
        let statement = Statement::read(&value).unwrap();
        let at = Instant { micros: self.now.micros + 3_600_000_000 };
        let context = Context { seq, at, digest: None, past: &Nothing };
        let admitted = admit(state, &speaker, &statement, &context).is_ok();
        if admitted {
            self.says(agency, type_name, data, None);
        }
        admitted
    }

    fn entry(&mut self, speaker: Speaker, type_name: &str, data: Value, corrects: Option<u64>) -> Seq {
        let seq = self.log.next_seq();
        self.now.micros += 3_600_000_000;
        let mut value = json!({"jti": format!("j-{seq}"), "type": type_name, "data": data});
        if let Some(corrects) = corrects {
            value["corrects"] = corrects.into();
        }
        let statement = Statement::read(&value).unwrap();
        let event = Event { seq, at: self.now, speaker, statement, withdraws: None };
        let mut after = self.state();
        let linked = subjects(&mut after, &event);
        let text = value.to_string();
        let body = match &event.speaker {
            Speaker::Ledger(voice) => Body::Ledger { voice: voice.as_str(), statement: &text },
            speaker => Body::Attested { agency: speaker.key(), via: "import", statement: &text },
        };
        let sha = Sha256::digest(text.as_bytes()).into();
        let jti = event.statement.jti.as_str();
        self.log.stage(self.now, &linked, body, event.speaker.key(), jti, sha).unwrap();
        self.log.commit().unwrap();
        self.states.push(after);
        seq
    }

    pub(super) fn agency(&mut self, id: &str) {
        self.say("agency.registered", json!({"agency": id, "name": {"en": id}, "kind": "ministry"}));
    }

    pub(super) fn defined(&mut self, id: &str, more: Value) {
        let mut data = json!({"responsibility": id, "name": {"en": id},
            "code": {"scheme": "cofog", "value": id}});
        merge(&mut data, more);
        self.say("responsibility.defined", data);
    }

    pub(super) fn made(&mut self, of: &str, agency: &str, from: &str, more: Value) -> Seq {
        let mut data = json!({"responsibility": of, "agency": agency, "role": "accountable",
            "valid": {"from": from}, "basis": {"ref": "id/uu/2020/1"}});
        merge(&mut data, more);
        self.say("assignment.made", data)
    }

    pub(super) fn proposed(&mut self, id: &str, of: &[&str], (from, to): (&str, &str), more: Value) -> Seq {
        let mut data = json!({"handoff": id, "responsibilities": of, "from": from, "to": to,
            "regime": "by_agreement", "effective": "2026-01-10", "basis": {"ref": "id/perpres/2026/7"}});
        merge(&mut data, more);
        self.says(from, "handoff.proposed", data, None)
    }

    /// A record with delegation, mandate, split, parents, all regimes, claims, corrections and a closing.
    pub(super) fn district() -> Self {
        let mut kit = Self::new();
        let power =
            json!({"agency": "reg", "name": {"en": "reg"}, "kind": "registrar", "powers": ["registrar"]});
        kit.say("agency.registered", power);
        for id in ["a", "b", "c", "d", "post-1", "old"] {
            kit.agency(id);
        }
        kit.say("agency.registered", json!({"agency": "nobody", "name": {"en": "x"}, "kind": "unrecorded"}));
        kit.say("territory.registered", json!({"territory": "north", "name": {"en": "North"}}));
        kit.say("instrument.recorded", json!({"ref": "id/uu/2020/1", "status": "verified"}));
        for id in ["roads", "water", "waste", "schools"] {
            kit.defined(id, json!({}));
        }
        kit.defined("roads-rural", json!({"parent": "roads"}));
        kit.defined("water-supply", json!({}));
        kit.defined("water-quality", json!({}));
        kit.district_moves();
        kit
    }

    fn district_moves(&mut self) {
        let kit = self;
        let roads = kit.made("roads", "a", "2020-01-01", json!({}));
        kit.made("water", "old", "unknown", json!({"basis": {"unknown": true}}));
        kit.made("waste", "b", "2024-01-01", json!({"assignment": "waste-b"}));
        kit.made("schools", "nobody", "2024-01-01", json!({}));
        let under = format!("as-{roads}");
        kit.made("roads", "c", "2025-06-01", json!({"mode": "delegation", "under": under}));
        kit.made("waste", "d", "2025-01-01", json!({"role": "executor", "under": "waste-b"}));
        kit.proposed("h-waste", &["waste"], ("b", "c"), json!({
            "steps": [{"step": "budget", "kind": "budget", "by": "b"}, {"step": "audit", "kind": "audit", "by": "c", "after": ["budget"]}]}));
        kit.made(
            "waste",
            "b",
            "2026-01-10",
            json!({"role": "caretaker", "components": ["budget"],
            "ends_when": {"handoff": "h-waste", "step": "budget"}}),
        );
        kit.says(
            "c",
            "handoff.accepted",
            json!({"handoff": "h-waste", "reservations": [{"reservation": "r1"}]}),
            None,
        );
        kit.says("b", "handoff.step_done", json!({"handoff": "h-waste", "step": "budget"}), None);
        kit.says("c", "handoff.step_confirmed", json!({"handoff": "h-waste", "step": "budget"}), None);
        kit.say(
            "responsibility.split",
            json!({"responsibility": "water", "into": ["water-supply", "water-quality"],
            "remainder": "none", "effective": "2026-01-06"}),
        );
        kit.proposed(
            "h-water",
            &["water-quality"],
            ("old", "d"),
            json!({"regime": "by_law", "effective": "2026-01-07"}),
        );
        kit.say(
            "agency.closed",
            json!({"agency": "old", "how": "merged", "successors": ["b"],
            "effective": "2026-01-08", "basis": {"ref": "id/pp/2026/1"}}),
        );
        kit.proposed("h-declined", &["schools"], ("nobody", "a"), json!({}));
        kit.says("a", "handoff.declined", json!({"handoff": "h-declined"}), None);
        kit.says(
            "reg",
            "assignment.made",
            json!({"responsibility": "roads", "agency": "a", "role": "accountable",
            "valid": {"from": "2021-01-01"}, "basis": {"ref": "id/uu/2020/1"}}),
            Some(roads.0),
        );
        kit.says(
            "a",
            "decision.recorded",
            json!({"decision": "d-1", "about": ["r:roads"], "decided_by": "a",
            "decided_on": "2026-01-05", "capacity": "own", "basis": {"ref": "id/uu/2020/1"},
            "in_force": {"from": "2026-01-05"}}),
            None,
        );
        kit.district_disputes();
    }

    /// Two claims: one withdrawn, one that was about something else before it was corrected.
    fn district_disputes(&mut self) {
        let kit = self;
        let claim = |id: &str, about: &str| json!({"claim": id, "kind": "authority", "about": [about], "against": ["c"], "on": "2026-01-06"});
        kit.says("b", "claim.raised", claim("cl-quality", "r:water-quality"), None);
        let gone = json!({"claim": "cl-quality", "on": "2026-01-07"});
        kit.says("b", "claim.withdrawn", gone, None);
        let first = kit.says("b", "claim.raised", claim("cl-1", "r:schools"), None);
        kit.says("c", "claim.answered", json!({"claim": "cl-1", "on": "2026-01-06"}), None);
        kit.says("b", "claim.raised", claim("cl-1", "r:roads"), Some(first.0));
    }
}

fn merge(data: &mut Value, more: Value) {
    data.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
}
