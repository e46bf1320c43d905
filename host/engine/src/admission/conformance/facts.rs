//! Facts about claims, patients and procedures that are made up, and agree with each other as a host's do.

use reprise_model::{
    ChangeFacts, ClaimFacts, Enrolment, EnrolmentFacts, IntakeType, OfficeSetting, PlanType, ProcedureFacts,
    ProcessType, ProcessingStatus, ReleaseFacts, ReprocessState, Situation, SubmissionStatus,
};

use crate::admission::trial::Draw;

/// Offices by their settings.
pub(super) fn offices() -> Vec<Vec<OfficeSetting>> {
    let setting = |name: &str| OfficeSetting {
        name: name.to_owned(),
        value: "true".to_owned(),
    };
    vec![
        Vec::new(),
        vec![setting("hold-primary-for-medical"), setting("block-zero-fee")],
    ]
}

/// A claim that is to be processed again, if it may.
pub(super) fn reprocess_state(draw: &mut Draw) -> ReprocessState {
    let mut asked = || *draw.one_of(&[None, Some(false), Some(true)]);
    let (asked_preprocessing_done, asked_pricing_done) = (asked(), asked());
    ReprocessState {
        status: *draw.one_of(ProcessingStatus::ALL),
        process_type: *draw.one_of(ProcessType::ALL),
        settled: draw.once_in(6),
        locked: draw.once_in(6),
        preprocessing_done: draw.once_in(2),
        pricing_done: draw.once_in(2),
        unfinalize_reason_given: draw.once_in(2),
        pend_reason_given: draw.once_in(3),
        asked_preprocessing_done,
        asked_pricing_done,
    }
}

/// The number of a procedure that something is so of, now and then.
fn procedure_or_none(draw: &mut Draw) -> u64 {
    if draw.once_in(8) { 1_001 } else { 0 }
}

/// A claim that is asked for.
pub(super) fn claim_facts(draw: &mut Draw) -> ClaimFacts {
    use IntakeType::{Other, PreAuthorization, Primary, Secondary};
    // A capitation claim is never asked for by that name.
    let claim_type = *draw.one_of(&[Primary, Secondary, Other, PreAuthorization]);
    let plan_known = !draw.once_in(10);
    let medical = plan_known && draw.once_in(5);
    let subscription_asked = plan_known && (medical || draw.once_in(3));
    let by_type = match claim_type {
        Primary | PreAuthorization => 1,
        Secondary => 2,
        _ => 3,
    };
    let rank = match (plan_known, medical) {
        (false, _) | (_, true) => 0,
        _ if subscription_asked => 1 + draw.small(4),
        _ => by_type,
    };
    let procedures = 1 + draw.small(5);
    let on_open_primary = if draw.once_in(3) { 1 + draw.small(procedures) } else { 0 };
    ClaimFacts {
        claim_type,
        asked: draw.once_in(2).then(|| *draw.one_of(SubmissionStatus::ALL)),
        plan_type: *draw.one_of(PlanType::ALL),
        rank,
        other_rank: if rank > 1 && draw.once_in(2) { rank - 1 } else { 0 },
        dental_plans: rank + draw.small(2),
        medical_plans: u32::from(medical) + draw.small(2),
        procedures,
        on_open_primary,
        on_received_primary: draw.small(procedures - on_open_primary + 1),
        diagnoses: draw.small(14),
        claimed: procedure_or_none(draw),
        not_billed: procedure_or_none(draw),
        without_fee: procedure_or_none(draw),
        situation: Situation {
            plan_known,
            medical,
            subscription_asked,
            other_subscription_asked: draw.once_in(4),
            medical_before: !medical && draw.once_in(4),
            in_process: draw.once_in(4),
            several_clinics: draw.once_in(8),
            several_places: draw.once_in(8),
        },
    }
}

/// Procedures of a patient with one plan or several.
pub(super) fn enrolment_facts(draw: &mut Draw) -> EnrolmentFacts {
    let mut rank = 0;
    let mut enrolments = Vec::new();
    for place in 0..=u64::from(draw.small(4)) {
        let medical = draw.once_in(4);
        rank += u32::from(!medical);
        enrolments.push(Enrolment {
            subscription: 501 + place,
            plan_type: *draw.one_of(PlanType::ALL),
            rank: if medical { 0 } else { rank },
        });
    }
    let subscriptions: Vec<u64> = enrolments.iter().map(|plan| plan.subscription).collect();
    let procedures = 1 + draw.below(4);
    let procedures = (1_001..).take(procedures).map(|procedure| {
        let some = |draw: &mut Draw| match draw.once_in(4) {
            true => draw.some_of(&subscriptions, 1),
            false => Vec::new(),
        };
        let diagnoses = draw.below(4);
        ProcedureFacts {
            procedure,
            in_process: draw.once_in(5),
            without_fee: draw.once_in(8),
            clinic: draw.small(2),
            place: draw.small(2),
            diagnoses: draw.some_of(&[1, 2, 3, 4, 5], diagnoses),
            not_billed_to: some(draw),
            claimed_for: some(draw),
            on_open_primary: draw.once_in(5),
            on_received_primary: draw.once_in(5),
        }
    });
    EnrolmentFacts {
        procedures: procedures.collect(),
        enrolments,
    }
}

/// A claim that is asked to be in another status.
pub(super) fn change_facts(draw: &mut Draw) -> ChangeFacts {
    let current = *draw.one_of(SubmissionStatus::ALL);
    let processing = match current {
        SubmissionStatus::Received => ProcessingStatus::Finalized,
        SubmissionStatus::Sent | SubmissionStatus::ProbablySent => {
            *draw.one_of(&[ProcessingStatus::Initial, ProcessingStatus::ManualPricing])
        }
        _ => ProcessingStatus::Entry,
    };
    ChangeFacts {
        claim: ClaimFacts {
            asked: Some(*draw.one_of(SubmissionStatus::ALL)),
            ..claim_facts(draw)
        },
        current,
        processing,
    }
}

/// A claim that may be free to go on.
pub(super) fn release_facts(draw: &mut Draw) -> ReleaseFacts {
    use SubmissionStatus::{Hold, InProcess, Unsent, Waiting};
    let rank = draw.small(4);
    let current = *draw.one_of(&[Unsent, Hold, InProcess]);
    ReleaseFacts {
        claim_type: *draw.one_of(IntakeType::ALL),
        current,
        settles_in: match current {
            InProcess => *draw.one_of(&[Unsent, Hold, Waiting]),
            settled => settled,
        },
        rank,
        received_rank: draw.small(rank + 1),
        received_medical: draw.once_in(5),
        open_before: draw.small(3),
        in_process: current == InProcess && draw.once_in(2),
    }
}
