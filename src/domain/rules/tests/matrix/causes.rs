//! Rows of decisions, claims, forums, commitments, programmes, and of the record itself.

use serde_json::{Value, json};

use super::super::told::{decided, with};
use super::cast::{OVERSEERS, active};
use super::row::{Row, Who, row};
use super::world::{World, act, basis, resolved};

pub(super) fn rows(world: &World) -> Vec<Row> {
    [decisions(), relations(), claims(), forums(), commitments(), programmes(), record(world)]
        .into_iter()
        .flatten()
        .collect()
}

/// By a role in the object.
fn party(kind: &'static str, what: impl Into<String>, data: Value, may: Who) -> Row {
    row(kind, what, data, may, "not-a-party")
}

fn source() -> Value {
    json!({"source": {"digest": format!("sha-256:{:064}", 1)}})
}

fn decisions() -> Vec<Row> {
    let by = |who: &str, more| decided(with(json!({"decision": "another", "decided_by": who}), more));
    let undoes =
        |verb: &str, id: &str| with(source(), json!({"relations": [{"verb": verb, "decision": id}]}));
    let forum = resolved("another");
    let sourced = with(forum.clone(), source());
    let imported: Who = &["registrar", "decider"];
    vec![
        party("decision.recorded", "", by("decider", json!({})), &["decider"]),
        party("decision.recorded", "from a source", by("decider", source()), imported),
        party("decision.recorded", "annuls", by("decider", undoes("annuls", "ruling")), imported)
            .approved("registrar", OVERSEERS),
        party("decision.recorded", "suspends", by("decider", undoes("suspends", "ruling")), imported)
            .approved("registrar", OVERSEERS),
        party(
            "decision.recorded",
            "an overseer's annuls",
            by("interested", undoes("annuls", "interested-ruling")),
            &["registrar", "interested"],
        )
        .approved("registrar", &["overseer"]),
        party("decision.recorded", "a forum's", forum, &["convener"]),
        party("decision.recorded", "a forum's from a source", sourced, &["registrar", "convener"]),
        row(
            "decision.voted",
            "",
            json!({"decision": "resolution", "vote": "for"}),
            &["convener", "member"],
            "not-a-member",
        ),
        party(
            "decision.delivered",
            "",
            json!({"decision": "ruling", "to": "holder", "on": "2024-03-01"}),
            &["decider"],
        ),
        party(
            "decision.delivered",
            "a forum's",
            json!({"decision": "resolution", "to": "holder", "on": "2024-03-01"}),
            &["convener"],
        ),
    ]
}

/// Everyone decides by itself on a decision of another.
fn relations() -> Vec<Row> {
    let on = |verb: &str, id: &str| {
        decided(json!({"decision": "another", "decided_by": "$speaker",
            "relations": [{"verb": verb, "decision": id}]}))
    };
    let undo: Who = &["overseer", "interested", "court", "decider", "parent"];
    let heirs: Who = &["overseer", "interested", "court", "heir"];
    let judges: Who = &["overseer", "interested", "court"];
    let kind = "decision.recorded";
    let verbs = ["supersedes", "partly_supersedes", "amends", "revokes", "annuls", "suspends", "reinstates"];
    let mut rows: Vec<Row> = verbs
        .map(|verb| row(kind, format!("itself {verb}"), on(verb, "ruling"), undo, "not-entitled"))
        .into();
    rows.push(row(
        kind,
        "itself annuls one of a closed agency",
        on("annuls", "ruling-closed"),
        heirs,
        "not-entitled",
    ));
    rows.push(row(kind, "itself annuls a forum's", on("annuls", "resolution"), judges, "not-entitled"));
    rows.extend(
        ["implements", "cites"]
            .map(|verb| row(kind, format!("itself {verb}"), on(verb, "ruling"), &active(), "ok")),
    );
    rows
}

fn claims() -> Vec<Row> {
    let of = |id: &str| json!({"claim": id});
    let referred = json!({"claim": "claim", "forum": "forum"});
    let resolved = |id: &str| json!({"claim": id, "outcome": "moot"});
    let raised = json!({"claim": "another", "kind": "gap", "about": ["r:housing"], "against": ["holder"]});
    vec![
        row("claim.raised", "", raised, &active(), "ok"),
        party("claim.answered", "", of("claim"), &["claimant", "holder", "interested"]),
        party("claim.referred", "", referred, &["claimant", "holder", "interested", "overseer"]),
        party("claim.withdrawn", "", of("claim"), &["claimant"]),
        party("claim.resolved", "not referred", resolved("claim"), &["overseer"])
            .but("interested", "party-in-own-cause"),
        party("claim.resolved", "referred", resolved("referred"), &["overseer", "convener"])
            .but("interested", "party-in-own-cause"),
        party("claim.resolved", "against the convener", resolved("against-convener"), OVERSEERS)
            .but("convener", "party-in-own-cause"),
    ]
}

fn forums() -> Vec<Row> {
    let formed = json!({"forum": "another", "convener": "convener", "members": ["stranger"]});
    let may: Who = &["registrar", "overseer", "interested", "convener"];
    vec![
        party("forum.formed", "", formed, may),
        party("forum.changed", "", json!({"forum": "forum", "quorum": 1}), may),
        party("forum.met", "", json!({"forum": "forum", "held_on": "2024-05-01"}), may),
    ]
}

fn commitments() -> Vec<Row> {
    let under =
        |what: &str| json!({"commitment": "another", "by": "obligor", "under": what, "due": "2025-01-01"});
    let of = |id: &str| json!({"commitment": id});
    let changed = |id: &str| json!({"commitment": id, "due": "2026-01-01"});
    vec![
        party("commitment.made", "under a forum", under("f:forum"), &["convener", "obligor"]),
        party("commitment.made", "under a decision", under("d:ruling"), &["decider", "obligor"]),
        party("commitment.made", "under a forum's decision", under("d:resolution"), &["convener", "obligor"]),
        party("commitment.made", "under a programme", under("p:programme"), &["coordinator", "obligor"]),
        party("commitment.confirmed", "", of("laid-upon"), &["obligor"]),
        party("commitment.changed", "laid upon it", changed("laid-upon"), &["convener"]),
        party("commitment.changed", "promised", changed("promised"), &["obligor"]),
        party("commitment.fulfilled", "", of("laid-upon"), &["obligor"]),
        party("commitment.dropped", "laid upon it", of("laid-upon"), &["convener"]),
        party("commitment.dropped", "promised", of("promised"), &["obligor"]),
    ]
}

fn programmes() -> Vec<Row> {
    let started = json!({"programme": "another", "coordinator": "coordinator", "members": ["partner"],
        "responsibilities": ["housing"], "goals": []});
    let reported = json!({"programme": "programme", "goal": "g", "value": "1", "on": "2024-05-01"});
    vec![
        party("programme.started", "", started, &["coordinator"]),
        party("programme.changed", "", json!({"programme": "programme", "members": []}), &["coordinator"]),
        party("programme.reported", "", reported, &["reporter"]),
        party(
            "programme.ended",
            "",
            json!({"programme": "programme", "effective": "2024-07-01"}),
            &["coordinator"],
        ),
    ]
}

/// Findings borne with, entries withdrawn and corrected.
fn record(world: &World) -> Vec<Row> {
    let tolerated = |key: &str| json!({"finding": key, "until": "2024-09-01", "basis": basis()});
    let row = |kind, what: &str, data, may: Who| row(kind, what, data, may, "not-entitled");
    let withdrawn = |seq| json!({"seq": seq});
    let cited = decided(json!({"decision": "cited", "decided_by": "decider", "corrects": world.cited}));
    let deed = with(act("deed", "holder"), json!({"corrects": world.deed}));
    let concerned: Who = &["holder", "overseer", "interested"];
    let (holder, decider): (Who, Who) = (&["registrar", "holder"], &["registrar", "decider"]);
    let rests = |row: Row| {
        let row = row.approved("registrar", OVERSEERS).approved("decider", concerned);
        row.concerning(&["holder"])
    };
    vec![
        row("finding.tolerated", "", tolerated("conflict:housing"), OVERSEERS),
        row("finding.tolerated", "of an overseer", tolerated("dispute:claim"), &["overseer"]),
        row("record.withdrawn", "an act", withdrawn(world.deed), holder).approved("registrar", OVERSEERS),
        row(
            "record.withdrawn",
            "an overseer's act",
            withdrawn(world.interested_deed),
            &["registrar", "interested"],
        )
        .approved("registrar", &["overseer"]),
        rests(row("record.withdrawn", "what another rests on", withdrawn(world.cited), decider)),
        row("act.recorded", "corrects", deed, holder).approved("registrar", OVERSEERS),
        rests(row("decision.recorded", "corrects what another rests on", cited, decider)),
    ]
}
