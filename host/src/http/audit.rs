//! `/api/audit`: who did what, when, and under which rules.

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::{Body as HttpBody, Bytes};
use axum::extract::{Extension, State};
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use reprise_model::{Message, MessageKey};
use serde::Deserialize;
use serde_json::json;
use tokio::sync::OwnedSemaphorePermit;
use tokio_stream::wrappers::ReceiverStream;

use crate::access::rights::AUDIT_READ;
use crate::access::{AuditFilter, AuditPage, AuditPosition, Session};
use crate::http::Api;
use crate::http::door::Stream;
use crate::http::error::ApiError;
use crate::http::exchange::{Asked, Caller, Limit, show as show_resource};

/// How many entries of an export are read at once.
const EXPORT_PAGE: u32 = 1_000;
/// How many pages of an export may wait to be sent.
const PAGES_WAITING: usize = 2;

/// Which entries are asked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AuditParameters {
    claim: Option<String>,
    user: Option<String>,
    operation: Option<String>,
    activity: Option<i64>,
    from: Option<String>,
    until: Option<String>,
    after: Option<String>,
    #[serde(default)]
    limit: Limit,
}

impl AuditParameters {
    /// What is asked for, and after which place; what cannot be read is refused.
    fn read(self, caller: &Caller) -> Result<(AuditFilter, AuditPosition), ApiError> {
        let moment = |name: &str, text: Option<String>| {
            let read = text.map(|text| {
                text.parse::<jiff::Timestamp>().map_err(|_| {
                    let reason = format!("`{text}` is no moment such as 2026-01-31T00:00:00Z");
                    let name = format!("query parameter {name}");
                    ApiError::refused(vec![Message::new(MessageKey::BadValue, [&name, &reason])], caller)
                })
            });
            Ok(read.transpose()?.map(jiff::Timestamp::as_millisecond))
        };
        let after = match self.after {
            None => AuditPosition::default(),
            Some(text) => text.parse().map_err(|reason: String| {
                let message = Message::new(MessageKey::BadValue, ["query parameter after", &reason]);
                ApiError::refused(vec![message], caller)
            })?,
        };
        let filter = AuditFilter {
            from_ms: moment("from", self.from)?,
            until_ms: moment("until", self.until)?,
            claim: self.claim,
            user: self.user,
            operation: self.operation,
            activity: self.activity,
        };
        Ok((filter, after))
    }
}

/// What was done, in the order in which it was done: to claims, to access, by activities; and what was refused.
#[utoipa::path(
    get,
    path = "/api/audit",
    operation_id = "show_audit",
    tag = "access",
    security(("token" = ["audit.read IP"])),
    params(
        ("claim" = Option<String>, Query, description = "Only what was done to the claim with this id or code; of a deleted one the id"),
        ("user" = Option<String>, Query, description = "Only what this user did"),
        ("operation" = Option<String>, Query, description = "Only this operation"),
        ("activity" = Option<i64>, Query, description = "Only what this activity did, or was done to it"),
        ("from" = Option<String>, Query, description = "Only from this moment on, such as 2026-01-31T00:00:00Z"),
        ("until" = Option<String>, Query, description = "Only before this moment"),
        ("after" = Option<String>, Query, description = "Only what comes after this place, which an earlier answer gave as `next`"),
        ("limit" = Option<u32>, Query, description = "How many at most, 1 to 1000; 100 if absent"),
    ),
    responses(
        (
            status = 200,
            description = "The entries; `next` is what to ask after for those that follow",
            content((String = "application/xml"), (Object = "application/json")),
        ),
        (status = 400, description = "The query cannot be read"),
        (status = 404, description = "The claim is not there; ask by its id for one that was deleted"),
    )
)]
pub(crate) async fn show(
    State(api): State<Api>,
    caller: Caller,
    Asked(parameters): Asked<AuditParameters>,
) -> Result<Response, ApiError> {
    let limit = parameters.limit.0;
    let (filter, after) = parameters.read(&caller)?;
    let payer = caller.principal.payer.clone();
    let turn = turn_to_read(&api, &filter).await;
    let page = api
        .ask_anyone(&caller, move |host| {
            let _held = turn;
            host.audit(payer.as_deref(), &filter, after, limit)
        })
        .await?;
    let audit = json!({ "entries": page.entries, "next": page.next.to_string() });
    Ok(show_resource(&caller, "audit", audit))
}

/// The same entries, all that there are, as one JSON object a line.
#[utoipa::path(
    get,
    path = "/api/audit/export",
    operation_id = "export_audit",
    tag = "access",
    security(("token" = ["audit.read IP"])),
    params(
        ("claim" = Option<String>, Query, description = "Only what was done to the claim with this id or code; of a deleted one the id"),
        ("user" = Option<String>, Query, description = "Only what this user did"),
        ("operation" = Option<String>, Query, description = "Only this operation"),
        ("activity" = Option<i64>, Query, description = "Only what this activity did, or was done to it"),
        ("from" = Option<String>, Query, description = "Only from this moment on, such as 2026-01-31T00:00:00Z"),
        ("until" = Option<String>, Query, description = "Only before this moment"),
        ("after" = Option<String>, Query, description = "Only what comes after this place, which an earlier answer gave as `next`"),
    ),
    responses(
        (status = 200, description = "The entries; a last line `{\"end\": true}` tells a whole answer from one that was cut off", content((String = "application/x-ndjson"))),
        (status = 400, description = "The query cannot be read"),
        (status = 404, description = "The claim is not there; ask by its id for one that was deleted"),
    )
)]
pub(crate) async fn export(
    State(api): State<Api>,
    caller: Caller,
    Extension(session): Extension<Session>,
    Extension(stream): Extension<Stream>,
    Asked(parameters): Asked<AuditParameters>,
) -> Result<Response, ApiError> {
    let (filter, after) = parameters.read(&caller)?;
    let exporting = Exporting {
        caller: caller.after_answer(),
        api,
        session,
        stream,
        filter,
    };
    // What cannot be read at all is refused while there is a status to refuse it with.
    let mut page = exporting.page(after).await?;
    let (send, pages) = tokio::sync::mpsc::channel::<Result<Bytes, Infallible>>(PAGES_WAITING);
    tokio::spawn(async move {
        loop {
            let is_last = page.entries.len() < EXPORT_PAGE as usize;
            let mut lines: String = page.entries.iter().map(|entry| format!("{entry}\n")).collect();
            if is_last {
                lines.push_str("{\"end\":true}\n");
            }
            // Whoever reads may have gone.
            if send.send(Ok(Bytes::from(lines))).await.is_err() || is_last {
                return;
            }
            page = match exporting.page(page.next).await {
                Ok(page) => page,
                // Without its last line the answer is known to be cut off.
                Err(_) => return,
            };
        }
    });
    let body = HttpBody::from_stream(ReceiverStream::new(pages));
    Ok(([(header::CONTENT_TYPE, "application/x-ndjson")], body).into_response())
}

/// An audit log that is being exported.
struct Exporting {
    api: Api,
    caller: Caller,
    session: Session,
    stream: Stream,
    filter: AuditFilter,
}

impl Exporting {
    /// The entries after this place, as long as the caller may still read them.
    async fn page(&self, after: AuditPosition) -> Result<AuditPage, ApiError> {
        let turn = turn_to_read(&self.api, &self.filter).await;
        let (payer, filter) = (self.caller.principal.payer.clone(), self.filter.clone());
        let (session, stream) = (self.session.clone(), self.stream.clone());
        let reading = self.api.ask_anyone(&self.caller, move |host| {
            let _held = (turn, stream);
            let page = host.audit(payer.as_deref(), &filter, after, EXPORT_PAGE)?;
            // After it was read: nothing is shown that was done when the caller could not read it any more.
            host.still(&session, AUDIT_READ)?;
            Ok(page)
        });
        reading.await
    }
}

/// Waits until entries may be read that may be far apart, for which whole ledgers are gone through: few may at once, so
/// that others find a connection to the database. Those about one claim are found by its number.
async fn turn_to_read(api: &Api, filter: &AuditFilter) -> Option<OwnedSemaphorePermit> {
    if filter.claim.is_some() {
        return None;
    }
    // INVARIANT: it is never closed, so that everybody gets a turn.
    Arc::clone(&api.audit_reads).acquire_owned().await.ok()
}
