//! The contract's values of claim intake in the model's words, and the other way round.

use reprise_model as model;

use super::claim_status::exports::reprise::rules::intake::{self as contract, Situation};

use super::claim_status::same_values;

same_values!(contract::ClaimType = model::IntakeType: Primary Secondary Other Capitation PreAuthorization);

same_values!(contract::SubmissionStatus = model::SubmissionStatus:
    Unsent Hold Waiting ProbablySent Sent Received InProcess
);

same_values!(contract::PlanType = model::PlanType: Percentage PpoPercentage FlatCopay Capitation);

impl From<&model::Situation> for Situation {
    fn from(situation: &model::Situation) -> Self {
        [
            (Self::PLAN_KNOWN, situation.plan_known),
            (Self::MEDICAL, situation.medical),
            (Self::SUBSCRIPTION_ASKED, situation.subscription_asked),
            (Self::OTHER_SUBSCRIPTION_ASKED, situation.other_subscription_asked),
            (Self::MEDICAL_BEFORE, situation.medical_before),
            (Self::IN_PROCESS, situation.in_process),
            (Self::SEVERAL_CLINICS, situation.several_clinics),
            (Self::SEVERAL_PLACES, situation.several_places),
        ]
        .into_iter()
        .filter(|(_, is_so)| *is_so)
        .fold(Self::empty(), |flags, (flag, _)| flags | flag)
    }
}

impl From<&model::ClaimFacts> for contract::ClaimFacts {
    fn from(facts: &model::ClaimFacts) -> Self {
        Self {
            claim_type: facts.claim_type.into(),
            asked: facts.asked.map(Into::into),
            plan_type: facts.plan_type.into(),
            rank: facts.rank,
            other_rank: facts.other_rank,
            dental_plans: facts.dental_plans,
            medical_plans: facts.medical_plans,
            procedures: facts.procedures,
            on_open_primary: facts.on_open_primary,
            on_received_primary: facts.on_received_primary,
            diagnoses: facts.diagnoses,
            claimed: facts.claimed,
            not_billed: facts.not_billed,
            without_fee: facts.without_fee,
            situation: (&facts.situation).into(),
        }
    }
}

impl From<&model::ChangeFacts> for contract::ChangeFacts {
    fn from(facts: &model::ChangeFacts) -> Self {
        Self {
            claim: (&facts.claim).into(),
            current: facts.current.into(),
            processing: facts.processing.into(),
        }
    }
}

impl From<&model::ReleaseFacts> for contract::ReleaseFacts {
    fn from(facts: &model::ReleaseFacts) -> Self {
        Self {
            claim_type: facts.claim_type.into(),
            current: facts.current.into(),
            settles_in: facts.settles_in.into(),
            rank: facts.rank,
            received_rank: facts.received_rank,
            received_medical: facts.received_medical,
            open_before: facts.open_before,
            in_process: facts.in_process,
        }
    }
}

impl From<&model::Enrolment> for contract::Enrolment {
    fn from(enrolment: &model::Enrolment) -> Self {
        Self {
            subscription: enrolment.subscription,
            plan_type: enrolment.plan_type.into(),
            rank: enrolment.rank,
        }
    }
}

impl<'a> From<&'a model::ProcedureFacts> for contract::ProcedureFacts<'a> {
    fn from(facts: &'a model::ProcedureFacts) -> Self {
        Self {
            procedure: facts.procedure,
            in_process: facts.in_process,
            without_fee: facts.without_fee,
            clinic: facts.clinic,
            place: facts.place,
            diagnoses: &facts.diagnoses,
            not_billed_to: &facts.not_billed_to,
            claimed_for: &facts.claimed_for,
            on_open_primary: facts.on_open_primary,
            on_received_primary: facts.on_received_primary,
        }
    }
}

impl<'a> From<&'a model::OfficeSetting> for contract::OfficeFlag<'a> {
    fn from(setting: &'a model::OfficeSetting) -> Self {
        Self {
            name: &setting.name,
            value: &setting.value,
        }
    }
}

impl From<contract::Birth> for model::Birth {
    fn from(birth: contract::Birth) -> Self {
        Self {
            claim_type: birth.claim_type.into(),
            status: birth.status.into(),
            settles_in: birth.settles_in.into(),
        }
    }
}

impl From<contract::MadeClaim> for model::MadeClaim {
    fn from(claim: contract::MadeClaim) -> Self {
        Self {
            birth: claim.birth.into(),
            subscription: claim.subscription,
            other_subscription: claim.other_subscription,
            procedures: claim.procedures,
            dated: claim.dated,
        }
    }
}

/// Many claims as columns: the host keeps rows, the component gets columns. The numbers of the model's vocabularies are
/// the places of the contract's enums.
#[derive(Default)]
pub(crate) struct Columns {
    claim_types: Vec<u8>,
    asked: Vec<u8>,
    plan_types: Vec<u8>,
    ranks: Vec<u32>,
    other_ranks: Vec<u32>,
    dental_plans: Vec<u32>,
    medical_plans: Vec<u32>,
    procedures: Vec<u32>,
    on_open_primary: Vec<u32>,
    on_received_primary: Vec<u32>,
    diagnoses: Vec<u32>,
    claimed: Vec<u64>,
    not_billed: Vec<u64>,
    without_fee: Vec<u64>,
    situations: Vec<u8>,
}

impl Columns {
    /// The columns of these claims.
    pub(crate) fn of(facts: &[model::ClaimFacts]) -> Self {
        fn column<T>(facts: &[model::ClaimFacts], value: impl Fn(&model::ClaimFacts) -> T) -> Vec<T> {
            facts.iter().map(value).collect()
        }
        Self {
            claim_types: column(facts, |facts| facts.claim_type.number()),
            asked: column(facts, |facts| facts.asked.map_or(0, model::SubmissionStatus::number)),
            plan_types: column(facts, |facts| facts.plan_type.number()),
            ranks: column(facts, |facts| facts.rank),
            other_ranks: column(facts, |facts| facts.other_rank),
            dental_plans: column(facts, |facts| facts.dental_plans),
            medical_plans: column(facts, |facts| facts.medical_plans),
            procedures: column(facts, |facts| facts.procedures),
            on_open_primary: column(facts, |facts| facts.on_open_primary),
            on_received_primary: column(facts, |facts| facts.on_received_primary),
            diagnoses: column(facts, |facts| facts.diagnoses),
            claimed: column(facts, |facts| facts.claimed),
            not_billed: column(facts, |facts| facts.not_billed),
            without_fee: column(facts, |facts| facts.without_fee),
            situations: column(facts, |facts| bits(&facts.situation)),
        }
    }

    /// The same, lent to a call.
    pub(crate) fn lend(&self) -> contract::ClaimColumns<'_> {
        contract::ClaimColumns {
            claim_types: &self.claim_types,
            asked: &self.asked,
            plan_types: &self.plan_types,
            ranks: &self.ranks,
            other_ranks: &self.other_ranks,
            dental_plans: &self.dental_plans,
            medical_plans: &self.medical_plans,
            procedures: &self.procedures,
            on_open_primary: &self.on_open_primary,
            on_received_primary: &self.on_received_primary,
            diagnoses: &self.diagnoses,
            claimed: &self.claimed,
            not_billed: &self.not_billed,
            without_fee: &self.without_fee,
            situations: &self.situations,
        }
    }
}

/// The flags of a situation as bits, the first the lowest.
fn bits(situation: &model::Situation) -> u8 {
    [
        situation.plan_known,
        situation.medical,
        situation.subscription_asked,
        situation.other_subscription_asked,
        situation.medical_before,
        situation.in_process,
        situation.several_clinics,
        situation.several_places,
    ]
    .into_iter()
    .rev()
    .fold(0, |bits, is_so| bits << 1 | u8::from(is_so))
}
