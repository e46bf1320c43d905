//! What an operation on the pend reasons of a claim comes to. No store and no rights: a claim and an operation go in.
//!
//! The operations and the links to them both go by this, so that there is a link exactly where the operation can succeed.

use std::collections::HashSet;

use reprise_model::{AttachedPendReason, Claim, PendLevel, PendPlace, ProcessingStatus, SubmissionStatus};
use serde::Serialize;

use super::{AttachedTo, PendOperation, PendReasonId};

/// What an operation comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// These are resolved, and the claim is in that status afterwards.
    Resolve {
        targets: Vec<Target>,
        status_after: ProcessingStatus,
    },
    /// All that it is about was resolved before: there is nothing to do.
    AlreadyResolved,
    /// What it is about is not attached where it is about it.
    NotFound(String),
    /// The claim is not in a state for it. The sentence says why.
    WrongState(String),
}

/// An attached pend reason that is resolved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Target {
    pub(crate) level: PendLevel,
    /// The bill's or line's code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) of: Option<String>,
    pub(crate) code: String,
    pub(crate) number: u32,
}

/// What the operation comes to on this claim, which somebody else holds or not, whatever lock it was imported with.
pub(crate) fn decide(claim: &Claim, is_held: bool, operation: &PendOperation) -> Decision {
    let in_scope: Vec<_> = claim
        .attached_pend_reasons()
        .filter(|(place, attached)| is_about(operation, *place, attached))
        .collect();
    if *operation != PendOperation::Submit {
        if in_scope.is_empty() {
            return Decision::NotFound(described(claim, operation));
        }
        if in_scope.iter().all(|(_, attached)| attached.resolved) {
            return Decision::AlreadyResolved;
        }
    }
    if let Some(reason) = state_against(claim, is_held, operation) {
        return Decision::WrongState(format!("Claim {} {reason}", claim.code));
    }
    let targets = in_scope
        .into_iter()
        .filter(|(_, attached)| !attached.resolved)
        .map(|(place, attached)| Target {
            level: place.level,
            of: place.of.map(str::to_owned),
            code: attached.code.clone(),
            number: attached.number,
        })
        .collect();
    Decision::Resolve {
        targets,
        status_after: match operation {
            PendOperation::Submit => ProcessingStatus::Initial,
            _ => claim.status,
        },
    }
}

/// The operations on the claim as a whole that can succeed on it, in the order in which they are shown.
pub(crate) fn offered(claim: &Claim, is_held: bool) -> Vec<PendOperation> {
    let mut operations = Vec::new();
    let unresolved = |levels: &[PendLevel]| {
        let mut seen = HashSet::new();
        let attached = claim.attached_pend_reasons();
        attached
            .filter(|(place, attached)| !attached.resolved && levels.contains(&place.level))
            .filter(|(_, attached)| seen.insert(attached.code.as_str()))
            .map(|(_, attached)| attached.code.clone())
            .collect::<Vec<_>>()
    };
    // Of which code it is does not matter to whether the claim is in a state for it.
    if state_against(claim, is_held, &PendOperation::ResolvePend { code: String::new() }).is_none() {
        let codes = unresolved(&[PendLevel::Claim, PendLevel::Line]);
        operations.extend(codes.into_iter().map(|code| PendOperation::ResolvePend { code }));
        let codes = unresolved(&[PendLevel::Line]);
        operations.extend(codes.into_iter().map(|code| PendOperation::ResolveLinePend { code }));
    }
    if state_against(claim, is_held, &PendOperation::Submit).is_none() {
        operations.push(PendOperation::Submit);
    }
    operations
}

/// Whether an operation can succeed in what it is there for, and not only find that there is nothing to do.
pub(crate) fn is_offered(claim: &Claim, is_held: bool, operation: &PendOperation) -> bool {
    matches!(decide(claim, is_held, operation), Decision::Resolve { .. })
}

/// Whether the operation is about a pend reason that is attached at this place.
fn is_about(operation: &PendOperation, place: PendPlace<'_>, attached: &AttachedPendReason) -> bool {
    match operation {
        PendOperation::Submit => true,
        PendOperation::ResolvePend { code } => place.level != PendLevel::Bill && attached.code == *code,
        PendOperation::ResolveLinePend { code } => place.level == PendLevel::Line && attached.code == *code,
        PendOperation::ResolveClaimPendReason { number } => {
            place.level == PendLevel::Claim && attached.number == *number
        }
        PendOperation::ResolveLinePendReason { number } => place.level == PendLevel::Line && attached.number == *number,
    }
}

/// What it is that is not attached.
fn described(claim: &Claim, operation: &PendOperation) -> String {
    let code = &claim.code;
    let id = |number: u32| PendReasonId {
        claim: claim.id.unwrap_or_default(),
        number,
    };
    match operation {
        PendOperation::Submit => format!("claim {code}"),
        PendOperation::ResolvePend { code: reason } => format!("pend reason {reason} on claim {code} or its lines"),
        PendOperation::ResolveLinePend { code: reason } => format!("pend reason {reason} on a line of claim {code}"),
        PendOperation::ResolveClaimPendReason { number } => {
            format!("{} {}", AttachedTo::Claim.described(), id(*number))
        }
        PendOperation::ResolveLinePendReason { number } => format!("{} {}", AttachedTo::Line.described(), id(*number)),
    }
}

/// Why the claim is not in a state for the operation, behind its name; none if it is.
fn state_against(claim: &Claim, is_held: bool, operation: &PendOperation) -> Option<String> {
    let is_submit = *operation == PendOperation::Submit;
    let what = if is_submit {
        "it cannot be submitted"
    } else {
        "its pend reasons cannot be resolved"
    };
    if claim.status != ProcessingStatus::Entry && !claim.status.is_pended() {
        return Some(format!(
            "is in status {}, so {what}: that is for a claim in ENTRY or one that is pended",
            claim.status
        ));
    }
    if claim.settlement_reason.is_some() {
        return Some(format!("is settled, so {what}"));
    }
    if claim.locked_by.is_some() || is_held {
        return Some(format!("is locked by another process, so {what} now"));
    }
    let unsent = claim
        .submission_status
        .filter(|status| *status != SubmissionStatus::Sent);
    match unsent {
        Some(status) if is_submit && claim.status == ProcessingStatus::Entry => Some(format!(
            "began at intake and is not sent yet (its status there is {status}), so {what}"
        )),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use reprise_model::{Claim, PendLevel, ProcessingStatus, SubmissionStatus};
    use serde_json::{Value, json};

    use super::{Decision, decide, is_offered, offered};
    use crate::pends::PendOperation;

    /// A claim in CHANGE. Numbers are given in order: on the header A 1, B 2 (resolved); on the bill A 3, D 4; on line L1
    /// A 5, C 6; on line L2 C 7 (resolved), B 8 (resolved).
    fn claim() -> Claim {
        let attached = |codes: &[&str]| -> Vec<Value> {
            let codes = codes.iter();
            codes
                .map(|code| json!({ "code": code.trim_end_matches('!'), "resolved": code.ends_with('!') }))
                .collect()
        };
        let mut claim: Claim = serde_json::from_value(json!({
            "kind": "claim", "id": 7, "code": "C1", "payer": "ACME", "processType": "CLAIM", "status": "CHANGE",
            "entryDate": "2020-01-01", "pendReasons": attached(&["A", "B!"]),
            "bills": [{ "code": "X", "lines": ["L1"], "pendReasons": attached(&["A", "D"]) }],
            "lines": [
                { "code": "L1", "pendReasons": attached(&["A", "C"]) },
                { "code": "L2", "pendReasons": attached(&["C!", "B!"]) },
            ],
        }))
        .expect("a claim");
        claim.number_pend_reasons(None);
        claim
    }

    fn with_all_resolved() -> Claim {
        let mut claim = claim();
        for (_, attached) in claim.attached_pend_reasons_mut() {
            attached.resolved = true;
        }
        claim
    }

    fn pend(code: &str) -> PendOperation {
        PendOperation::ResolvePend { code: code.to_owned() }
    }

    fn line_pend(code: &str) -> PendOperation {
        PendOperation::ResolveLinePend { code: code.to_owned() }
    }

    fn of_claim(number: u32) -> PendOperation {
        PendOperation::ResolveClaimPendReason { number }
    }

    fn of_line(number: u32) -> PendOperation {
        PendOperation::ResolveLinePendReason { number }
    }

    /// Every operation that the claim could be asked for, and some that it cannot.
    fn operations() -> Vec<PendOperation> {
        let mut operations = vec![PendOperation::Submit];
        for code in ["A", "B", "C", "D", "E", ""] {
            operations.extend([pend(code), line_pend(code)]);
        }
        for number in 0..10 {
            operations.extend([of_claim(number), of_line(number)]);
        }
        operations
    }

    /// In a word, with the numbers of what is resolved.
    fn word(decision: &Decision) -> String {
        match decision {
            Decision::Resolve { targets, status_after } => {
                let numbers: Vec<_> = targets.iter().map(|target| target.number.to_string()).collect();
                format!("resolve {} {status_after}", numbers.join(","))
            }
            Decision::AlreadyResolved => "already".to_owned(),
            Decision::NotFound(what) => format!("no {what}"),
            Decision::WrongState(sentence) => sentence.clone(),
        }
    }

    #[track_caller]
    fn check(claim: &Claim, is_held: bool, operation: &PendOperation, expected: &str) {
        let decided = word(&decide(claim, is_held, operation));
        assert_eq!(decided, expected, "{operation:?} in {}", claim.status);
    }

    #[test]
    fn each_operation_resolves_what_it_is_about() {
        for (operation, expected) in [
            (PendOperation::Submit, "resolve 1,3,4,5,6 INITIAL"),
            (pend("A"), "resolve 1,5 CHANGE"),
            (pend("B"), "already"),
            (pend("C"), "resolve 6 CHANGE"),
            (pend("D"), "no pend reason D on claim C1 or its lines"),
            (pend("E"), "no pend reason E on claim C1 or its lines"),
            (line_pend("A"), "resolve 5 CHANGE"),
            (line_pend("B"), "already"),
            (line_pend("C"), "resolve 6 CHANGE"),
            (line_pend("D"), "no pend reason D on a line of claim C1"),
            (of_claim(1), "resolve 1 CHANGE"),
            (of_claim(2), "already"),
            (of_claim(3), "no claim pend reason 7-3"),
            (of_claim(5), "no claim pend reason 7-5"),
            (of_claim(9), "no claim pend reason 7-9"),
            (of_line(1), "no claim line pend reason 7-1"),
            (of_line(4), "no claim line pend reason 7-4"),
            (of_line(5), "resolve 5 CHANGE"),
            (of_line(7), "already"),
            (of_line(0), "no claim line pend reason 7-0"),
        ] {
            check(&claim(), false, &operation, expected);
        }
    }

    #[test]
    fn a_target_says_where_it_is() {
        let targets = match decide(&claim(), false, &PendOperation::Submit) {
            Decision::Resolve { targets, .. } => targets,
            _ => Vec::new(),
        };
        let told = serde_json::to_value(&targets).expect("writable");
        assert_eq!(
            told,
            json!([
                { "level": "claim", "code": "A", "number": 1 },
                { "level": "bill", "of": "X", "code": "A", "number": 3 },
                { "level": "bill", "of": "X", "code": "D", "number": 4 },
                { "level": "line", "of": "L1", "code": "A", "number": 5 },
                { "level": "line", "of": "L1", "code": "C", "number": 6 },
            ])
        );
        assert_eq!(targets[0].level, PendLevel::Claim);
    }

    #[test]
    fn a_claim_without_pend_reasons_is_submitted_all_the_same() {
        check(&with_all_resolved(), false, &PendOperation::Submit, "resolve  INITIAL");
    }

    #[test]
    fn pend_reasons_are_resolved_in_entry_and_the_pended_statuses_alone() {
        const OPEN: [&str; 6] = [
            "ENTRY",
            "CHANGE",
            "MANUAL PRICING",
            "MANUAL PRICING ADJUDICATION",
            "MANUAL BENEFITS",
            "MANUAL ADJUDICATION",
        ];
        for &status in ProcessingStatus::ALL {
            let claim = Claim { status, ..claim() };
            for operation in operations() {
                let here = decide(&claim, false, &operation);
                let in_change = decide(&self::claim(), false, &operation);
                match (&here, &in_change) {
                    (Decision::WrongState(sentence), Decision::Resolve { .. }) => {
                        assert!(!OPEN.contains(&status.as_str()), "{operation:?} in {status}");
                        assert!(
                            sentence.starts_with(&format!("Claim C1 is in status {status}, so ")),
                            "{sentence}"
                        );
                    }
                    (Decision::Resolve { targets, status_after }, Decision::Resolve { targets: the_same, .. }) => {
                        assert!(OPEN.contains(&status.as_str()), "{operation:?} in {status}");
                        assert_eq!(targets, the_same);
                        let is_submit = operation == PendOperation::Submit;
                        let expected = if is_submit { ProcessingStatus::Initial } else { status };
                        assert_eq!(*status_after, expected, "{operation:?} in {status}");
                    }
                    // What is resolved or not there is so in every status.
                    (here, in_change) => assert_eq!(here, in_change, "{operation:?} in {status}"),
                }
            }
        }
    }

    #[test]
    fn a_settled_or_locked_claim_stays_as_it_is() {
        let settled = Claim {
            settlement_reason: Some("PAID".to_owned()),
            ..claim()
        };
        let locked = Claim {
            locked_by: Some("clerk".to_owned()),
            ..claim()
        };
        let cannot_submit = "it cannot be submitted";
        let cannot_resolve = "its pend reasons cannot be resolved";
        for (claim, is_held, state, end) in [
            (&settled, false, "is settled", ""),
            (&locked, false, "is locked by another process", " now"),
            (&claim(), true, "is locked by another process", " now"),
        ] {
            check(
                claim,
                is_held,
                &PendOperation::Submit,
                &format!("Claim C1 {state}, so {cannot_submit}{end}"),
            );
            for operation in [pend("A"), line_pend("C"), of_claim(1), of_line(6)] {
                check(
                    claim,
                    is_held,
                    &operation,
                    &format!("Claim C1 {state}, so {cannot_resolve}{end}"),
                );
            }
            check(claim, is_held, &pend("B"), "already");
            check(claim, is_held, &of_line(1), "no claim line pend reason 7-1");
        }
    }

    #[test]
    fn a_claim_of_intake_is_submitted_once_it_is_sent() {
        for &status in SubmissionStatus::ALL {
            for processing in [ProcessingStatus::Entry, ProcessingStatus::Change] {
                let claim = Claim {
                    submission_status: Some(status),
                    status: processing,
                    ..claim()
                };
                let can = processing != ProcessingStatus::Entry || status == SubmissionStatus::Sent;
                let refusal = format!(
                    "Claim C1 began at intake and is not sent yet (its status there is {status}), so it cannot be submitted"
                );
                let expected = if can { "resolve 1,3,4,5,6 INITIAL" } else { &refusal };
                check(&claim, false, &PendOperation::Submit, expected);
                check(&claim, false, &pend("A"), &format!("resolve 1,5 {processing}"));
            }
        }
    }

    #[test]
    fn an_operation_is_offered_exactly_while_it_can_succeed() {
        let states = |claim: Claim| {
            let settled = Claim {
                settlement_reason: Some("PAID".to_owned()),
                ..claim.clone()
            };
            let locked = Claim {
                locked_by: Some("clerk".to_owned()),
                ..claim.clone()
            };
            let unsent = Claim {
                submission_status: Some(SubmissionStatus::Waiting),
                ..claim.clone()
            };
            [claim, settled, locked, unsent]
        };
        for &status in ProcessingStatus::ALL {
            let claims = [claim(), with_all_resolved()].map(|claim| Claim { status, ..claim });
            for claim in claims.into_iter().flat_map(states) {
                for is_held in [false, true] {
                    let offered = offered(&claim, is_held);
                    for operation in operations() {
                        let is_of_attached = matches!(
                            operation,
                            PendOperation::ResolveClaimPendReason { .. } | PendOperation::ResolveLinePendReason { .. }
                        );
                        let can = is_offered(&claim, is_held, &operation);
                        assert_eq!(
                            offered.contains(&operation),
                            can && !is_of_attached,
                            "{operation:?} {claim:?}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn operations_are_offered_once_each_in_order() {
        let mut claim = claim();
        claim.lines[1].pend_reasons[0].resolved = false;
        assert_eq!(
            offered(&claim, false),
            [
                pend("A"),
                pend("C"),
                line_pend("A"),
                line_pend("C"),
                PendOperation::Submit
            ]
        );
    }
}
