//! Patients, plans, subscriptions, patient plans and procedures as `/api/v1` writes them.

use reprise_model::Reference;
use serde_json::{Value, json};

use super::claim::{day_text, number_of, units};

/// What intake knows by number, with every field that the API has for it; none for reference data of another kind.
pub fn reference_resource(reference: &Reference) -> Option<Value> {
    let number = |number: &str| number_of(Some(number));
    let shown = match reference {
        Reference::Patient(row) => json!({
            "PatNum": number(&row.code),
            "Birthdate": day_text(row.birth_date),
            "PriProv": row.primary_provider.as_deref().unwrap_or_default(),
        }),
        Reference::InsPlan(row) => json!({
            "PlanNum": number(&row.code),
            "PlanType": row.plan_type.as_str(),
            "IsMedical": row.is_medical.to_string(),
        }),
        Reference::InsSub(row) => json!({
            "InsSubNum": number(&row.code),
            "PlanNum": number(&row.plan),
            "Subscriber": number_of(row.subscriber.as_deref()),
        }),
        Reference::PatPlan(row) => json!({
            "PatPlanNum": number(&row.code),
            "PatNum": number(&row.patient),
            "InsSubNum": number(&row.ins_sub),
            "Ordinal": row.ordinal,
            "Relationship": row.relationship.map_or("Self", |relationship| relationship.as_str()),
        }),
        Reference::Procedure(row) => json!({
            "ProcNum": number(&row.code),
            "PatNum": number(&row.patient),
            "procCode": row.procedure_code,
            "ProcDate": day_text(row.date),
            "ProcFee": row.fee.map_or(0.0, units),
            "ProcStatus": row.status.as_str(),
            "ProvNum": row.provider.as_deref().unwrap_or_default(),
            "ClinicNum": row.clinic.as_deref().unwrap_or_default(),
            "PlaceService": row.place_of_service.as_deref().unwrap_or_default(),
            "DiagnosticCodes": row.diagnoses.iter().map(|diagnosis| diagnosis.code.as_str()).collect::<Vec<_>>(),
            "NoBillInsSubNums": row.no_bill_ins_subs.iter().map(|subscription| number(subscription)).collect::<Vec<_>>(),
            "IsInProcess": row.in_process.to_string(),
        }),
        _ => return None,
    };
    Some(shown)
}
