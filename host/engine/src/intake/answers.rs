//! What a component answers about claim intake, held to the contract and put in the model's words.
//!
//! What is a fault here would, if it were believed, store a claim that no rule may make: born sent, on another patient's
//! subscription, or claimed twice.

use std::collections::{HashMap, HashSet};

use reprise_model::{
    Birth, ChangeFacts, ClaimFacts, EnrolmentFacts, IntakeRefusal, IntakeType, MadeClaim, PlanType, ProcedureFacts,
    ProcessingStatus, ReleaseFacts, SubmissionStatus,
};

use crate::bindings::claim_status::exports::reprise::rules::intake as contract;
use crate::fault::Fault;
use crate::words::{one_line, one_trimmed_line};

/// What a refusal's code and the name of its field may take.
const NAME_BYTES_MAX: usize = 100;

/// A claim that is born, or why it is not.
pub(super) fn creation(
    outcome: Result<contract::Birth, contract::Refusal>,
    facts: &ClaimFacts,
) -> Result<Result<Birth, IntakeRefusal>, Fault> {
    match outcome {
        Ok(birth) => born(birth.into(), facts).map(Ok),
        Err(refused) => refusal(refused).map(Err),
    }
}

/// The same for a batch. Each claim must have its birth or its refusal, at its own place, and not both.
pub(super) fn creations(
    births: contract::Births,
    facts: &[ClaimFacts],
) -> Result<Vec<Result<Birth, IntakeRefusal>>, Fault> {
    for outcomes in [&births.claim_types, &births.statuses, &births.settles_in] {
        if outcomes.len() != facts.len() {
            return Err(Fault::broke_contract(format!(
                "it answers {} outcomes for a batch of {} claims",
                outcomes.len(),
                facts.len()
            )));
        }
    }
    let mut refusals = births.refusals.into_iter().peekable();
    let columns = births.claim_types.iter().zip(&births.statuses).zip(&births.settles_in);
    let mut creations = Vec::with_capacity(facts.len());
    for (place, (facts, ((&claim_type, &status), &settles_in))) in facts.iter().zip(columns).enumerate() {
        let is_refused = (claim_type, status, settles_in) == (0, 0, 0);
        let refused = refusals.next_if(|refused| usize::try_from(refused.place) == Ok(place));
        creations.push(match refused {
            Some(refused) if is_refused => Err(refusal(refused.refusal)?),
            None if !is_refused => Ok(born(birth(claim_type, status, settles_in)?, facts)?),
            Some(_) => {
                return Err(Fault::broke_contract(format!(
                    "it has claim {place} of a batch born and refuses it"
                )));
            }
            None => {
                return Err(Fault::broke_contract(format!(
                    "it neither has claim {place} of a batch born nor refuses it"
                )));
            }
        });
    }
    match refusals.next() {
        None => Ok(creations),
        Some(refused) => Err(Fault::broke_contract(format!(
            "it refuses claim {} of a batch out of order, twice, or beyond the last",
            refused.place
        ))),
    }
}

/// A birth of a batch, where values are places in their enums, from 1.
fn birth(claim_type: u8, status: u8, settles_in: u8) -> Result<Birth, Fault> {
    let values = (
        IntakeType::from_number(claim_type),
        SubmissionStatus::from_number(status),
        SubmissionStatus::from_number(settles_in),
    );
    let (Some(claim_type), Some(status), Some(settles_in)) = values else {
        return Err(Fault::broke_contract(format!(
            "it has a claim of a batch born as type {claim_type}, in status {status}, to settle in {settles_in}; types \
             are 1 to {}, statuses 1 to {}",
            IntakeType::ALL.len(),
            SubmissionStatus::ALL.len()
        )));
    };
    Ok(Birth {
        claim_type,
        status,
        settles_in,
    })
}

/// A claim is born as what was asked for, or as a capitation claim.
fn born(birth: Birth, facts: &ClaimFacts) -> Result<Birth, Fault> {
    check_birth(&birth, facts.plan_type, facts.situation.in_process)?;
    if birth.claim_type != facts.claim_type && birth.claim_type != IntakeType::Capitation {
        return Err(Fault::broke_contract(format!(
            "it makes a claim `{}` where `{}` is asked for; it may make that one, or `Cap` on a capitation plan",
            birth.claim_type, facts.claim_type
        )));
    }
    Ok(birth)
}

/// The claims that are made, or why none is.
pub(super) fn made_claims(
    outcome: Result<Vec<contract::MadeClaim>, contract::Refusal>,
    facts: &EnrolmentFacts,
) -> Result<Result<Vec<MadeClaim>, IntakeRefusal>, Fault> {
    let claims: Vec<MadeClaim> = match outcome {
        Ok(claims) => claims.into_iter().map(Into::into).collect(),
        Err(refused) => return refusal(refused).map(Err),
    };
    if claims.is_empty() {
        return Err(Fault::broke_contract(
            "it makes no claim and does not say why; it must make one at least, or refuse",
        ));
    }
    let asked: HashMap<u64, &ProcedureFacts> = facts
        .procedures
        .iter()
        .map(|procedure| (procedure.procedure, procedure))
        .collect();
    let mut claimed = HashSet::new();
    for claim in &claims {
        check_made(claim, facts, &asked, &mut claimed)?;
    }
    Ok(Ok(claims))
}

/// The status that a claim is put in, or why it is not.
pub(super) fn changed(
    outcome: Result<contract::SubmissionStatus, contract::Refusal>,
    facts: &ChangeFacts,
) -> Result<Result<SubmissionStatus, IntakeRefusal>, Fault> {
    let status = match outcome {
        Ok(status) => SubmissionStatus::from(status),
        Err(refused) => return refusal(refused).map(Err),
    };
    if status == facts.current {
        return Ok(Ok(status));
    }
    let breach = match facts.processing {
        _ if status == SubmissionStatus::InProcess => "only a claim that is born gets there",
        ProcessingStatus::Entry => return Ok(Ok(status)),
        ProcessingStatus::Finalized => "the claim is FINALIZED, and only processing it again moves it",
        _ => "the claim is in processing, and processing alone moves it",
    };
    Err(Fault::broke_contract(format!(
        "it changes a claim from `{}` to `{status}`; {breach}",
        facts.current
    )))
}

/// The status that a claim goes on in; none if it stays as it is.
pub(super) fn released(
    outcome: Option<contract::SubmissionStatus>,
    facts: &ReleaseFacts,
) -> Result<Option<SubmissionStatus>, Fault> {
    let status = outcome.map(SubmissionStatus::from);
    match status {
        Some(status) if status == facts.current => Ok(None),
        Some(status) if !is_before_sending(status) => Err(Fault::broke_contract(format!(
            "it releases a claim from `{}` to `{status}`; a claim is released to U, H or W",
            facts.current
        ))),
        status => Ok(status),
    }
}

/// A refusal is shown to whoever asked, so that its sentence must say something, and programs go by its code.
fn refusal(refusal: contract::Refusal) -> Result<IntakeRefusal, Fault> {
    let sentence = one_trimmed_line(refusal.sentence);
    if sentence.is_empty() {
        return Err(Fault::broke_contract(
            "it refuses a claim without a sentence that says why",
        ));
    }
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if !(1..=NAME_BYTES_MAX).contains(&refusal.code.len()) || !refusal.code.bytes().all(fits) {
        return Err(Fault::broke_contract(format!(
            "it refuses a claim with code `{}`; a code is 1 to {NAME_BYTES_MAX} lower-case letters, digits and hyphens",
            one_line(&refusal.code)
        )));
    }
    if refusal.field.len() > NAME_BYTES_MAX {
        return Err(Fault::broke_contract(format!(
            "it refuses a claim for a field whose name has {} bytes; it may have {NAME_BYTES_MAX}",
            refusal.field.len()
        )));
    }
    let mut allowed: Vec<SubmissionStatus> = Vec::new();
    for status in refusal.allowed.into_iter().map(SubmissionStatus::from) {
        if !allowed.contains(&status) {
            allowed.push(status);
        }
    }
    Ok(IntakeRefusal {
        code: refusal.code,
        field: one_line(&refusal.field),
        sentence,
        allowed,
    })
}

fn is_before_sending(status: SubmissionStatus) -> bool {
    matches!(
        status,
        SubmissionStatus::Unsent | SubmissionStatus::Hold | SubmissionStatus::Waiting
    )
}

/// A claim is born before it is sent, held for a procedure only where one is in process, and `Cap` only on such a plan.
fn check_birth(birth: &Birth, plan_type: PlanType, in_process: bool) -> Result<(), Fault> {
    let Birth {
        claim_type,
        status,
        settles_in,
    } = *birth;
    let breach = if status == SubmissionStatus::InProcess {
        if !in_process {
            Some(format!("in `{status}`, although no procedure of it is in process"))
        } else if !is_before_sending(settles_in) {
            Some(format!("to settle in `{settles_in}`; it may settle in U, H or W"))
        } else {
            None
        }
    } else if !is_before_sending(status) {
        Some(format!(
            "in `{status}`; it may be born in U, H, W or, for a procedure in process, I"
        ))
    } else if settles_in != status {
        Some(format!(
            "in `{status}` to settle in `{settles_in}`; only a claim that is born in I settles elsewhere"
        ))
    } else {
        None
    };
    if let Some(breach) = breach {
        return Err(Fault::broke_contract(format!("it has a claim born {breach}")));
    }
    if claim_type == IntakeType::Capitation && plan_type != PlanType::Capitation {
        return Err(Fault::broke_contract(
            "it makes a claim `Cap` on a plan that is no capitation plan",
        ));
    }
    Ok(())
}

/// A made claim is for the patient's subscriptions and for procedures of the request, each claimed once.
fn check_made(
    claim: &MadeClaim,
    facts: &EnrolmentFacts,
    asked: &HashMap<u64, &ProcedureFacts>,
    claimed: &mut HashSet<(u64, u64)>,
) -> Result<(), Fault> {
    let broke = |words: String| Err(Fault::broke_contract(words));
    let subscription = claim.subscription;
    let plan_of = |number| {
        let found = facts.enrolments.iter().find(|plan| plan.subscription == number);
        found.map(|plan| plan.plan_type)
    };
    let Some(plan_type) = plan_of(subscription) else {
        return broke(format!(
            "it makes a claim for subscription {subscription}, which is none of the patient's"
        ));
    };
    let other = claim.other_subscription;
    if other != 0 && plan_of(other).is_none() {
        return broke(format!(
            "it makes a claim with other subscription {other}, which is none of the patient's"
        ));
    }
    if other == subscription {
        return broke(format!(
            "it makes a claim for subscription {subscription} with the same as other subscription"
        ));
    }
    if claim.procedures.is_empty() {
        return broke(format!(
            "it makes a claim for subscription {subscription} without procedures"
        ));
    }
    let (mut on_claim, mut in_process) = (HashSet::new(), false);
    for &procedure in &claim.procedures {
        let Some(facts) = asked.get(&procedure) else {
            return broke(format!(
                "it makes a claim for procedure {procedure}, which the request does not name"
            ));
        };
        in_process |= facts.in_process;
        if !on_claim.insert(procedure) {
            return broke(format!("it makes a claim that names procedure {procedure} twice"));
        }
        let is_claim = claim.birth.claim_type != IntakeType::PreAuthorization;
        if is_claim && (facts.claimed_for.contains(&subscription) || !claimed.insert((subscription, procedure))) {
            return broke(format!(
                "it makes a second claim for procedure {procedure} and subscription {subscription}"
            ));
        }
    }
    check_birth(&claim.birth, plan_type, in_process)
}

#[cfg(test)]
mod tests;
