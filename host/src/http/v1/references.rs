//! What claims at intake are made of: patients, plans, subscriptions, patient plans, procedures. To be read only: they are
//! brought in by import.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use reprise_model::ReferenceKind;
use reprise_request::{Problem, reference_resource};
use serde::Deserialize;
use serde_json::Value;

use super::exchange::{Asker, Number, Parameters, json_answer};
use super::problem::ProblemAnswer;
use crate::IntakeError;
use crate::http::Api;
use crate::http::exchange::Caller;

async fn show_one(
    api: &Api,
    caller: &Caller,
    kind: ReferenceKind,
    what: &'static str,
    number: i64,
) -> Result<Response, ProblemAnswer> {
    let shown = api
        .ask_intake(caller, move |host, payer| {
            let found = host.numbered_reference(payer, kind, number.unsigned_abs())?;
            let shown = found.as_ref().and_then(reference_resource);
            shown.ok_or_else(|| {
                let detail = format!("there is no {what} {number}");
                IntakeError::Refused(vec![Problem::new(Problem::NOT_FOUND, "", detail)])
            })
        })
        .await?;
    Ok(json_answer(StatusCode::OK, &shown))
}

/// Whose are asked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OfPatient {
    #[serde(rename = "PatNum")]
    patient: u64,
}

async fn show_all(api: &Api, caller: &Caller, kind: ReferenceKind, patient: u64) -> Result<Response, ProblemAnswer> {
    let list = api
        .ask_intake(caller, move |host, payer| {
            let rows = host.references_of_patient(payer, kind, patient)?;
            Ok(rows.iter().filter_map(reference_resource).collect::<Vec<_>>())
        })
        .await?;
    Ok(json_answer(StatusCode::OK, &Value::Array(list)))
}

/// A patient.
#[utoipa::path(
    get,
    path = "/api/v1/patients/{PatNum}",
    operation_id = "show_patient",
    tag = "intake",
    security(("token" = ["claims.read IP"])),
    params(
        ("PatNum" = i64, Path, description = "Its number"),
    ),
    responses(
        (status = 200, description = "It", content((Object = "application/json"))),
        (status = 400, description = "The path cannot be read", content((Object = "application/problem+json"))),
        (status = 404, description = "There is none", content((Object = "application/problem+json"))),
        (status = 503, description = "The database is busy", content((Object = "application/problem+json"))),
    )
)]
pub(crate) async fn patient(
    State(api): State<Api>,
    Asker(caller): Asker,
    Number(number): Number,
) -> Result<Response, ProblemAnswer> {
    show_one(&api, &caller, ReferenceKind::Patient, "patient", number).await
}

/// A plan.
#[utoipa::path(
    get,
    path = "/api/v1/insplans/{PlanNum}",
    operation_id = "show_plan",
    tag = "intake",
    security(("token" = ["claims.read IP"])),
    params(
        ("PlanNum" = i64, Path, description = "Its number"),
    ),
    responses(
        (status = 200, description = "It", content((Object = "application/json"))),
        (status = 400, description = "The path cannot be read", content((Object = "application/problem+json"))),
        (status = 404, description = "There is none", content((Object = "application/problem+json"))),
        (status = 503, description = "The database is busy", content((Object = "application/problem+json"))),
    )
)]
pub(crate) async fn plan(
    State(api): State<Api>,
    Asker(caller): Asker,
    Number(number): Number,
) -> Result<Response, ProblemAnswer> {
    show_one(&api, &caller, ReferenceKind::InsPlan, "plan", number).await
}

/// A subscription to a plan.
#[utoipa::path(
    get,
    path = "/api/v1/inssubs/{InsSubNum}",
    operation_id = "show_subscription",
    tag = "intake",
    security(("token" = ["claims.read IP"])),
    params(
        ("InsSubNum" = i64, Path, description = "Its number"),
    ),
    responses(
        (status = 200, description = "It", content((Object = "application/json"))),
        (status = 400, description = "The path cannot be read", content((Object = "application/problem+json"))),
        (status = 404, description = "There is none", content((Object = "application/problem+json"))),
        (status = 503, description = "The database is busy", content((Object = "application/problem+json"))),
    )
)]
pub(crate) async fn subscription(
    State(api): State<Api>,
    Asker(caller): Asker,
    Number(number): Number,
) -> Result<Response, ProblemAnswer> {
    show_one(&api, &caller, ReferenceKind::InsSub, "subscription", number).await
}

/// A patient's places under subscriptions.
#[utoipa::path(
    get,
    path = "/api/v1/patplans",
    operation_id = "list_patient_plans",
    tag = "intake",
    security(("token" = ["claims.read IP"])),
    params(
        ("PatNum" = u64, Query, description = "The patient's number"),
    ),
    responses(
        (status = 200, description = "The list, empty if there are none", content((Vec<Object> = "application/json"))),
        (status = 400, description = "The path cannot be read", content((Object = "application/problem+json"))),
        (status = 404, description = "There is none", content((Object = "application/problem+json"))),
        (status = 503, description = "The database is busy", content((Object = "application/problem+json"))),
    )
)]
pub(crate) async fn patient_plans(
    State(api): State<Api>,
    Asker(caller): Asker,
    Parameters(OfPatient { patient }): Parameters<OfPatient>,
) -> Result<Response, ProblemAnswer> {
    show_all(&api, &caller, ReferenceKind::PatPlan, patient).await
}

/// A patient's procedures.
#[utoipa::path(
    get,
    path = "/api/v1/procedurelogs",
    operation_id = "list_procedures",
    tag = "intake",
    security(("token" = ["claims.read IP"])),
    params(
        ("PatNum" = u64, Query, description = "The patient's number"),
    ),
    responses(
        (status = 200, description = "The list, empty if there are none", content((Vec<Object> = "application/json"))),
        (status = 400, description = "The path cannot be read", content((Object = "application/problem+json"))),
        (status = 404, description = "There is none", content((Object = "application/problem+json"))),
        (status = 503, description = "The database is busy", content((Object = "application/problem+json"))),
    )
)]
pub(crate) async fn procedures(
    State(api): State<Api>,
    Asker(caller): Asker,
    Parameters(OfPatient { patient }): Parameters<OfPatient>,
) -> Result<Response, ProblemAnswer> {
    show_all(&api, &caller, ReferenceKind::Procedure, patient).await
}

/// A procedure.
#[utoipa::path(
    get,
    path = "/api/v1/procedurelogs/{ProcNum}",
    operation_id = "show_procedure",
    tag = "intake",
    security(("token" = ["claims.read IP"])),
    params(
        ("ProcNum" = i64, Path, description = "Its number"),
    ),
    responses(
        (status = 200, description = "It", content((Object = "application/json"))),
        (status = 400, description = "The path cannot be read", content((Object = "application/problem+json"))),
        (status = 404, description = "There is none", content((Object = "application/problem+json"))),
        (status = 503, description = "The database is busy", content((Object = "application/problem+json"))),
    )
)]
pub(crate) async fn procedure(
    State(api): State<Api>,
    Asker(caller): Asker,
    Number(number): Number,
) -> Result<Response, ProblemAnswer> {
    show_one(&api, &caller, ReferenceKind::Procedure, "procedure", number).await
}
