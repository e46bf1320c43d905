//! When a claim that waits goes on.

use reprise_claim_status::DefaultClaimStatus;
use reprise_rules::claim_status::{IntakeType, OfficeFlags, ReleaseFacts, SubmissionStatus};
use reprise_rules::testing::claim_status::{every_release_facts, release};

use crate::plain;

#[test]
fn every_release_is_decided_as_the_text_says() {
    for facts in every_release_facts() {
        let released = release::<DefaultClaimStatus>(&facts, &OfficeFlags::none());
        let expected = plain::release(&facts);
        assert_eq!(released.map(SubmissionStatus::as_str), expected, "{facts:?}");
    }
}

/// What becomes of a claim of this type and rank, on hold and unsent, when a claim of the other rank is received.
#[track_caller]
fn check(claim_type: IntakeType, rank: u32, received_rank: u32, expected: Option<SubmissionStatus>) {
    for current in [SubmissionStatus::Hold, SubmissionStatus::Unsent] {
        let facts = ReleaseFacts {
            claim_type,
            current,
            settles_in: current,
            rank,
            received_rank,
            received_medical: false,
            open_before: 1,
            in_process: false,
        };
        let released = release::<DefaultClaimStatus>(&facts, &OfficeFlags::none());
        assert_eq!(released, expected, "from {current}");
    }
}

#[test]
fn each_claim_follows_the_one_on_the_plan_before() {
    let waiting = Some(SubmissionStatus::Waiting);
    check(IntakeType::Secondary, 2, 1, waiting);
    check(IntakeType::Capitation, 2, 1, waiting);
    check(IntakeType::Other, 3, 2, waiting);
    check(IntakeType::Capitation, 3, 2, waiting);
    // The tertiary claim waits for the secondary one, not for the primary.
    check(IntakeType::Other, 3, 1, None);
    check(IntakeType::Secondary, 2, 3, None);
    check(IntakeType::Primary, 1, 0, None);
    check(IntakeType::Other, 0, 1, None);
    check(IntakeType::PreAuthorization, 2, 1, None);
}

#[test]
fn a_primary_claim_on_hold_follows_the_medical_one() {
    let held = |current| ReleaseFacts {
        claim_type: IntakeType::Primary,
        current,
        settles_in: current,
        rank: 1,
        received_rank: 0,
        received_medical: true,
        open_before: 0,
        in_process: false,
    };
    let released = |current| release::<DefaultClaimStatus>(&held(current), &OfficeFlags::none());
    assert_eq!(released(SubmissionStatus::Hold), Some(SubmissionStatus::Waiting));
    assert_eq!(released(SubmissionStatus::Unsent), None);
}

/// What becomes of a secondary claim that was held for a procedure which is finished.
#[track_caller]
fn check_finished(settles_in: SubmissionStatus, open_before: u32, received_rank: u32, expected: SubmissionStatus) {
    let held = ReleaseFacts {
        claim_type: IntakeType::Secondary,
        current: SubmissionStatus::InProcess,
        settles_in,
        rank: 2,
        received_rank,
        received_medical: false,
        open_before,
        in_process: true,
    };
    assert_eq!(release::<DefaultClaimStatus>(&held, &OfficeFlags::none()), None);
    let finished = ReleaseFacts {
        in_process: false,
        ..held
    };
    let released = release::<DefaultClaimStatus>(&finished, &OfficeFlags::none());
    assert_eq!(released, Some(expected), "{finished:?}");
}

#[test]
fn a_finished_procedure_lets_a_claim_become_what_it_was_born_to_be() {
    use SubmissionStatus::{Hold, Unsent, Waiting};
    check_finished(Waiting, 1, 0, Waiting);
    check_finished(Unsent, 0, 0, Unsent);
    check_finished(Hold, 1, 0, Hold);
    // Nothing is left that would release it.
    check_finished(Hold, 0, 0, Waiting);
    // What it waits for was received.
    check_finished(Hold, 1, 1, Waiting);
    check_finished(Unsent, 0, 1, Waiting);
}
