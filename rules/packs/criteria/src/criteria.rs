//! The criteria, one file each: what is asked, where it is written, when a line meets it.

use reprise_rules::{CompileContext, ConditionKind, CriterionDefinition, Either, LineTest, Test};

mod allowed_amount;
mod benefits_provider_group;
mod claim_form;
mod claim_status;
mod claim_type;
mod claimant_provider_group;
mod coverage_regime;
mod covered_amount;
mod diagnosis_condition;
mod diagnosis_group;
mod entry_date;
mod fee_schedule;
mod location_provider_group;
mod message_group;
mod pend_reason;
mod price_provider_group;
mod procedure_condition;
mod procedure_group;
mod process_type;
mod product;
mod service_date;
mod service_provider_group;
mod serviced_entity;

/// Every criterion of the contract.
pub fn criteria() -> Vec<Box<dyn CriterionDefinition>> {
    vec![
        Box::new(process_type::ProcessType),
        Box::new(claim_form::ClaimForm),
        Box::new(claim_type::ClaimType),
        Box::new(claim_status::ClaimStatus),
        Box::new(entry_date::EntryDate),
        Box::new(service_date::ServiceDate),
        Box::new(serviced_entity::ServicedEntityCriterion),
        Box::new(procedure_group::ProcedureGroup),
        Box::new(procedure_condition::ProcedureCondition),
        Box::new(diagnosis_group::DiagnosisGroup),
        Box::new(diagnosis_condition::DiagnosisCondition),
        Box::new(benefits_provider_group::BenefitsProviderGroup),
        Box::new(price_provider_group::PriceProviderGroup),
        Box::new(service_provider_group::ServiceProviderGroup),
        Box::new(location_provider_group::LocationProviderGroup),
        Box::new(claimant_provider_group::ClaimantProviderGroup),
        Box::new(product::Product),
        Box::new(coverage_regime::CoverageRegime),
        Box::new(fee_schedule::FeeSchedule),
        Box::new(message_group::MessageGroup),
        Box::new(pend_reason::PendReason),
        Box::new(allowed_amount::AllowedAmount),
        Box::new(covered_amount::CoveredAmount),
    ]
}

/// Any of the conditions that are asked for by their codes.
fn any_condition(kind: ConditionKind, asked: &Test, context: &CompileContext) -> Result<Box<dyn LineTest>, String> {
    let compile = |code: &String| context.condition(kind, code)?.compile(context.reference());
    Ok(Box::new(Either(
        asked.codes()?.iter().map(compile).collect::<Result<_, _>>()?,
    )))
}
