//! Asking the claim-status component, outside of any transaction.

use reprise_engine::StatusRules;
use reprise_model::{ChangeFacts, IntakeType, MadeClaim, OfficeSetting, ReleaseFacts, SubmissionStatus};
use reprise_request::{CreationRequest, Problem};

use super::IntakeError;
use super::data::IntakeData;
use super::facts::CreationFacts;
use crate::rules::RuleSet;
use crate::{Host, HostError};

impl Host {
    /// The component in an instance of its own.
    pub(super) fn status_rules(&self, payer: &str, rules: &RuleSet) -> Result<StatusRules, HostError> {
        self.ensure_loaded()?;
        let (_, reference) = self.begin_run(payer);
        Ok(rules.claim_status.instantiate(reference)?)
    }

    /// Which claims are made for a request, or why none is.
    pub(super) fn decide_creation(
        &self,
        payer: &str,
        request: &CreationRequest,
        facts: &CreationFacts,
        data: &IntakeData,
        rules: &RuleSet,
    ) -> Result<Vec<MadeClaim>, IntakeError> {
        let mut instance = self.status_rules(payer, rules)?;
        match facts {
            CreationFacts::Enrolment(facts) => {
                let decided = instance.new_claims(facts, &data.office)?;
                decided.map_err(|refusal| Problem::from(refusal).into())
            }
            CreationFacts::One(facts) => {
                let birth = instance.create(facts, &data.office)?.map_err(Problem::from)?;
                let coverage = data.coverage(request).map_err(IntakeError::Refused)?;
                made_one(request, birth, facts.claimed, coverage)
                    .map(|made| vec![made])
                    .map_err(IntakeError::from)
            }
        }
    }

    /// In which status a claim is that is asked to be in another one.
    pub(super) fn decide_change(
        &self,
        payer: &str,
        facts: &ChangeFacts,
        office: &[OfficeSetting],
        rules: &RuleSet,
    ) -> Result<SubmissionStatus, IntakeError> {
        let decided = self.status_rules(payer, rules)?.change(facts, office)?;
        decided.map_err(|refusal| Problem::from(refusal).into())
    }

    /// In which status each of these claims goes on; none for one that stays as it is.
    pub(super) fn decide_releases<'f>(
        &self,
        payer: &str,
        facts: impl ExactSizeIterator<Item = &'f ReleaseFacts>,
        office: &[OfficeSetting],
        rules: &RuleSet,
    ) -> Result<Vec<Option<SubmissionStatus>>, HostError> {
        if facts.len() == 0 {
            return Ok(Vec::new());
        }
        let mut instance = self.status_rules(payer, rules)?;
        facts
            .map(|facts| instance.release(facts, office).map_err(HostError::from))
            .collect()
    }
}

/// The one claim that is asked for, as the rules have it born. What no rule may loosen is held here: it has a
/// subscription, and none of its procedures is on another claim for that.
pub(super) fn made_one(
    request: &CreationRequest,
    birth: reprise_model::Birth,
    claimed: u64,
    coverage: super::facts::Coverage<'_>,
) -> Result<MadeClaim, Problem> {
    let Some(plan) = coverage.plan else {
        let detail = "the claim needs a subscription of the patient; name it";
        return Err(Problem::new(Problem::SUBSCRIPTION_NOT_OF_PATIENT, "InsSubNum", detail));
    };
    if claimed != 0 && birth.claim_type != IntakeType::PreAuthorization {
        let detail = format!(
            "procedure {claimed} is on another claim for subscription {} already",
            plan.subscription
        );
        return Err(Problem::new(Problem::PROCEDURE_ALREADY_CLAIMED, "procNums", detail));
    }
    Ok(MadeClaim {
        birth,
        subscription: plan.subscription,
        other_subscription: coverage.other.map_or(0, |plan| plan.subscription),
        procedures: request.procedures.clone(),
        dated: birth.status == SubmissionStatus::Waiting,
    })
}
