//! What the ledger says of itself, its tokens, witnesses and policy; approvals; keys.

use serde_json::{Value, json};

use super::super::line::Line;
use super::Pen;

impl Pen<'_> {
    pub(super) fn ledger(&mut self, kind: &'static str) -> Option<Line> {
        let n = self.n;
        let own = |voice: &str, data| Some(Line::new(self.today, format!("ledger:{voice}"), kind, data));
        match kind {
            "ledger.index" => own("index", json!({"size": Value::Null, "root": format!("root {n}")})),
            "ledger.key_rotated" => {
                own("rotate", json!({"vkey": format!("v{n}"), "size": Value::Null, "signature": "s"}))
            }
            "token.registered" => {
                let role = self.dice.one(&["recorder", "recorder", "overseer", "auditor"]);
                let agency = self.anyone();
                let data = json!({"token": format!("tok{n}"), "role": role, "agency": agency});
                Some(Line::new(self.today, "ledger:token", kind, data))
            }
            "token.revoked" => {
                let token = self.object("token.registered", "token")?;
                Some(Line::new(self.today, "ledger:token", kind, json!({"token": token})))
            }
            "witness.registered" => {
                let name = format!("w{n}");
                let vkey = format!("{name}+1+key of {name}");
                let data = json!({"name": name, "vkey": vkey, "url": "http://w.example"});
                Some(self.line("reg", kind, data))
            }
            "witness.retired" => {
                let name = self.object("witness.registered", "name")?;
                Some(self.line("reg", kind, json!({"name": name})))
            }
            "policy.changed" => {
                let key =
                    self.dice.one(&["stalled_days", "lapse_days_after_due", "late_days", "bounce_days"]);
                let days = 2 + self.dice.roll(8);
                let mut line = self.line("reg", kind, json!({key: days}));
                line.approved_by = self.overseer(&[]).into_iter().collect();
                Some(line)
            }
            "approval.given" => {
                let by = self.anyone();
                Some(self.line(&by, kind, json!({"approves": format!("sha-256:{n:064x}")})))
            }
            _ => self.key(kind),
        }
    }

    fn key(&mut self, kind: &'static str) -> Option<Line> {
        let (agency, kid) = if kind == "key.registered" {
            (self.anyone(), format!("{:x<43}", self.n))
        } else {
            let all: Vec<_> = self.book.all("key.registered").cloned().collect();
            let entry = self.dice.pick(&all)?;
            (entry.text("agency")?.to_owned(), entry.text("kid")?.to_owned())
        };
        let mut data = json!({"agency": agency, "kid": kid});
        if kind == "key.registered" {
            data["jwk"] = json!({"kty": "OKP", "crv": "Ed25519", "x": "AA"});
        }
        let approved_by = self.overseer(&[&agency]).into_iter().collect();
        Some(Line { approved_by, ..Line::new(self.today, "reg", kind, data) })
    }
}
