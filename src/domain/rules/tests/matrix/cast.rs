//! Who speaks in the matrix: an agency for every role and power that DOMAIN section 4 names.

/// Each agency, by what it is in the world.
pub(super) const CAST: &[(&str, &str)] = &[
    ("registrar", "has the power, the only one"),
    ("overseer", "has the power, party to nothing"),
    ("interested", "an overseer that is a party: to a claim, by entries, a decision and a key of its own"),
    ("court", "has the power"),
    ("convener", "leads the forum, and votes in it"),
    ("member", "votes in the forum"),
    ("holder", "accountable for everything that is held; gives in every handoff; mandates and delegates"),
    ("executor", "acts under the holder's mandate"),
    ("delegate", "accountable by the holder's delegation"),
    ("supporter", "supports the holder"),
    ("caretaker", "takes care of the budget of what the holder holds"),
    ("receiver", "the other party of every handoff"),
    ("doer", "does the steps of handoffs"),
    ("parent", "stands above the holder and the decider"),
    ("claimant", "raised the claims"),
    ("obligor", "is to act by the commitment"),
    ("coordinator", "leads the programme"),
    ("reporter", "reports on the programme's goal"),
    ("partner", "takes part in the programme"),
    ("decider", "decided the ruling"),
    ("heir", "succeeds those that were closed"),
    ("stranger", "has to do with nothing"),
    ("closed", "closed, wound up; the heir succeeds it"),
    ("gone", "closed, wound up; nobody succeeds it"),
    ("winding", "closed, winding up what began before"),
    ("unheard", "nobody registered it"),
];

/// The agencies by which an approval of an overseer can be given, where none is a party.
pub(super) const OVERSEERS: &[&str] = &["overseer", "interested"];

/// Everyone who may speak at all.
pub(super) fn active() -> Vec<&'static str> {
    CAST.iter().map(|(id, _)| *id).filter(|id| silent(id).is_none()).collect()
}

/// What those are told who may not speak at all, whatever they say.
pub(super) fn silent(who: &str) -> Option<&'static str> {
    match who {
        "closed" | "gone" | "winding" => Some("agency-not-active"),
        "unheard" => Some("not-found"),
        _ => None,
    }
}
