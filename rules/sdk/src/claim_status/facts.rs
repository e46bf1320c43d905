//! A claim that is asked for, or asked to change, as the rules see it: made of the contract's records and flags.

use super::{Creation, IntakeType, PlanType, ProcessingStatus, SubmissionStatus};
use crate::bindings::claim_status::exports::reprise::rules::intake::{self as contract, Situation};

/// A claim that is asked for, as far as its birth is decided by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClaimFacts {
    /// What is asked for.
    pub claim_type: IntakeType,
    /// In which status it is asked for, if in any.
    pub asked: Option<SubmissionStatus>,
    /// How its plan pays.
    pub plan_type: PlanType,
    /// The plan's rank among the patient's dental plans, from 1; 0 if it is medical, or if there is none.
    pub rank: u32,
    /// The same for the other coverage.
    pub other_rank: u32,
    /// How many dental plans the patient has.
    pub dental_plans: u32,
    /// How many medical plans the patient has.
    pub medical_plans: u32,
    /// How many procedures it is for.
    pub procedures: u32,
    /// How many of them are on a primary claim that is not received yet.
    pub on_open_primary: u32,
    /// How many of them are on no primary claim but received ones, one at least.
    pub on_received_primary: u32,
    /// How many different diagnosis codes they have.
    pub diagnoses: u32,
    /// The first of them that is on another claim for the same subscription, preauthorizations aside.
    pub claimed: Option<u64>,
    /// The first of them that is not to be billed to the subscription.
    pub not_billed: Option<u64>,
    /// The first of them whose fee is 0.
    pub without_fee: Option<u64>,
    /// There is a plan for the claim: the subscription that was named, or the one of the rank that the type is for.
    pub plan_known: bool,
    /// The plan is a medical one.
    pub medical: bool,
    /// The request names the subscription.
    pub subscription_asked: bool,
    /// The request names the other coverage's subscription.
    pub other_subscription_asked: bool,
    /// A medical plan comes before the plan in the patient's order of plans.
    pub medical_before: bool,
    /// A procedure is in process.
    pub in_process: bool,
    /// Procedures are of different clinics.
    pub several_clinics: bool,
    /// Procedures are of different places of service.
    pub several_places: bool,
}

/// A claim that is asked to be in another status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChangeFacts {
    /// The claim as it stands: its type, plan and procedures; `asked` is the status that it is to have.
    pub claim: ClaimFacts,
    /// The status that it has.
    pub current: SubmissionStatus,
    /// Where it stands on its way to payment: ENTRY until it is sent, FINALIZED when it is received.
    pub processing: ProcessingStatus,
}

impl From<contract::ClaimFacts> for ClaimFacts {
    fn from(facts: contract::ClaimFacts) -> Self {
        let is = |flag| facts.situation & flag == flag;
        Self {
            claim_type: facts.claim_type,
            asked: facts.asked,
            plan_type: facts.plan_type,
            rank: facts.rank,
            other_rank: facts.other_rank,
            dental_plans: facts.dental_plans,
            medical_plans: facts.medical_plans,
            procedures: facts.procedures,
            on_open_primary: facts.on_open_primary,
            on_received_primary: facts.on_received_primary,
            diagnoses: facts.diagnoses,
            claimed: number(facts.claimed),
            not_billed: number(facts.not_billed),
            without_fee: number(facts.without_fee),
            plan_known: is(Situation::PLAN_KNOWN),
            medical: is(Situation::MEDICAL),
            subscription_asked: is(Situation::SUBSCRIPTION_ASKED),
            other_subscription_asked: is(Situation::OTHER_SUBSCRIPTION_ASKED),
            medical_before: is(Situation::MEDICAL_BEFORE),
            in_process: is(Situation::IN_PROCESS),
            several_clinics: is(Situation::SEVERAL_CLINICS),
            several_places: is(Situation::SEVERAL_PLACES),
        }
    }
}

impl From<contract::ChangeFacts> for ChangeFacts {
    fn from(facts: contract::ChangeFacts) -> Self {
        Self {
            claim: facts.claim.into(),
            current: facts.current,
            processing: facts.processing,
        }
    }
}

/// A number of the contract, where 0 is none.
fn number(number: u64) -> Option<u64> {
    (number != 0).then_some(number)
}

/// The claims of a batch; none if its columns have different numbers of claims, or values that there are not.
pub(crate) fn claims_of(columns: &contract::ClaimColumns) -> Option<Vec<ClaimFacts>> {
    /// The column, if it has a value for each claim. Cut to that length, which is then known where it is read.
    fn column<T>(values: &[T], claims: usize) -> Option<&[T]> {
        (values.len() == claims).then(|| &values[..claims])
    }
    let claims = columns.claim_types.len();
    let claim_types = column(&columns.claim_types, claims)?;
    let asked = column(&columns.asked, claims)?;
    let plan_types = column(&columns.plan_types, claims)?;
    let ranks = column(&columns.ranks, claims)?;
    let other_ranks = column(&columns.other_ranks, claims)?;
    let dental_plans = column(&columns.dental_plans, claims)?;
    let medical_plans = column(&columns.medical_plans, claims)?;
    let procedures = column(&columns.procedures, claims)?;
    let on_open_primary = column(&columns.on_open_primary, claims)?;
    let on_received_primary = column(&columns.on_received_primary, claims)?;
    let diagnoses = column(&columns.diagnoses, claims)?;
    let claimed = column(&columns.claimed, claims)?;
    let not_billed = column(&columns.not_billed, claims)?;
    let without_fee = column(&columns.without_fee, claims)?;
    let situations = column(&columns.situations, claims)?;
    let mut facts = Vec::with_capacity(claims);
    for place in 0..claims {
        facts.push(ClaimFacts::from(contract::ClaimFacts {
            claim_type: value(&IntakeType::ALL, claim_types[place])?,
            asked: match asked[place] {
                0 => None,
                asked => Some(value(&SubmissionStatus::ALL, asked)?),
            },
            plan_type: value(&PlanType::ALL, plan_types[place])?,
            rank: ranks[place],
            other_rank: other_ranks[place],
            dental_plans: dental_plans[place],
            medical_plans: medical_plans[place],
            procedures: procedures[place],
            on_open_primary: on_open_primary[place],
            on_received_primary: on_received_primary[place],
            diagnoses: diagnoses[place],
            claimed: claimed[place],
            not_billed: not_billed[place],
            without_fee: without_fee[place],
            situation: Situation::from_bits_retain(situations[place]),
        }));
    }
    Some(facts)
}

/// The value at a place of an enum, from 1.
fn value<T: Copy>(values: &[T], place: u8) -> Option<T> {
    values.get(usize::from(place).checked_sub(1)?).copied()
}

/// The answer to a batch.
pub(crate) fn births_of(creations: Vec<Creation>) -> contract::Births {
    let claims = creations.len();
    let mut births = contract::Births {
        claim_types: Vec::with_capacity(claims),
        statuses: Vec::with_capacity(claims),
        settles_in: Vec::with_capacity(claims),
        refusals: Vec::new(),
    };
    for (place, creation) in (0..).zip(creations) {
        let (claim_type, status, settles_in) = match creation {
            // The cases of an enum are numbered from 0.
            Ok(birth) => (
                birth.claim_type as u8 + 1,
                birth.status as u8 + 1,
                birth.settles_in as u8 + 1,
            ),
            Err(refusal) => {
                births.refusals.push(contract::RefusedClaim { place, refusal });
                (0, 0, 0)
            }
        };
        births.claim_types.push(claim_type);
        births.statuses.push(status);
        births.settles_in.push(settles_in);
    }
    births
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claim_status::{Birth, IntakeRefusal};

    fn nothing_so() -> contract::ClaimFacts {
        contract::ClaimFacts {
            claim_type: IntakeType::Other,
            asked: Some(SubmissionStatus::Hold),
            plan_type: PlanType::FlatCopay,
            rank: 1,
            other_rank: 2,
            dental_plans: 3,
            medical_plans: 4,
            procedures: 5,
            on_open_primary: 6,
            on_received_primary: 7,
            diagnoses: 8,
            claimed: 0,
            not_billed: 0,
            without_fee: 0,
            situation: Situation::empty(),
        }
    }

    /// The one thing that is so of a claim that the contract says this of.
    #[track_caller]
    fn check(say: fn(&mut contract::ClaimFacts), make_so: fn(&mut ClaimFacts)) {
        let (mut said, mut expected) = (nothing_so(), ClaimFacts::from(nothing_so()));
        say(&mut said);
        make_so(&mut expected);
        assert_eq!(ClaimFacts::from(said), expected);
    }

    #[test]
    fn each_fact_is_read_for_what_it_says() {
        check(|_| (), |facts| assert_eq!((facts.rank, facts.diagnoses), (1, 8)));
        check(|said| said.claimed = 12, |facts| facts.claimed = Some(12));
        check(|said| said.not_billed = 13, |facts| facts.not_billed = Some(13));
        check(|said| said.without_fee = 14, |facts| facts.without_fee = Some(14));
        check(
            |said| said.situation = Situation::PLAN_KNOWN,
            |facts| facts.plan_known = true,
        );
        check(|said| said.situation = Situation::MEDICAL, |facts| facts.medical = true);
        check(
            |said| said.situation = Situation::SUBSCRIPTION_ASKED,
            |facts| facts.subscription_asked = true,
        );
        check(
            |said| said.situation = Situation::OTHER_SUBSCRIPTION_ASKED,
            |facts| facts.other_subscription_asked = true,
        );
        check(
            |said| said.situation = Situation::MEDICAL_BEFORE,
            |facts| facts.medical_before = true,
        );
        check(
            |said| said.situation = Situation::IN_PROCESS,
            |facts| facts.in_process = true,
        );
        check(
            |said| said.situation = Situation::SEVERAL_CLINICS,
            |facts| facts.several_clinics = true,
        );
        check(
            |said| said.situation = Situation::SEVERAL_PLACES,
            |facts| facts.several_places = true,
        );
    }

    #[test]
    fn a_batch_is_read_claim_by_claim() {
        let columns = contract::ClaimColumns {
            claim_types: vec![1, 3],
            asked: vec![0, 2],
            plan_types: vec![1, 3],
            ranks: vec![11, 1],
            other_ranks: vec![12, 2],
            dental_plans: vec![13, 3],
            medical_plans: vec![14, 4],
            procedures: vec![15, 5],
            on_open_primary: vec![16, 6],
            on_received_primary: vec![17, 7],
            diagnoses: vec![18, 8],
            claimed: vec![19, 0],
            not_billed: vec![20, 0],
            without_fee: vec![21, 0],
            situations: vec![2, 0],
        };
        let claims = claims_of(&columns).expect("columns of one length");
        assert_eq!(claims[1], ClaimFacts::from(nothing_so()));
        let first = claims[0];
        assert_eq!((first.claim_type, first.asked), (IntakeType::Primary, None));
        assert!(
            first.medical && !first.plan_known && first.claimed == Some(19),
            "{first:?}"
        );
        let short = contract::ClaimColumns {
            diagnoses: vec![18],
            ..columns.clone()
        };
        assert_eq!(claims_of(&short), None);
        for claim_type in [0, 6] {
            let unknown = contract::ClaimColumns {
                claim_types: vec![1, claim_type],
                ..columns.clone()
            };
            assert_eq!(claims_of(&unknown), None, "type {claim_type}");
        }
    }

    #[test]
    fn each_value_has_its_place() {
        for (place, claim_type) in (1..).zip(IntakeType::ALL) {
            assert_eq!(
                (claim_type as u8 + 1, value(&IntakeType::ALL, place)),
                (place, Some(claim_type))
            );
        }
        for (place, status) in (1..).zip(SubmissionStatus::ALL) {
            assert_eq!(
                (status as u8 + 1, value(&SubmissionStatus::ALL, place)),
                (place, Some(status))
            );
        }
        for (place, plan_type) in (0..).zip(PlanType::ALL) {
            assert_eq!(plan_type as u8, place);
        }
    }

    #[test]
    fn a_batch_is_answered_claim_by_claim() {
        let refusal = IntakeRefusal::new("late", "", "too late");
        let births = births_of(vec![
            Ok(Birth::in_process(IntakeType::Other, SubmissionStatus::Unsent)),
            Err(refusal.clone()),
            Ok(Birth::in_status(IntakeType::Primary, SubmissionStatus::Waiting)),
        ]);
        let expected = contract::Births {
            claim_types: vec![3, 0, 1],
            statuses: vec![7, 0, 3],
            settles_in: vec![1, 0, 3],
            refusals: vec![contract::RefusedClaim { place: 1, refusal }],
        };
        assert_eq!(births, expected);
    }
}
