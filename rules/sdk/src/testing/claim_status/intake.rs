//! Claims that are asked for, and what becomes of them: builders, every combination that decides, and ways of asking that
//! hold the answers to the contract.

use crate::claim_status::{
    ChangeFacts, ClaimFacts, ClaimStatusRules, Creation, Enrolment, EnrolmentFacts, IntakeRefusal, IntakeType,
    MadeClaim, OfficeFlags, PlanType, ProcedureFacts, ProcessingStatus, ReleaseFacts, SubmissionStatus,
};

/// A claim of this type on the plan that such a claim is for, of one procedure that is on no claim yet, for a patient
/// with three dental plans; no status is asked for. An `Other` claim is the tertiary one, with both its subscriptions.
pub fn claim_facts(claim_type: IntakeType) -> ClaimFacts {
    let is_other = claim_type == IntakeType::Other;
    let rank = match claim_type {
        IntakeType::Primary | IntakeType::PreAuthorization | IntakeType::Capitation => 1,
        IntakeType::Secondary => 2,
        IntakeType::Other => 3,
    };
    ClaimFacts {
        claim_type,
        asked: None,
        plan_type: match claim_type {
            IntakeType::Capitation => PlanType::Capitation,
            _ => PlanType::Percentage,
        },
        rank,
        other_rank: rank - 1,
        dental_plans: 3,
        medical_plans: 0,
        procedures: 1,
        on_open_primary: 0,
        on_received_primary: 0,
        diagnoses: 1,
        claimed: None,
        not_billed: None,
        without_fee: None,
        plan_known: true,
        medical: false,
        subscription_asked: is_other,
        other_subscription_asked: is_other,
        medical_before: false,
        in_process: false,
        several_clinics: false,
        several_places: false,
    }
}

/// A claim of this type on a medical plan, which is named.
pub fn medical_claim_facts(claim_type: IntakeType) -> ClaimFacts {
    ClaimFacts {
        rank: 0,
        other_rank: 0,
        medical_plans: 1,
        medical: true,
        subscription_asked: true,
        other_subscription_asked: false,
        ..claim_facts(claim_type)
    }
}

/// A dental plan of this rank, from 1, or a medical plan: rank 0.
pub fn enrolment(subscription: u64, rank: u32) -> Enrolment {
    Enrolment {
        subscription,
        plan_type: PlanType::Percentage,
        rank,
    }
}

/// A procedure with a fee, billed to every plan, on no claim yet.
pub fn procedure(procedure: u64) -> ProcedureFacts {
    ProcedureFacts {
        procedure,
        in_process: false,
        without_fee: false,
        clinic: 0,
        place: 0,
        diagnoses: Vec::new(),
        not_billed_to: Vec::new(),
        claimed_for: Vec::new(),
        on_open_primary: false,
        on_received_primary: false,
    }
}

/// Each value so far with each value of one more thing.
fn with_each<T: Copy, V: Copy>(all: &[T], values: &[V], set: fn(&mut T, V)) -> Vec<T> {
    let with = |mut one: T, value: V| {
        set(&mut one, value);
        one
    };
    let each = |&one| values.iter().map(move |&value| with(one, value));
    all.iter().flat_map(each).collect()
}

const YES_OR_NO: [bool; 2] = [false, true];

/// Every claim that a policy by type, plan, rank and status tells apart, for procedures of which nothing else is so:
/// each type on each kind of plan, asked for in each status and in none, with and without the subscriptions named, a
/// procedure in process and a medical plan before, and with its two procedures on primary claims in each way. 70,400 of
/// them.
pub fn every_claim_facts() -> Vec<ClaimFacts> {
    /// Whether there is a plan, whether it is medical, its rank.
    const PLANS: [(bool, bool, u32); 6] = [
        (false, false, 0),
        (true, true, 0),
        (true, false, 1),
        (true, false, 2),
        (true, false, 3),
        (true, false, 4),
    ];
    /// Whether the other coverage is named, and its rank.
    const OTHER_COVERAGES: [(bool, u32); 5] = [(false, 0), (true, 0), (true, 1), (true, 2), (true, 3)];
    /// How many procedures are on open primary claims, and how many on received ones alone.
    const ON_PRIMARY: [(u32, u32); 4] = [(0, 0), (2, 0), (1, 1), (0, 2)];

    let asked: Vec<_> = std::iter::once(None)
        .chain(SubmissionStatus::ALL.into_iter().map(Some))
        .collect();
    let mut all: Vec<_> = IntakeType::ALL.into_iter().map(claim_facts).collect();
    all = with_each(&all, &[PlanType::Percentage, PlanType::Capitation], |facts, value| {
        facts.plan_type = value;
    });
    all = with_each(&all, &PLANS, |facts, (known, medical, rank)| {
        (facts.plan_known, facts.medical, facts.rank) = (known, medical, rank);
        (facts.dental_plans, facts.medical_plans) = if known { (4, 1) } else { (0, 1) };
    });
    all = with_each(&all, &OTHER_COVERAGES, |facts, (asked, rank)| {
        (facts.other_subscription_asked, facts.other_rank) = (asked, rank);
    });
    all = with_each(&all, &ON_PRIMARY, |facts, (open, received)| {
        (facts.procedures, facts.on_open_primary, facts.on_received_primary) = (2, open, received);
    });
    all = with_each(&all, &YES_OR_NO, |facts, value| facts.subscription_asked = value);
    all = with_each(&all, &YES_OR_NO, |facts, value| facts.medical_before = value);
    all = with_each(&all, &YES_OR_NO, |facts, value| facts.in_process = value);
    let all = with_each(&all, &asked, |facts, value| facts.asked = value);
    // A subscription that is named has a plan.
    let can_be = |facts: &ClaimFacts| facts.plan_known || !facts.subscription_asked;
    all.into_iter().filter(can_be).collect()
}

/// Every change that a policy tells apart: each kind of claim in each status, at each place of processing, asked to be
/// in each status.
pub fn every_change_facts() -> Vec<ChangeFacts> {
    let mut claims: Vec<_> = IntakeType::ALL.into_iter().map(claim_facts).collect();
    claims.push(medical_claim_facts(IntakeType::Other));
    claims.extend([2, 3].map(|rank| ClaimFacts {
        rank,
        ..claim_facts(IntakeType::Capitation)
    }));
    claims = with_each(&claims, &YES_OR_NO, |facts, value| facts.medical_before = value);
    claims = with_each(&claims, &YES_OR_NO, |facts, value| facts.in_process = value);
    claims = with_each(&claims, &[0, 1], |facts, value| facts.on_received_primary = value);
    claims = with_each(&claims, &SubmissionStatus::ALL, |facts, value| {
        facts.asked = Some(value)
    });
    let change = |claim| ChangeFacts {
        claim,
        current: SubmissionStatus::Unsent,
        processing: ProcessingStatus::Entry,
    };
    let mut all: Vec<_> = claims.into_iter().map(change).collect();
    all = with_each(&all, &SubmissionStatus::ALL, |facts, value| facts.current = value);
    with_each(&all, &ProcessingStatus::ALL, |facts, value| facts.processing = value)
}

/// Every release that a policy tells apart.
pub fn every_release_facts() -> Vec<ReleaseFacts> {
    const BEFORE_SENDING: [SubmissionStatus; 3] = [
        SubmissionStatus::Unsent,
        SubmissionStatus::Hold,
        SubmissionStatus::Waiting,
    ];
    let release = |claim_type| ReleaseFacts {
        claim_type,
        current: SubmissionStatus::Hold,
        settles_in: SubmissionStatus::Hold,
        rank: 0,
        received_rank: 0,
        received_medical: false,
        open_before: 0,
        in_process: false,
    };
    let mut all: Vec<_> = IntakeType::ALL.into_iter().map(release).collect();
    all = with_each(&all, &[0, 1, 2, 3, 4], |facts, value| facts.rank = value);
    all = with_each(&all, &[0, 1, 2, 3, 4], |facts, value| facts.received_rank = value);
    all = with_each(&all, &YES_OR_NO, |facts, value| facts.received_medical = value);
    all = with_each(&all, &[0, 1, 2], |facts, value| facts.open_before = value);
    all = with_each(&all, &YES_OR_NO, |facts, value| facts.in_process = value);
    all = with_each(&all, &BEFORE_SENDING, |facts, value| facts.settles_in = value);
    with_each(&all, &SubmissionStatus::ALL, |facts, value| facts.current = value)
}

/// What rules decide about claims that are asked for, asked claim by claim and in batches of several sizes, which must
/// all say the same. What the host would call a broken contract fails the test.
pub fn create<R: ClaimStatusRules>(facts: &[ClaimFacts], office: &OfficeFlags) -> Vec<Creation> {
    let creations: Vec<_> = facts.iter().map(|facts| R::create(facts, office)).collect();
    for batch_claims in [1, 7, 64, facts.len().max(1)] {
        let batches = facts.chunks(batch_claims);
        let in_batches: Vec<_> = batches.flat_map(|batch| R::create_batch(batch, office)).collect();
        assert_eq!(in_batches.len(), facts.len(), "in batches of {batch_claims}");
        for ((facts, alone), in_batch) in facts.iter().zip(&creations).zip(&in_batches) {
            assert_eq!(in_batch, alone, "in batches of {batch_claims}: {facts:?}");
        }
    }
    for (facts, creation) in facts.iter().zip(&creations) {
        match creation {
            Ok(birth) => {
                let is_capitation = facts.plan_type == PlanType::Capitation;
                let fits = birth.claim_type == facts.claim_type
                    || (is_capitation && birth.claim_type == IntakeType::Capitation);
                assert!(
                    fits,
                    "a claim is of the type that is asked for, or `Cap`: {facts:?}, {birth:?}"
                );
                let is_kept = match birth.status {
                    SubmissionStatus::InProcess => facts.in_process && is_before_sending(birth.settles_in),
                    status => is_before_sending(status) && birth.settles_in == status,
                };
                assert!(
                    is_kept,
                    "a claim is born in U, H, W or, in process, I: {facts:?}, {birth:?}"
                );
            }
            Err(refusal) => check_refusal(refusal),
        }
    }
    creations
}

/// What rules decide about an enrolment.
///
/// # Errors
///
/// What they refuse.
pub fn new_claim<R: ClaimStatusRules>(
    facts: &EnrolmentFacts,
    office: &OfficeFlags,
) -> Result<Vec<MadeClaim>, IntakeRefusal> {
    let made = R::new_claim(facts, office).inspect_err(check_refusal)?;
    assert!(!made.is_empty(), "at least one claim is made: {facts:?}");
    let mut claimed = Vec::new();
    for claim in &made {
        let plan = |number| facts.enrolments.iter().find(|plan| plan.subscription == number);
        let own = plan(claim.subscription).expect("a subscription of the patient");
        assert!(
            claim.other_subscription == 0 || plan(claim.other_subscription).is_some(),
            "{claim:?}"
        );
        assert_ne!(claim.other_subscription, claim.subscription, "{claim:?}");
        assert!(!claim.procedures.is_empty(), "{claim:?}");
        let is_capitation = claim.birth.claim_type == IntakeType::Capitation;
        assert!(!is_capitation || own.plan_type == PlanType::Capitation, "{claim:?}");
        let mut in_process = false;
        for &number in &claim.procedures {
            let asked = facts.procedures.iter().find(|procedure| procedure.procedure == number);
            let asked = asked.expect("a procedure of the request");
            in_process |= asked.in_process;
            let once = (claim.subscription, number);
            assert!(
                !claimed.contains(&once) && !asked.is_claimed_for(claim.subscription),
                "procedure {number} is claimed once: {claim:?}"
            );
            claimed.push(once);
        }
        let is_kept = match claim.birth.status {
            SubmissionStatus::InProcess => in_process && is_before_sending(claim.birth.settles_in),
            status => is_before_sending(status) && claim.birth.settles_in == status,
        };
        assert!(is_kept, "a claim is born in U, H, W or, in process, I: {claim:?}");
    }
    Ok(made)
}

/// What rules decide about a change.
///
/// # Errors
///
/// What they refuse.
pub fn change<R: ClaimStatusRules>(
    facts: &ChangeFacts,
    office: &OfficeFlags,
) -> Result<SubmissionStatus, IntakeRefusal> {
    let status = R::change(facts, office).inspect_err(check_refusal)?;
    assert!(
        status == facts.current
            || (facts.processing == ProcessingStatus::Entry && status != SubmissionStatus::InProcess),
        "processing alone moves a claim that was sent, and only a birth puts one in I: {facts:?}, {status}"
    );
    Ok(status)
}

/// What rules decide about a release: a status other than the one that the claim has, or none.
pub fn release<R: ClaimStatusRules>(facts: &ReleaseFacts, office: &OfficeFlags) -> Option<SubmissionStatus> {
    let status = R::release(facts, office).filter(|&status| status != facts.current);
    assert!(
        status.is_none_or(is_before_sending),
        "a claim is released to U, H or W: {facts:?}, {status:?}"
    );
    status
}

fn is_before_sending(status: SubmissionStatus) -> bool {
    matches!(
        status,
        SubmissionStatus::Unsent | SubmissionStatus::Hold | SubmissionStatus::Waiting
    )
}

fn check_refusal(refusal: &IntakeRefusal) {
    let IntakeRefusal {
        code, field, sentence, ..
    } = refusal;
    assert!(
        !sentence.trim().is_empty() && sentence.len() <= 1_024 && !sentence.contains(char::is_control),
        "a refusal says why on one line of at most 1,024 bytes: {refusal:?}"
    );
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    assert!(
        (1..=100).contains(&code.len()) && code.bytes().all(fits) && field.len() <= 100,
        "a code is lower-case letters, digits and hyphens: {refusal:?}"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_combination_is_there_once() {
        fn check<T: std::fmt::Debug>(all: &[T], expected: usize) {
            let mut texts: Vec<_> = all.iter().map(|one| format!("{one:?}")).collect();
            texts.sort_unstable();
            texts.dedup();
            assert_eq!((all.len(), texts.len()), (expected, expected));
        }
        // Of the plans, the one that there is not is never named.
        check(&every_claim_facts(), 5 * 2 * (5 * 2 + 1) * 5 * 4 * 2 * 2 * 8);
        check(&every_change_facts(), 8 * 2 * 2 * 2 * 7 * 7 * 15);
        check(&every_release_facts(), 5 * 5 * 5 * 2 * 3 * 2 * 3 * 7);
    }
}
