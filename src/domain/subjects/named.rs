//! The subjects that data names: every id in it, and nothing looked up.

use std::collections::BTreeSet;

use super::super::Subject;
use super::super::basis::{Basis, Reference};
use super::super::event::Data;
use super::super::event::decision::Decider;
use super::super::event::programme::Goal;
use super::{claim, commitment, handoff};

/// Adds what data names.
pub(super) fn named(links: &mut BTreeSet<Subject>, data: &Data) {
    match data {
        Data::LedgerOpened(_)
        | Data::LedgerIndex(_)
        | Data::LedgerKeyRotated(_)
        | Data::PolicyChanged(_)
        | Data::TokenRegistered(_)
        | Data::TokenRevoked(_)
        | Data::WitnessRegistered(_)
        | Data::WitnessRetired(_) => named_ledger(links, data),
        Data::ApprovalGiven(_) => {}
        Data::AgencyRegistered(_)
        | Data::AgencyChanged(_)
        | Data::AgencyClosed(_)
        | Data::KeyRegistered(_)
        | Data::KeyRevoked(_) => {
            named_agency(links, data);
        }
        Data::TerritoryRegistered(_) | Data::TerritoryChanged(_) | Data::InstrumentRecorded(_) => {
            named_register(links, data);
        }
        Data::AssignmentMade(_) | Data::AssignmentEnded(_) => named_assignment(links, data),
        Data::DecisionRecorded(_) | Data::DecisionVoted(_) | Data::DecisionDelivered(_) => {
            named_decision(links, data);
        }
        Data::HandoffProposed(d) => {
            links.extend(d.responsibilities.iter().map(Subject::responsibility));
            links.insert(Subject::agency(&d.from));
            links.insert(Subject::agency(&d.to));
            links.extend(d.steps.iter().map(|step| Subject::agency(&step.by)));
            basis(links, d.basis.as_ref());
            links.insert(Subject::handoff(&d.handoff));
        }
        Data::HandoffChanged(d) => basis(links, d.basis.as_ref()),
        Data::HandoffStepAdded(d) => {
            links.insert(Subject::agency(&d.by));
            basis(links, d.basis.as_ref());
        }
        Data::HandoffReversed(d) => {
            links.insert(Subject::decision(&d.decision));
        }
        Data::ActRecorded(_)
        | Data::FindingTolerated(_)
        | Data::DetailsRestricted(_)
        | Data::DetailsHeld(_)
        | Data::DetailsReleased(_)
        | Data::DetailsErased(_) => named_record(links, data),
        Data::ClaimRaised(_)
        | Data::ClaimAnswered(_)
        | Data::ClaimReferred(_)
        | Data::ClaimWithdrawn(_)
        | Data::ClaimResolved(_) => named_claim(links, data),
        Data::ForumFormed(_) | Data::ForumChanged(_) | Data::ForumMet(_) => named_forum(links, data),
        Data::CommitmentMade(_)
        | Data::CommitmentConfirmed(_)
        | Data::CommitmentChanged(_)
        | Data::CommitmentFulfilled(_)
        | Data::CommitmentDropped(_) => named_commitment(links, data),
        Data::ProgrammeStarted(_)
        | Data::ProgrammeChanged(_)
        | Data::ProgrammeReported(_)
        | Data::ProgrammeEnded(_) => named_programme(links, data),
        _ => named_responsibility(links, data),
    }
    if let Some(id) = handoff(data) {
        links.insert(Subject::handoff(id));
    }
}

fn named_register(links: &mut BTreeSet<Subject>, data: &Data) {
    match data {
        Data::TerritoryRegistered(d) => {
            links.insert(Subject::territory(&d.territory));
            links.extend(d.within.iter().map(Subject::territory));
            basis(links, d.basis.as_ref());
        }
        Data::TerritoryChanged(d) => {
            links.insert(Subject::territory(&d.territory));
            links.extend(d.within.iter().map(Subject::territory));
            basis(links, d.basis.as_ref());
        }
        Data::InstrumentRecorded(d) => {
            links.insert(Subject::instrument(&d.reference));
            links.extend(d.repeals.iter().map(Subject::instrument));
        }
        _ => {}
    }
}

fn named_ledger(links: &mut BTreeSet<Subject>, data: &Data) {
    links.insert(Subject::ledger());
    if let Data::TokenRegistered(d) = data {
        links.extend(d.agency.iter().map(Subject::agency));
    }
}

fn named_agency(links: &mut BTreeSet<Subject>, data: &Data) {
    let mut about = |id: &super::super::AgencyId| {
        links.insert(Subject::agency(id));
        links.insert(Subject::genealogy(id));
    };
    match data {
        Data::AgencyRegistered(d) => {
            about(&d.agency);
            links.extend(d.parents.iter().map(Subject::agency));
            links.extend(d.territory.iter().map(Subject::territory));
            basis(links, d.basis.as_ref());
        }
        Data::AgencyChanged(d) => {
            about(&d.agency);
            links.extend(d.parents.iter().flatten().map(Subject::agency));
            links.extend(d.territory.iter().map(Subject::territory));
            basis(links, d.basis.as_ref());
        }
        Data::AgencyClosed(d) => {
            about(&d.agency);
            d.successors.iter().for_each(about);
            basis(links, d.basis.as_ref());
        }
        Data::KeyRegistered(d) => {
            links.insert(Subject::agency(&d.agency));
            links.insert(Subject::key(&d.agency, &d.kid));
        }
        Data::KeyRevoked(d) => {
            links.insert(Subject::agency(&d.agency));
            links.insert(Subject::key(&d.agency, &d.kid));
        }
        _ => {}
    }
}

fn named_responsibility(links: &mut BTreeSet<Subject>, data: &Data) {
    match data {
        Data::ResponsibilityDefined(d) => {
            links.insert(Subject::responsibility(&d.responsibility));
            links.extend(d.parent.iter().map(Subject::responsibility));
            links.extend(d.territory.iter().map(Subject::territory));
            links.extend(d.carve_outs.iter().flat_map(|c| &c.territory).map(Subject::territory));
            basis(links, d.basis.as_ref());
        }
        Data::ResponsibilityChanged(d) => {
            links.insert(Subject::responsibility(&d.responsibility));
            links.extend(d.territory.iter().map(Subject::territory));
            links.extend(d.carve_outs.iter().flatten().flat_map(|c| &c.territory).map(Subject::territory));
            basis(links, d.basis.as_ref());
        }
        Data::ResponsibilitySplit(d) => {
            links.insert(Subject::responsibility(&d.responsibility));
            links.extend(d.into.iter().map(Subject::responsibility));
            if let super::super::event::responsibility::Remainder::Into(id) = &d.remainder {
                links.insert(Subject::responsibility(id));
            }
            basis(links, d.basis.as_ref());
        }
        Data::ResponsibilityRetired(d) => {
            links.insert(Subject::responsibility(&d.responsibility));
            links.extend(d.into.iter().map(Subject::responsibility));
            basis(links, d.basis.as_ref());
        }
        _ => {}
    }
}

fn named_assignment(links: &mut BTreeSet<Subject>, data: &Data) {
    match data {
        Data::AssignmentMade(d) => {
            links.insert(Subject::responsibility(&d.responsibility));
            links.insert(Subject::agency(&d.agency));
            let holdings = d.assignment.iter().chain(&d.under).chain(&d.supersedes);
            links.extend(holdings.map(Subject::assignment));
            links.extend(d.ends_when.iter().map(|e| Subject::handoff(&e.handoff)));
            basis(links, d.basis.as_ref());
        }
        Data::AssignmentEnded(d) => {
            links.extend(d.assignment.iter().map(Subject::assignment));
            links.extend(d.responsibility.iter().map(Subject::responsibility));
            links.extend(d.agency.iter().map(Subject::agency));
            basis(links, d.basis.as_ref());
        }
        _ => {}
    }
}

fn named_decision(links: &mut BTreeSet<Subject>, data: &Data) {
    match data {
        Data::DecisionRecorded(d) => {
            links.insert(Subject::decision(&d.decision));
            links.extend(d.about.iter().cloned());
            match &d.decided_by {
                Decider::Agency(id) => drop(links.insert(Subject::agency(id))),
                Decider::Forum(id) => drop(links.insert(Subject::forum(id))),
            }
            links.extend(d.officer.iter().chain(&d.on_behalf_of).map(Subject::agency));
            links.extend(d.votes.iter().map(|vote| Subject::agency(&vote.agency)));
            links.extend(d.under.iter().map(Subject::assignment));
            links.extend(d.relations.iter().map(|relation| Subject::decision(&relation.decision)));
            basis(links, d.basis.as_ref());
        }
        Data::DecisionVoted(d) => drop(links.insert(Subject::decision(&d.decision))),
        Data::DecisionDelivered(d) => {
            links.insert(Subject::decision(&d.decision));
            links.insert(Subject::agency(&d.to));
        }
        _ => {}
    }
}

fn named_record(links: &mut BTreeSet<Subject>, data: &Data) {
    match data {
        Data::ActRecorded(d) => {
            links.insert(Subject::responsibility(&d.responsibility));
            let agencies = [&d.agency].into_iter().chain(&d.officer).chain(&d.on_behalf_of);
            links.extend(agencies.map(Subject::agency));
            links.extend(d.under.iter().map(Subject::assignment));
        }
        Data::FindingTolerated(d) => basis(links, d.basis.as_ref()),
        Data::DetailsRestricted(d) => basis(links, d.basis.as_ref()),
        Data::DetailsHeld(d) => basis(links, d.basis.as_ref()),
        Data::DetailsReleased(d) => basis(links, d.basis.as_ref()),
        Data::DetailsErased(d) => basis(links, d.basis.as_ref()),
        _ => {}
    }
}

fn named_claim(links: &mut BTreeSet<Subject>, data: &Data) {
    links.extend(claim(data).map(Subject::claim));
    match data {
        Data::ClaimRaised(d) => {
            links.extend(d.about.iter().cloned());
            links.extend(d.against.iter().map(Subject::agency));
            basis(links, d.basis.as_ref());
        }
        Data::ClaimReferred(d) => drop(links.insert(Subject::forum(&d.forum))),
        Data::ClaimResolved(d) => {
            links.extend(d.keeps.iter().map(Subject::agency));
            links.extend(d.decision.iter().map(Subject::decision));
        }
        _ => {}
    }
}

fn named_forum(links: &mut BTreeSet<Subject>, data: &Data) {
    match data {
        Data::ForumFormed(d) => {
            links.insert(Subject::forum(&d.forum));
            links.extend([&d.convener].into_iter().chain(&d.members).map(Subject::agency));
            basis(links, d.basis.as_ref());
        }
        Data::ForumChanged(d) => {
            links.insert(Subject::forum(&d.forum));
            links.extend(d.convener.iter().chain(d.members.iter().flatten()).map(Subject::agency));
            basis(links, d.basis.as_ref());
        }
        Data::ForumMet(d) => {
            links.insert(Subject::forum(&d.forum));
            links.extend(d.present.iter().map(Subject::agency));
        }
        _ => {}
    }
}

fn named_commitment(links: &mut BTreeSet<Subject>, data: &Data) {
    links.extend(commitment(data).map(Subject::commitment));
    if let Data::CommitmentMade(d) = data {
        links.insert(Subject::agency(&d.by));
        links.insert(d.under.clone());
    }
}

fn named_programme(links: &mut BTreeSet<Subject>, data: &Data) {
    let mut goals = |all: &[Goal]| links.extend(all.iter().map(|goal| Subject::agency(&goal.by)));
    match data {
        Data::ProgrammeStarted(d) => {
            goals(&d.goals);
            links.insert(Subject::programme(&d.programme));
            links.extend([&d.coordinator].into_iter().chain(&d.members).map(Subject::agency));
            links.extend(d.responsibilities.iter().map(Subject::responsibility));
            basis(links, d.basis.as_ref());
        }
        Data::ProgrammeChanged(d) => {
            goals(d.goals.as_deref().unwrap_or_default());
            links.insert(Subject::programme(&d.programme));
            links.extend(d.coordinator.iter().chain(d.members.iter().flatten()).map(Subject::agency));
            links.extend(d.responsibilities.iter().flatten().map(Subject::responsibility));
            basis(links, d.basis.as_ref());
        }
        Data::ProgrammeReported(d) => drop(links.insert(Subject::programme(&d.programme))),
        Data::ProgrammeEnded(d) => drop(links.insert(Subject::programme(&d.programme))),
        _ => {}
    }
}

fn basis(links: &mut BTreeSet<Subject>, basis: Option<&Basis>) {
    for item in basis.map(Basis::items).unwrap_or_default() {
        links.insert(match &item.reference {
            Reference::Instrument(id) => Subject::instrument(id),
            Reference::Decision(id) => Subject::decision(id),
        });
    }
}
