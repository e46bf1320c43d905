//! The text of the policy, read line by line: slow, plain, and written without a look at the rules.

use reprise_rules::claim_status::{
    ChangeFacts, ClaimFacts, EnrolmentFacts, IntakeType, PlanType, ProcedureFacts, ProcessingStatus, ReleaseFacts,
};

/// A claim that is born: its type, its status, the status that it settles in.
pub(crate) type Born = (&'static str, &'static str, &'static str);

/// A claim that is made: how it is born, its subscriptions, its procedures, whether it is dated.
pub(crate) type Made = (Born, u64, u64, Vec<u64>, bool);

const MAY_BE_ASKED: [&str; 3] = ["U", "H", "W"];

/// How a claim is born, or the code of the refusal.
pub(crate) fn create(facts: &ClaimFacts, holds_for_medical: bool, blocks_zero_fee: bool) -> Result<Born, &'static str> {
    let is_capitation = facts.plan_type == PlanType::Capitation;
    if facts.claim_type == IntakeType::Capitation {
        return Err("cap-not-asked-for");
    }
    if facts.dental_plans + facts.medical_plans == 0 {
        return Err("no-plan");
    }
    match facts.claim_type.as_str() {
        "P" if !facts.plan_known => return Err("no-primary-plan"),
        "P" if facts.rank != 1 => return Err("subscription-of-another-rank"),
        "S" if !facts.plan_known => return Err("no-secondary-plan"),
        "S" if facts.rank != 2 => return Err("subscription-of-another-rank"),
        "Other" if !facts.subscription_asked => return Err("subscription-missing"),
        "Other" if facts.rank >= 4 => return Err("plan-beyond-tertiary"),
        "Other" if facts.rank == 1 && !is_capitation => return Err("other-on-primary-plan"),
        "Other" if facts.rank == 2 && !is_capitation => return Err("other-on-secondary-plan"),
        "PreAuth" if !facts.plan_known => return Err("no-primary-plan"),
        "PreAuth" if facts.rank >= 4 && is_capitation => return Err("plan-beyond-tertiary"),
        _ => {}
    }
    let is_tertiary = facts.claim_type.as_str() == "Other" && facts.rank == 3 && !is_capitation;
    if is_tertiary && !facts.other_subscription_asked {
        return Err("other-subscription-missing");
    }
    if is_tertiary && facts.other_rank != 2 {
        return Err("other-subscription-wrong");
    }
    if facts.other_subscription_asked && !facts.medical && facts.other_rank == facts.rank {
        return Err("other-subscription-wrong");
    }
    let is_pre_authorization = facts.claim_type.as_str() == "PreAuth" && !is_capitation;
    if facts.claimed.is_some() && !is_pre_authorization {
        return Err("procedure-already-claimed");
    }
    if facts.not_billed.is_some() {
        return Err("procedure-not-billed");
    }
    if facts.without_fee.is_some() && blocks_zero_fee {
        return Err("procedure-without-fee");
    }
    if facts.several_clinics {
        return Err("several-clinics");
    }
    if facts.several_places {
        return Err("several-places-of-service");
    }
    if facts.diagnoses > 4 && !facts.medical {
        return Err("too-many-dental-diagnoses");
    }
    if facts.diagnoses > 12 {
        return Err("too-many-diagnoses");
    }

    let claim_type = if is_capitation {
        "Cap"
    } else {
        facts.claim_type.as_str()
    };
    let unasked = match (claim_type, facts.rank) {
        ("P" | "S" | "PreAuth", _) => "W",
        ("Other", 0) => "W",
        ("Other", _) => "U",
        ("Cap", 3) => "U",
        _ => "W",
    };
    match facts.asked {
        None if facts.in_process => Ok((claim_type, "I", unasked)),
        None => Ok((claim_type, unasked, unasked)),
        Some(_) if facts.in_process => Err("procedure-in-process"),
        Some(asked) => {
            let allowed = allowed(facts, holds_for_medical);
            match allowed.contains(&asked.as_str()) {
                true => Ok((claim_type, asked.as_str(), asked.as_str())),
                false => Err("status-not-allowed"),
            }
        }
    }
}

/// The statuses that a claim may be asked for in.
pub(crate) fn allowed(facts: &ClaimFacts, holds_for_medical: bool) -> Vec<&'static str> {
    let may_hold = may_hold(facts, holds_for_medical);
    MAY_BE_ASKED
        .into_iter()
        .filter(|&status| status != "H" || may_hold)
        .collect()
}

fn may_hold(facts: &ClaimFacts, holds_for_medical: bool) -> bool {
    if facts.plan_type == PlanType::Capitation || facts.claim_type == IntakeType::Capitation {
        return facts.rank >= 2;
    }
    match facts.claim_type.as_str() {
        "P" => holds_for_medical && facts.medical_before,
        "S" => facts.on_received_primary != facts.procedures,
        "Other" => facts.rank >= 2,
        _ => false,
    }
}

/// The claims of an enrolment, or the code of the refusal.
pub(crate) fn new_claim(facts: &EnrolmentFacts, blocks_zero_fee: bool) -> Result<Vec<Made>, &'static str> {
    if facts.enrolments.is_empty() {
        return Err("no-plan");
    }
    let mut dental: Vec<_> = facts.enrolments.iter().filter(|plan| plan.rank > 0).collect();
    dental.sort_by_key(|plan| plan.rank);
    let medical = facts.enrolments.iter().filter(|plan| plan.rank == 0);
    let is_dental = !dental.is_empty();
    let plans: Vec<_> = if is_dental {
        dental.into_iter().take(3).collect()
    } else {
        medical.collect()
    };
    let mut claims = Vec::new();
    let mut claimed: Vec<u64> = Vec::new();
    for (place, plan) in plans.iter().enumerate() {
        let procedures: Vec<&ProcedureFacts> = facts
            .procedures
            .iter()
            .filter(|procedure| !procedure.not_billed_to.contains(&plan.subscription))
            .collect();
        if procedures.is_empty() || (!is_dental && !claims.is_empty()) {
            continue;
        }
        against_procedures(&procedures, plan.subscription, is_dental, blocks_zero_fee)?;
        let claim_type = match (plan.plan_type, is_dental, place) {
            (PlanType::Capitation, ..) => "Cap",
            (_, true, 0) => "P",
            (_, true, 1) => "S",
            _ => "Other",
        };
        let leads = claims.is_empty();
        let status = match place {
            _ if leads => "W",
            1 if procedures
                .iter()
                .any(|procedure| claimed.contains(&procedure.procedure)) =>
            {
                "H"
            }
            1 => "W",
            _ => "U",
        };
        claimed.extend(procedures.iter().map(|procedure| procedure.procedure));
        let is_in_process = procedures.iter().any(|procedure| procedure.in_process);
        let born = (claim_type, if is_in_process { "I" } else { status }, status);
        let other = if is_dental && place > 0 {
            plans[place - 1].subscription
        } else {
            0
        };
        let numbers = procedures.iter().map(|procedure| procedure.procedure).collect();
        claims.push((born, plan.subscription, other, numbers, leads));
    }
    if claims.is_empty() {
        return Err("nothing-to-bill");
    }
    Ok(claims)
}

fn against_procedures(
    procedures: &[&ProcedureFacts],
    subscription: u64,
    is_dental: bool,
    blocks_zero_fee: bool,
) -> Result<(), &'static str> {
    if procedures
        .iter()
        .any(|procedure| procedure.claimed_for.contains(&subscription))
    {
        return Err("procedure-already-claimed");
    }
    if blocks_zero_fee && procedures.iter().any(|procedure| procedure.without_fee) {
        return Err("procedure-without-fee");
    }
    if procedures
        .iter()
        .any(|procedure| procedure.clinic != procedures[0].clinic)
    {
        return Err("several-clinics");
    }
    if procedures
        .iter()
        .any(|procedure| procedure.place != procedures[0].place)
    {
        return Err("several-places-of-service");
    }
    let mut diagnoses: Vec<u32> = Vec::new();
    for &code in procedures.iter().flat_map(|procedure| &procedure.diagnoses) {
        if !diagnoses.contains(&code) {
            diagnoses.push(code);
        }
    }
    match diagnoses.len() {
        5.. if is_dental => Err("too-many-dental-diagnoses"),
        13.. => Err("too-many-diagnoses"),
        _ => Ok(()),
    }
}

/// The status that a claim then has, or the code of the refusal.
pub(crate) fn change(facts: &ChangeFacts, holds_for_medical: bool) -> Result<&'static str, &'static str> {
    let asked = facts.claim.asked.expect("a change asks for a status").as_str();
    let current = facts.current.as_str();
    if asked == current {
        return Ok(current);
    }
    if current == "R" || facts.processing == ProcessingStatus::Finalized {
        return Err("claim-received");
    }
    if current == "S" || facts.processing != ProcessingStatus::Entry {
        return Err(if asked == "R" {
            "claim-in-processing"
        } else {
            "status-not-allowed"
        });
    }
    if facts.claim.in_process {
        return Err(if current == "I" {
            "claim-in-process"
        } else {
            "procedure-in-process"
        });
    }
    match asked {
        "U" | "W" => Ok(asked),
        "H" if may_hold(&facts.claim, holds_for_medical) => Ok("H"),
        "S" | "R" if current == "H" => Err("claim-held"),
        "S" | "R" => Ok(asked),
        _ => Err("status-not-allowed"),
    }
}

/// The status that a claim goes on in, if it does.
pub(crate) fn release(facts: &ReleaseFacts) -> Option<&'static str> {
    let claim_type = facts.claim_type.as_str();
    let primary_was_received = facts.received_rank == 1;
    let secondary_was_received = facts.received_rank == 2;
    let is_in_lane_2 = claim_type == "S" || (claim_type == "Cap" && facts.rank == 2);
    let is_in_lane_3 = (claim_type == "Other" || claim_type == "Cap") && facts.rank == 3;
    let is_free = (is_in_lane_2 && primary_was_received) || (is_in_lane_3 && secondary_was_received);
    let waited_for_medical = claim_type == "P" && facts.received_medical;
    match facts.current.as_str() {
        "H" if waited_for_medical => Some("W"),
        "I" if !facts.in_process && waited_for_medical => Some("W"),
        "H" | "U" if is_free => Some("W"),
        "I" if !facts.in_process => match facts.settles_in.as_str() {
            "H" if facts.open_before == 0 || is_free => Some("W"),
            "U" if is_free => Some("W"),
            settles_in => Some(settles_in),
        },
        _ => None,
    }
}
