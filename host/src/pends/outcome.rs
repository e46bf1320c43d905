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

#[cfg(test)]
mod tests {
    use reprise_model::{Claim, ProcessingStatus, SubmissionStatus};
    use serde_json::{Value, json};

    use super::carry_out;
    use crate::pends::PendOperation;
    use crate::pends::decision::{Decision, decide};

    /// A pended claim. Numbers are given in order: on the header LOUD 1, QUIET 2 (resolved); on the bill LOUD 3; on the
    /// line QUIET 4, LOUD 5.
    fn claim(more: Value) -> Claim {
        let mut members = json!({
            "kind": "claim", "id": 7, "code": "C1", "payer": "ACME", "processType": "CLAIM", "status": "MANUAL PRICING",
            "entryDate": "2020-01-01", "preprocessingDone": true, "highPriority": true,
            "pendReasons": [{ "code": "LOUD" }, { "code": "QUIET", "resolved": true }],
            "bills": [{ "code": "X", "pendReasons": [{ "code": "LOUD" }] }],
            "lines": [{ "code": "L1", "pendReasons": [{ "code": "QUIET" }, { "code": "LOUD" }] }],
        });
        if let (Some(members), Value::Object(more)) = (members.as_object_mut(), more) {
            members.extend(more);
        }
        let mut claim: Claim = serde_json::from_value(members).expect("a claim");
        claim.number_pend_reasons(None);
        claim
    }

    /// The operation is done; unresolved are these then, by their numbers. Answers the history's details and the events.
    #[track_caller]
    fn check(claim: &mut Claim, operation: &PendOperation, unresolved: &[u32]) -> (Value, Vec<(&'static str, Value)>) {
        let before = claim.clone();
        let (targets, status_after) = match decide(claim, false, operation) {
            Decision::Resolve { targets, status_after } => (targets, status_after),
            decision => (Vec::new(), panic_on(&decision)),
        };
        let told = carry_out(claim, operation, &targets, status_after, "clerk", &|code| {
            code == "LOUD"
        });
        let attached = claim.attached_pend_reasons();
        let numbers: Vec<_> = attached
            .filter(|(_, attached)| !attached.resolved)
            .map(|(_, attached)| attached.number)
            .collect();
        assert_eq!(numbers, unresolved);
        assert_eq!(
            (claim.preprocessing_done, claim.pricing_done, claim.high_priority),
            (before.preprocessing_done, before.pricing_done, before.high_priority)
        );
        let history = &told.history;
        assert_eq!(
            (history.claim, history.operation, &*history.user),
            (7, operation.name(), "clerk")
        );
        let read = |details: &str| serde_json::from_str(details).expect("JSON");
        let events = told.events.iter();
        let events = events.map(|event| {
            assert_eq!((event.claim, &*event.payer), (7, "ACME"));
            (event.kind, read(&event.details))
        });
        (read(&history.details), events.collect())
    }

    #[expect(
        clippy::panic,
        reason = "a test that meets what it does not expect fails by panicking"
    )]
    fn panic_on(decision: &Decision) -> ProcessingStatus {
        panic!("it cannot be done: {decision:?}")
    }

    #[test]
    fn a_pend_reason_is_resolved_and_told_of() {
        let code = || "LOUD".to_owned();
        let done = |of: Option<&str>, level: &str| {
            let mut told = json!({ "claim": "C1", "pendReason": "LOUD", "level": level, "user": "clerk" });
            if let Some(of) = of {
                told["of"] = of.into();
            }
            ("claim.pend-done", told)
        };
        let resolved = |operation: &str| {
            let told = json!({ "claim": "C1", "pendReasons": ["LOUD"], "user": "clerk", "operation": operation });
            ("claim.pends-resolved", told)
        };
        let of_claim = json!({ "level": "claim", "code": "LOUD", "number": 1 });
        let of_line = json!({ "level": "line", "of": "L1", "code": "LOUD", "number": 5 });
        for (operation, unresolved, targets, events) in [
            (
                PendOperation::ResolvePend { code: code() },
                &[3, 4][..],
                json!([of_claim, of_line]),
                vec![done(None, "claim"), done(Some("L1"), "line"), resolved("resolve-pend")],
            ),
            (
                PendOperation::ResolveLinePend { code: code() },
                &[1, 3, 4],
                json!([of_line]),
                vec![done(Some("L1"), "line"), resolved("resolve-line-pend")],
            ),
            (
                PendOperation::ResolveClaimPendReason { number: 1 },
                &[3, 4, 5],
                json!([of_claim]),
                vec![done(None, "claim"), resolved("resolve-claim-pend-reason")],
            ),
            (
                PendOperation::ResolveLinePendReason { number: 5 },
                &[1, 3, 4],
                json!([of_line]),
                vec![done(Some("L1"), "line"), resolved("resolve-line-pend-reason")],
            ),
        ] {
            let mut claim = claim(json!({}));
            let told = check(&mut claim, &operation, unresolved);
            let details = json!({
                "statusBefore": "MANUAL PRICING", "statusAfter": "MANUAL PRICING", "pendReasonsResolved": targets,
            });
            assert_eq!(told, (details, events));
            assert_eq!(claim.status, ProcessingStatus::ManualPricing);
        }
    }

    #[test]
    fn a_claim_is_submitted_with_all_resolved() {
        let mut claim = claim(json!({}));
        let (details, events) = check(&mut claim, &PendOperation::Submit, &[]);
        assert_eq!(details["statusAfter"], "INITIAL");
        let numbers = details["pendReasonsResolved"].as_array().expect("a list").iter();
        assert_eq!(
            numbers.map(|target| target["number"].clone()).collect::<Vec<_>>(),
            [1, 3, 4, 5]
        );
        let kinds: Vec<_> = events.iter().map(|(kind, _)| *kind).collect();
        let expected = [
            ["claim.pend-done"; 3].as_slice(),
            &["claim.pends-resolved", "claim.submitted"],
        ]
        .concat();
        assert_eq!(kinds, expected);
        assert_eq!(events[3].1["pendReasons"], json!(["LOUD", "QUIET"]));
        assert_eq!(
            events[4].1,
            json!({
                "claim": "C1", "status": "INITIAL", "preprocessingDone": true, "pricingDone": false, "highPriority": true,
                "user": "clerk",
            })
        );
        assert_eq!(
            (claim.status, claim.submission_status),
            (ProcessingStatus::Initial, None)
        );
    }

    #[test]
    fn a_claim_without_pend_reasons_is_submitted_and_nothing_resolved() {
        let mut claim = claim(json!({ "status": "ENTRY", "pendReasons": [], "bills": [], "lines": [] }));
        let (details, events) = check(&mut claim, &PendOperation::Submit, &[]);
        assert_eq!(details["pendReasonsResolved"], json!([]));
        let kinds: Vec<_> = events.iter().map(|(kind, _)| *kind).collect();
        assert_eq!(kinds, ["claim.submitted"]);
    }

    #[test]
    fn a_claim_of_intake_that_is_submitted_is_sent() {
        for (status, in_intake, is_told) in [("ENTRY", "S", false), ("CHANGE", "S", false), ("CHANGE", "R", true)] {
            let at_intake = json!({ "status": status, "patient": "1", "claimType": "P", "claimStatus": in_intake });
            let mut claim = claim(at_intake);
            let (_, events) = check(&mut claim, &PendOperation::Submit, &[]);
            assert_eq!(claim.status, ProcessingStatus::Initial);
            assert_eq!(claim.submission_status, Some(SubmissionStatus::Sent));
            let told = events.iter().find(|(kind, _)| *kind == "claim.status-changed");
            assert_eq!(told.is_some(), is_told, "{status} {in_intake}");
            if let Some((_, told)) = told {
                assert_eq!(
                    (&told["claimStatusBefore"], &told["claimStatus"]),
                    (&json!("R"), &json!("S"))
                );
                let received = claim.intake.as_ref().and_then(|details| details.date_received);
                assert!(received.is_some(), "that it was received is not forgotten");
            }
        }
    }
}
