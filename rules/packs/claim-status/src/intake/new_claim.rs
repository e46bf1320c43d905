//! Which claims are made for procedures where none in particular is asked for.
//!
//! Asks: the patient's plans, and of each procedure to which of them it is billed.
//! Source: the product's own policy; none is published.
//! Decides: the first-ranked dental plan leads with a primary claim; the second-ranked one gets a secondary claim, with
//! the first as its other coverage, and the third-ranked one a tertiary claim, with the second as its. Later dental
//! plans get none, and medical plans get none beside dental ones; of medical plans alone, the first gets an Other claim.
//! Each claim is for the procedures that are billed to its plan, and a plan that is left none gets no claim, so that the
//! next one leads. The claim that leads is born waiting and dated; beside it the secondary claim is born on hold and the
//! tertiary unsent. But a secondary claim without a procedure in common with the one that leads has nothing to wait for
//! and is born waiting. A claim on a capitation plan is a capitation claim and keeps the status of its place. A claim
//! with a procedure in process is held for it and settles in the status of its place. What must be so of the procedures
//! of any claim must be so of each of these; otherwise none is made.

use reprise_rules::claim_status::{
    Birth, ClaimFacts, Enrolment, EnrolmentFacts, IntakeRefusal, IntakeType, MadeClaim, OfficeFlags, ProcedureFacts,
    SubmissionStatus,
};

use super::check_procedures;
use super::enrolled::not_enrolled;
use super::kind::ClaimKind;

/// A plan that may get a claim.
struct Place<'a> {
    claim_type: IntakeType,
    enrolment: &'a Enrolment,
    /// The plan that ranks before it.
    other: Option<&'a Enrolment>,
    /// Its claim's status where another claim leads; none if there is no such claim then.
    beside: Option<SubmissionStatus>,
}

/// The claims that are made, in the order in which they are.
///
/// # Errors
///
/// That the patient has no plan, that no procedure is billed to one, or what is against one of the claims.
pub fn new_claim(facts: &EnrolmentFacts, office: &OfficeFlags) -> Result<Vec<MadeClaim>, IntakeRefusal> {
    if facts.enrolments.is_empty() {
        return Err(not_enrolled());
    }
    let mut claims: Vec<MadeClaim> = Vec::new();
    for place in places(facts) {
        let leads = claims.is_empty();
        let beside = match place.beside {
            _ if leads => SubmissionStatus::Waiting,
            Some(status) => status,
            None => break,
        };
        let subscription = place.enrolment.subscription;
        let billed: Vec<_> = facts
            .procedures
            .iter()
            .filter(|procedure| procedure.is_billed_to(subscription))
            .collect();
        if billed.is_empty() {
            continue;
        }
        let status = match beside {
            // What shares no procedure with a claim before it would never be released.
            SubmissionStatus::Hold if !follows_one(&claims, &billed) => SubmissionStatus::Waiting,
            status => status,
        };
        let claim = claim_facts(facts, &place, &billed);
        check_procedures(&claim, office)?;
        let claim_type = ClaimKind::of(&claim).claim_type();
        claims.push(MadeClaim {
            birth: if claim.in_process {
                Birth::in_process(claim_type, status)
            } else {
                Birth::in_status(claim_type, status)
            },
            subscription,
            other_subscription: place.other.map_or(0, |other| other.subscription),
            procedures: billed.iter().map(|procedure| procedure.procedure).collect(),
            dated: leads,
        });
    }
    if claims.is_empty() {
        return Err(nothing_to_bill(&facts.procedures));
    }
    Ok(claims)
}

/// The plans that may get a claim, in the order in which they would lead.
fn places(facts: &EnrolmentFacts) -> Vec<Place<'_>> {
    let dental = |rank, claim_type, beside| {
        Some(Place {
            claim_type,
            enrolment: facts.dental(rank)?,
            other: facts.dental(rank - 1),
            beside,
        })
    };
    let dental: Vec<_> = [
        dental(1, IntakeType::Primary, None),
        dental(2, IntakeType::Secondary, Some(SubmissionStatus::Hold)),
        dental(3, IntakeType::Other, Some(SubmissionStatus::Unsent)),
    ]
    .into_iter()
    .flatten()
    .collect();
    if !dental.is_empty() {
        return dental;
    }
    facts
        .medical()
        .map(|enrolment| Place {
            claim_type: IntakeType::Other,
            enrolment,
            other: None,
            beside: None,
        })
        .collect()
}

/// Whether one of these procedures is on one of these claims.
fn follows_one(claims: &[MadeClaim], procedures: &[&ProcedureFacts]) -> bool {
    let mut claimed = claims.iter().flat_map(|claim| &claim.procedures);
    claimed.any(|number| procedures.iter().any(|procedure| procedure.procedure == *number))
}

/// A claim that may be made, as if it had been asked for.
fn claim_facts(facts: &EnrolmentFacts, place: &Place<'_>, procedures: &[&ProcedureFacts]) -> ClaimFacts {
    let count = |is: &dyn Fn(&ProcedureFacts) -> bool| {
        u32::try_from(procedures.iter().filter(|procedure| is(procedure)).count()).unwrap_or(u32::MAX)
    };
    let first = |is: &dyn Fn(&ProcedureFacts) -> bool| {
        let found = procedures.iter().find(|procedure| is(procedure))?;
        Some(found.procedure)
    };
    let plans = |medical| {
        let plans = facts
            .enrolments
            .iter()
            .filter(|enrolment| enrolment.is_medical() == medical);
        u32::try_from(plans.count()).unwrap_or(u32::MAX)
    };
    let mut diagnoses: Vec<_> = procedures.iter().flat_map(|procedure| &procedure.diagnoses).collect();
    diagnoses.sort_unstable();
    diagnoses.dedup();
    let subscription = place.enrolment.subscription;
    let before = facts
        .enrolments
        .iter()
        .take_while(|enrolment| enrolment.subscription != subscription);
    ClaimFacts {
        claim_type: place.claim_type,
        asked: None,
        plan_type: place.enrolment.plan_type,
        rank: place.enrolment.rank,
        other_rank: place.other.map_or(0, |other| other.rank),
        dental_plans: plans(false),
        medical_plans: plans(true),
        procedures: count(&|_| true),
        on_open_primary: count(&|procedure| procedure.on_open_primary),
        on_received_primary: count(&|procedure| procedure.on_received_primary && !procedure.on_open_primary),
        diagnoses: u32::try_from(diagnoses.len()).unwrap_or(u32::MAX),
        claimed: first(&|procedure| procedure.is_claimed_for(subscription)),
        not_billed: None,
        without_fee: first(&|procedure| procedure.without_fee),
        plan_known: true,
        medical: place.enrolment.is_medical(),
        subscription_asked: false,
        other_subscription_asked: false,
        medical_before: before.into_iter().any(Enrolment::is_medical),
        in_process: procedures.iter().any(|procedure| procedure.in_process),
        several_clinics: differ(procedures, |procedure| procedure.clinic),
        several_places: differ(procedures, |procedure| procedure.place),
    }
}

/// Whether procedures are not all the same in something.
fn differ(procedures: &[&ProcedureFacts], of: fn(&ProcedureFacts) -> u32) -> bool {
    procedures.windows(2).any(|two| of(two[0]) != of(two[1]))
}

fn nothing_to_bill(procedures: &[ProcedureFacts]) -> IntakeRefusal {
    let subject = match procedures {
        [only] => format!("procedure {} is not", only.procedure),
        _ => format!("none of the {} procedures is", procedures.len()),
    };
    IntakeRefusal::new(
        "nothing-to-bill",
        "procNums",
        format!("{subject} to be billed to any plan of the patient that would get a claim; let one be billed"),
    )
}
