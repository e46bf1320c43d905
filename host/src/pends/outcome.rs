//! What resolving pend reasons does to a claim, and what is told of it.

use std::collections::HashSet;

use reprise_model::{Claim, ProcessingStatus};
use reprise_store::{NewEvent, NewHistoryEntry};
use serde::Serialize;

use super::PendOperation;
use super::decision::Target;
use crate::reprocess::{Events, PendDone, json_text};

/// What is told of a claim whose pend reasons were resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) history: NewHistoryEntry,
    pub(super) events: Vec<NewEvent>,
}

/// What the history keeps of it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Details<'a> {
    status_before: &'static str,
    status_after: &'static str,
    pend_reasons_resolved: &'a [Target],
}

/// The event that tells of all that an operation has resolved.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PendsResolved<'a> {
    claim: &'a str,
    /// Each code once.
    pend_reasons: Vec<&'a str>,
    user: &'a str,
    operation: &'static str,
}

/// The event that a downstream adjudicator follows: the claim goes on where it stands.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Submitted<'a> {
    claim: &'a str,
    status: &'static str,
    preprocessing_done: bool,
    pricing_done: bool,
    high_priority: bool,
    user: &'a str,
}

/// Resolves what was decided on. `publishes` says whether a pend reason opens a task where it is attached.
pub(super) fn carry_out(
    claim: &mut Claim,
    operation: &PendOperation,
    targets: &[Target],
    status_after: ProcessingStatus,
    user: &str,
    publishes: &dyn Fn(&str) -> bool,
) -> Told {
    let status_before = claim.status;
    let id = claim.id.unwrap_or_default();
    let numbers: HashSet<u32> = targets.iter().map(|target| target.number).collect();
    for (_, attached) in claim.attached_pend_reasons_mut() {
        attached.resolved |= numbers.contains(&attached.number);
    }
    claim.status = status_after;
    let mut events = Events::new(claim);
    for target in targets.iter().filter(|target| publishes(&target.code)) {
        events.add(
            "claim.pend-done",
            &PendDone {
                claim: &claim.code,
                pend_reason: &target.code,
                level: target.level,
                of: target.of.as_deref(),
                user,
            },
        );
    }
    if !targets.is_empty() {
        let mut seen = HashSet::new();
        let codes = targets.iter().map(|target| target.code.as_str());
        events.add(
            "claim.pends-resolved",
            &PendsResolved {
                claim: &claim.code,
                pend_reasons: codes.filter(|code| seen.insert(*code)).collect(),
                user,
                operation: operation.name(),
            },
        );
    }
    if *operation == PendOperation::Submit {
        // A claim that began at intake is sent by being sent on, if it was not yet.
        events.events.extend(crate::intake::resubmitted(claim, user));
        events.add(
            "claim.submitted",
            &Submitted {
                claim: &claim.code,
                status: claim.status.as_str(),
                preprocessing_done: claim.preprocessing_done,
                pricing_done: claim.pricing_done,
                high_priority: claim.high_priority,
                user,
            },
        );
    }
    let details = Details {
        status_before: status_before.as_str(),
        status_after: claim.status.as_str(),
        pend_reasons_resolved: targets,
    };
    Told {
        history: NewHistoryEntry {
            claim: id,
            operation: operation.name(),
            user: user.to_owned(),
            activity: None,
            details: json_text(&details),
        },
        events: events.events,
    }
}
