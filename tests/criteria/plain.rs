//! The criteria, read plainly: for a claim, a line and a criterion, whether it is met.
//!
//! Slow and obvious on purpose. It reads claims and reference data in the shape in which they are imported, asks one
//! thing after the other, keeps nothing, and shares no code with what it is held against.

use std::collections::{BTreeMap, BTreeSet};

use reprise::{ClaimOutcome, MatchedClaim, MatchedClaims};
use reprise_model::{
    Amount, AttributeValue, Claim, Criterion, CriterionName, Currency, Day, Line, Reference, ReferenceKind, Test,
};
use reprise_request::{CountTotals, ReprocessCount};

/// Whether a line of a claim meets a criterion as it stands, the opposite not yet taken.
pub(super) type Reading = fn(&[Reference], &Claim, &Line, &Criterion) -> bool;

/// The statuses that a criteria request reaches: five that wait for a human, two that are final.
const IN_SCOPE: [&str; 7] = [
    "CHANGE",
    "MANUAL PRICING",
    "MANUAL PRICING ADJUDICATION",
    "MANUAL BENEFITS",
    "MANUAL ADJUDICATION",
    "PRICING FINALIZED",
    "FINALIZED",
];

/// Whether a line meets a criterion; a negated one is met exactly where the criterion as it stands is not.
pub(super) fn meets(
    reading: Reading,
    references: &[Reference],
    claim: &Claim,
    line: &Line,
    criterion: &Criterion,
) -> bool {
    let as_it_stands = reading(references, claim, line, criterion);
    if criterion.negated { !as_it_stands } else { as_it_stands }
}

/// Whether one line meets every criterion.
pub(super) fn line_is_hit(
    reading: Reading,
    references: &[Reference],
    claim: &Claim,
    line: &Line,
    criteria: &[Criterion],
) -> bool {
    for criterion in criteria {
        if !meets(reading, references, claim, line, criterion) {
            return false;
        }
    }
    true
}

/// Whether a claim is hit: it is in scope, and one of its lines meets every criterion.
pub(super) fn claim_is_hit(reading: Reading, references: &[Reference], claim: &Claim, criteria: &[Criterion]) -> bool {
    if !IN_SCOPE.contains(&claim.status.as_str()) {
        return false;
    }
    for line in &claim.lines {
        if line_is_hit(reading, references, claim, line, criteria) {
            return true;
        }
    }
    false
}

/// The claims that are hit, in byte order of their codes, each with what would become of it.
pub(super) fn matched_claims(
    reading: Reading,
    references: &[Reference],
    claims: &[Claim],
    criteria: &[Criterion],
    reason_given: bool,
) -> MatchedClaims {
    let mut matched = MatchedClaims::default();
    for claim in claims {
        if !claim_is_hit(reading, references, claim, criteria) {
            continue;
        }
        let outcome = outcome(claim);
        if outcome
            == (ClaimOutcome::Reprocess {
                needs_unfinalize_reason: true,
            })
            && !reason_given
        {
            matched.unfinalize_reason_missing += 1;
        }
        matched.claims.push(MatchedClaim {
            code: claim.code.clone(),
            outcome,
        });
    }
    matched
        .claims
        .sort_by(|one, other| one.code.as_bytes().cmp(other.code.as_bytes()));
    matched
}

/// What would become of a claim that is hit, given an unfinalize reason.
fn outcome(claim: &Claim) -> ClaimOutcome {
    if claim.settlement_reason.is_some() {
        return ClaimOutcome::Settled;
    }
    if claim.locked_by.is_some() {
        return ClaimOutcome::Locked;
    }
    let needs_unfinalize_reason = matches!(claim.status.as_str(), "FINALIZED" | "PRICING FINALIZED");
    ClaimOutcome::Reprocess {
        needs_unfinalize_reason,
    }
}

/// What is counted if these claims are hit: those that would be reprocessed, and what all their lines are worth.
pub(super) fn count(matched: &MatchedClaims, claims: &[Claim]) -> ReprocessCount {
    let by_code: BTreeMap<&str, &Claim> = claims.iter().map(|claim| (claim.code.as_str(), claim)).collect();
    let mut count = ReprocessCount {
        count: 0,
        totals: None,
        excluded_settled: 0,
        excluded_locked: 0,
        unfinalize_reason_missing: (matched.unfinalize_reason_missing > 0).then_some(matched.unfinalize_reason_missing),
    };
    let mut currencies: BTreeSet<Currency> = BTreeSet::new();
    let (mut allowed, mut covered) = (0, 0);
    for claim in &matched.claims {
        match claim.outcome {
            ClaimOutcome::Settled => count.excluded_settled += 1,
            ClaimOutcome::Locked => count.excluded_locked += 1,
            ClaimOutcome::Reprocess { .. } => {
                count.count += 1;
                let claim = by_code[claim.code.as_str()];
                currencies.extend(claim.currency);
                for line in &claim.lines {
                    allowed += line.allowed_amount.map_or(0, Amount::number);
                    covered += line.covered_amount.map_or(0, Amount::number);
                }
            }
        }
    }
    if currencies.len() == 1 {
        count.totals = currencies.first().map(|&currency| CountTotals {
            allowed: Amount::from_number(allowed),
            covered: Amount::from_number(covered),
            currency,
        });
    }
    count
}

/// The default reading of each criterion.
pub(super) fn by_default(references: &[Reference], claim: &Claim, line: &Line, criterion: &Criterion) -> bool {
    match &criterion.test {
        Test::Days { from, through } => {
            let day = match criterion.name {
                CriterionName::ServiceDate => line.service_start_date,
                CriterionName::EntryDate => Some(claim.entry_date),
                name => unreachable!("{name} does not ask for days"),
            };
            day.is_some_and(|day| is_within(day, *from, *through))
        }
        Test::Amounts { from, through } => {
            let amount = match criterion.name {
                CriterionName::AllowedAmount => line.allowed_amount,
                CriterionName::CoveredAmount => line.covered_amount,
                name => unreachable!("{name} does not ask for amounts"),
            };
            amount.is_some_and(|amount| is_within(amount, *from, *through))
        }
        Test::Entity { code, entity_type } => line
            .serviced_entity
            .as_ref()
            .is_some_and(|entity| entity.code == *code && entity.entity_type == *entity_type),
        Test::AnyOf(codes) => codes
            .iter()
            .any(|code| has_code(references, claim, line, criterion.name, code)),
    }
}

/// Whether a line meets a criterion that asks for this one code.
fn has_code(references: &[Reference], claim: &Claim, line: &Line, name: CriterionName, code: &str) -> bool {
    let day = line.service_start_date;
    let provider_belongs = |provider: &Option<String>| {
        provider
            .as_ref()
            .is_some_and(|provider| belongs(references, ReferenceKind::ProviderGroup, code, provider, day))
    };
    match name {
        CriterionName::ProcessType => claim.process_type.as_str() == code,
        CriterionName::ClaimForm => claim.form_code.as_deref() == Some(code),
        CriterionName::ClaimType => claim.claim_type.is_some_and(|claim_type| claim_type.as_str() == code),
        CriterionName::ClaimStatus => claim.status.as_str() == code,
        CriterionName::ProcedureGroup => {
            let kind = ReferenceKind::ProcedureGroup;
            line.procedures
                .iter()
                .any(|procedure| belongs(references, kind, code, procedure, day))
        }
        CriterionName::ProcedureCondition => line
            .procedures
            .iter()
            .any(|procedure| meets_procedure_condition(code, procedure, line)),
        CriterionName::DiagnosisGroup => primary_diagnosis(line)
            .is_some_and(|diagnosis| belongs(references, ReferenceKind::DiagnosisGroup, code, diagnosis, day)),
        CriterionName::DiagnosisCondition => {
            primary_diagnosis(line).is_some_and(|diagnosis| meets_diagnosis_condition(code, diagnosis, line))
        }
        CriterionName::BenefitsProviderGroup => provider_belongs(&line.providers.benefits),
        CriterionName::PriceProviderGroup => {
            provider_belongs(&line.providers.price_individual) || provider_belongs(&line.providers.price_organization)
        }
        CriterionName::ServiceProviderGroup => provider_belongs(&line.providers.service),
        CriterionName::LocationProviderGroup => provider_belongs(&line.providers.location),
        CriterionName::ClaimantProviderGroup => provider_belongs(&claim.claimant_provider),
        CriterionName::Product => line
            .benefits
            .iter()
            .any(|benefit| benefit.product.as_deref() == Some(code)),
        CriterionName::CoverageRegime => line
            .benefits
            .iter()
            .any(|benefit| benefit.regime.as_deref() == Some(code)),
        CriterionName::FeeSchedule => line.fee_schedules.iter().any(|schedule| schedule == code),
        CriterionName::MessageGroup => line
            .messages
            .iter()
            .any(|message| is_in_message_group(references, code, message)),
        CriterionName::PendReason => {
            claim.pend_reasons.iter().any(|reason| reason.code == code)
                || line.pend_reasons.iter().any(|reason| reason.code == code)
        }
        name => unreachable!("{name} does not ask for codes"),
    }
}

/// Both ends inclusive; an absent end is open.
fn is_within<T: PartialOrd>(value: T, from: Option<T>, through: Option<T>) -> bool {
    from.is_none_or(|from| from <= value) && through.is_none_or(|through| value <= through)
}

/// Whether a code is a member of the group on that day. Without a day there is no belonging.
pub(super) fn belongs(
    references: &[Reference],
    kind: ReferenceKind,
    group_code: &str,
    member_code: &str,
    day: Option<Day>,
) -> bool {
    let Some(day) = day else { return false };
    for reference in references {
        let (Reference::ProcedureGroup(group) | Reference::DiagnosisGroup(group) | Reference::ProviderGroup(group)) =
            reference
        else {
            continue;
        };
        if reference.kind() != kind || group.code != group_code {
            continue;
        }
        for member in &group.members {
            if member.code == member_code && is_within(day, member.from, member.through) {
                return true;
            }
        }
    }
    false
}

/// Whether a message is of the group; these memberships are not dated.
fn is_in_message_group(references: &[Reference], group_code: &str, message: &str) -> bool {
    for reference in references {
        if let Reference::MessageGroup(group) = reference
            && group.code == group_code
            && group.members.iter().any(|member| member.code == message)
        {
            return true;
        }
    }
    false
}

/// The diagnosis with the lowest sequence; of several, the one with the lowest code, byte by byte.
fn primary_diagnosis(line: &Line) -> Option<&str> {
    let lowest = line.diagnoses.iter().map(|diagnosis| diagnosis.sequence).min()?;
    let ties = line.diagnoses.iter().filter(|diagnosis| diagnosis.sequence == lowest);
    ties.map(|diagnosis| diagnosis.code.as_str())
        .min_by_key(|code| code.as_bytes())
}

/// The conditions on procedures that the default component brings along.
fn meets_procedure_condition(condition: &str, procedure: &str, line: &Line) -> bool {
    match condition {
        "PREVENTIVE-UNDER-18" => {
            let age = attribute(line, "age").and_then(|age| age.parse::<u32>().ok());
            procedure.starts_with("G04") && age.is_some_and(|age| age < 18)
        }
        condition => unreachable!("there is no condition {condition} on procedures"),
    }
}

/// The conditions on the primary diagnosis that the default component brings along.
fn meets_diagnosis_condition(condition: &str, diagnosis: &str, line: &Line) -> bool {
    match condition {
        "CARIES-WITH-TOOTH" => {
            diagnosis.starts_with("K02") && attribute(line, "tooth").is_some_and(|tooth| !tooth.is_empty())
        }
        condition => unreachable!("there is no condition {condition} on diagnoses"),
    }
}

/// An attribute of the line, as it is written.
fn attribute(line: &Line, name: &str) -> Option<String> {
    Some(match line.attributes.get(name)? {
        AttributeValue::Text(text) => text.clone(),
        AttributeValue::Number(number) => number.to_string(),
        AttributeValue::Truth(truth) => truth.to_string(),
    })
}
