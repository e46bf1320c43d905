//! `/api/v1/rules/components`: components are checked, installed, signed and shown.

use axum::body::Body as HttpBody;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reprise_model::{Message, MessageKey};
use reprise_request::read_component_signature_request;
use reprise_store::InstallationState;
use serde_json::json;

use super::admissions::Admission;
use super::resources;
use crate::http::Api;
use crate::http::error::ApiError;
use crate::http::exchange::{Body, Caller, Named, located, show as show_resource, show_as};
use crate::http::links::rule_component_path;
use crate::http::pace::{Broken, Paced};
use crate::{HostError, NamedComponent, SignatureDocument};

/// The header that brings a signature: what `reprise rules sign` has written, as base64.
const SIGNATURE: HeaderName = HeaderName::from_static("reprise-signature");
/// How many signatures a component may come with.
const SIGNATURES_MAX: usize = 16;
/// What messages call a component's bytes.
const WHAT: &str = "content";

/// The components that are installed for the payer, or for the platform; and those of the platform that a payer may
/// activate, too.
#[utoipa::path(
    get,
    path = "/api/v1/rules/components",
    operation_id = "list_rule_components",
    tag = "rules",
    security(("token" = ["rules.manage IP"])),
    responses(
        (
            status = 200,
            description = "The components, by when they were installed; for a payer, those of the platform beside them",
            content((String = "application/xml"), (Object = "application/json")),
        ),
        (status = 503, description = "The database is busy"),
    )
)]
pub(crate) async fn list(State(api): State<Api>, caller: Caller) -> Result<Response, ApiError> {
    let is_payers = caller.principal.payer.is_some();
    let (own, of_platform) = api
        .manage_rules(&caller, move |rules| {
            let of_platform = is_payers.then(|| rules.list_of_platform()).transpose()?;
            Ok((rules.list()?, of_platform))
        })
        .await?;
    let shown = |listed: &[_]| listed.iter().map(resources::component).collect::<Vec<_>>();
    let mut listed = json!({ "components": shown(&own) });
    if let Some(of_platform) = of_platform {
        listed["platformComponents"] = shown(&of_platform).into();
    }
    Ok(show_resource(&caller, "components", listed))
}

/// Put a component through every step of admission and keep it, so that it can be activated.
///
/// It is the body, whatever its type. One that is there already stays where it stands, and keeps the signatures.
#[utoipa::path(
    post,
    path = "/api/v1/rules/components",
    operation_id = "install_rule_component",
    tag = "rules",
    security(("token" = ["rules.manage IP"])),
    params(
        ("Reprise-Signature" = Option<String>, Header, description = "What `reprise rules sign` has written, as base64; repeatable"),
    ),
    request_body(content((String = "application/wasm"))),
    responses(
        (status = 200, description = "It was let in before", content((String = "application/xml"), (Object = "application/json"))),
        (
            status = 201,
            description = "It is checked, and at `Location`",
            headers(("Location" = String)),
            content((String = "application/xml"), (Object = "application/json")),
        ),
        (status = 400, description = "A signature cannot be read, or the content ended in the middle"),
        (status = 408, description = "Less than 64 KiB came for too long"),
        (status = 409, description = "It was let in before, and a signature is not one under it"),
        (
            status = 422,
            description = "It is refused; the steps say where and why",
            content((String = "application/xml"), (Object = "application/json")),
        ),
        (status = 503, description = "Another component is being checked, or the database is busy"),
    )
)]
pub(crate) async fn install(
    State(api): State<Api>,
    caller: Caller,
    headers: HeaderMap,
    body: HttpBody,
) -> Result<Response, ApiError> {
    let signatures = signatures(&headers).map_err(|error| ApiError::new(&error, &caller))?;
    let (admission, bytes) = receive(&api, &caller, body).await?;
    let installed = api
        .manage_rules(&caller, move |rules| {
            let _held = admission;
            rules.install(&bytes, &signatures, None)
        })
        .await?;
    let report = installed.report.as_ref().map(resources::report);
    if let (InstallationState::Refused, Some(report)) = (installed.state, &report) {
        return Ok(show_as(
            StatusCode::UNPROCESSABLE_ENTITY,
            &caller,
            "admission",
            report.clone(),
        ));
    }
    let status = if installed.already {
        StatusCode::OK
    } else {
        StatusCode::CREATED
    };
    let digest = installed.digest.to_string();
    let shown = json!({
        "digest": digest, "state": installed.state.as_str(), "reason": installed.reason, "admission": report,
    });
    let response = show_as(status, &caller, "component", shown);
    Ok(located(response, &rule_component_path(&digest, "")))
}

/// Put a component through every step of admission and say what became of it; nothing is kept.
#[utoipa::path(
    post,
    path = "/api/v1/rules/components/check",
    operation_id = "check_rule_component",
    tag = "rules",
    security(("token" = ["rules.manage IP"])),
    params(
        ("Reprise-Signature" = Option<String>, Header, description = "What `reprise rules sign` has written, as base64; repeatable"),
    ),
    request_body(content((String = "application/wasm"))),
    responses(
        (
            status = 200,
            description = "What became of it at each step, and whether it passed them all",
            content((String = "application/xml"), (Object = "application/json")),
        ),
        (status = 400, description = "A signature cannot be read, or the content ended in the middle"),
        (status = 408, description = "Less than 64 KiB came for too long"),
        (status = 503, description = "Another component is being checked, or the database is busy"),
    )
)]
pub(crate) async fn check(
    State(api): State<Api>,
    caller: Caller,
    headers: HeaderMap,
    body: HttpBody,
) -> Result<Response, ApiError> {
    let signatures = signatures(&headers).map_err(|error| ApiError::new(&error, &caller))?;
    let (admission, bytes) = receive(&api, &caller, body).await?;
    let report = api
        .manage_rules(&caller, move |rules| {
            let _held = admission;
            rules.check(&bytes, &signatures, None)
        })
        .await?;
    Ok(show_resource(&caller, "admission", resources::report(&report)))
}

/// All that is known of a component: where it stands, who has signed it, in which generations it is, how it has faulted.
#[utoipa::path(
    get,
    path = "/api/v1/rules/components/{component}",
    operation_id = "show_rule_component",
    tag = "rules",
    security(("token" = ["rules.manage IP"])),
    params(
        ("component" = String, Path, description = "Its digest, at least 8 digits that it begins with, or `name@version`"),
    ),
    responses(
        (status = 200, description = "The component", content((String = "application/xml"), (Object = "application/json"))),
        (status = 400, description = "The path cannot be read, or names several components"),
        (status = 404, description = "There is no such component"),
        (status = 503, description = "The database is busy"),
    )
)]
pub(crate) async fn show(
    State(api): State<Api>,
    caller: Caller,
    Named(component): Named<String>,
) -> Result<Response, ApiError> {
    let named = named(&component).map_err(|error| ApiError::new(&error, &caller))?;
    let inspected = api.manage_rules(&caller, move |rules| rules.inspect(&named)).await?;
    Ok(show_resource(&caller, "component", resources::inspected(&inspected)))
}

/// Add a signature to a component that is installed.
#[utoipa::path(
    put,
    path = "/api/v1/rules/components/{component}/signatures",
    operation_id = "sign_rule_component",
    tag = "rules",
    security(("token" = ["rules.manage IP"])),
    params(
        ("component" = String, Path, description = "Its digest, at least 8 digits that it begins with, or `name@version`"),
    ),
    request_body(
        content((String = "application/xml"), (Object = "application/json")),
        description = "What `reprise rules sign` has written",
    ),
    responses(
        (status = 200, description = "The component", content((String = "application/xml"), (Object = "application/json"))),
        (status = 400, description = "The request cannot be asked; every reason at once"),
        (status = 404, description = "There is no such component"),
        (status = 409, description = "It is no signature under this component"),
        (status = 413, description = "The body is too large"),
        (status = 415, description = "The body is neither XML nor JSON"),
        (status = 503, description = "The database is busy"),
    )
)]
pub(crate) async fn sign(
    State(api): State<Api>,
    Named(component): Named<String>,
    body: Body,
) -> Result<Response, ApiError> {
    let caller = body.caller.clone();
    let named = named(&component).map_err(|error| ApiError::new(&error, &caller))?;
    let inspected = api
        .manage_rules(&caller, move |rules| {
            let digest = rules.digest_of(&named)?;
            let given = read_component_signature_request(&body.document()?).map_err(HostError::Refused)?;
            let document = SignatureDocument::of_parts(&given.digest, given.manifest, given.key_id, &given.signature)
                .map_err(|reason| bad_value("the signature", &reason))?;
            rules.add_signatures(digest, &[document])?;
            rules.inspect(&named)
        })
        .await?;
    Ok(show_resource(&caller, "component", resources::inspected(&inspected)))
}

/// The component that a path names.
pub(super) fn named(text: &str) -> Result<NamedComponent, HostError> {
    text.parse().map_err(|reason: String| bad_value("the path", &reason))
}

/// The signatures that come with a component.
fn signatures(headers: &HeaderMap) -> Result<Vec<SignatureDocument>, HostError> {
    let bad = |reason: &str| bad_value("header Reprise-Signature", reason);
    let given: Vec<_> = headers.get_all(SIGNATURE).iter().collect();
    if given.len() > SIGNATURES_MAX {
        return Err(bad(&format!(
            "it is given {} times; {SIGNATURES_MAX} are allowed",
            given.len()
        )));
    }
    let read = given.into_iter().map(|value| {
        let text = STANDARD.decode(value.as_bytes()).ok();
        let text = text.and_then(|bytes| String::from_utf8(bytes).ok());
        let text = text.ok_or_else(|| bad("it is not a signature's file as base64"))?;
        SignatureDocument::from_json(&text).map_err(|reason| bad(&reason))
    });
    read.collect()
}

fn bad_value(what: &str, reason: &str) -> HostError {
    HostError::refused(MessageKey::BadValue, [what, reason])
}

/// The bytes of a component, with the right to check it. That comes first, so that few components are held at a time.
async fn receive(api: &Api, caller: &Caller, body: HttpBody) -> Result<(Admission, Vec<u8>), ApiError> {
    let admission = api
        .admissions
        .begin(caller.principal.payer.as_deref())
        .map_err(|reason| {
            let message = Message::new(MessageKey::NotYet, [reason]);
            ApiError::new(&HostError::NotYet(message), caller)
        })?;
    let bytes_max = api.host.component_bytes_max();
    let too_large = || ApiError::too_large(bytes_max as u64, caller);
    let idle_time_max = api.limits.upload_idle_time_max;
    let mut body = Paced::new(body, idle_time_max);
    if body.length_min() > bytes_max as u64 {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    loop {
        match body.next().await {
            Ok(Some(piece)) if bytes.len() + piece.len() > bytes_max => return Err(too_large()),
            Ok(Some(piece)) => bytes.extend_from_slice(&piece),
            Ok(None) => return Ok((admission, bytes)),
            Err(Broken::Stalled) => return Err(ApiError::stalled(WHAT, idle_time_max, caller)),
            Err(Broken::CutOff(_)) => return Err(ApiError::cut_off(WHAT, caller)),
        }
    }
}
