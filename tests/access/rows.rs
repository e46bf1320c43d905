//! A row for each operation of the document: how it is asked for, and what becomes of that.

use axum::http::Method;
use serde_json::{Value, json};

use crate::http::client::JSON;

/// What somebody gets who asks for the same as another payer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Foreign {
    /// 404: it names a thing of the first payer.
    NotThere,
    /// A list at this place of the answer, which is empty.
    Empty(&'static str),
    /// This status: it is about what is the caller's own.
    Own(u16),
}

/// Who may have an operation done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whose {
    /// Everybody, without credentials.
    Everybodys,
    /// Principals of a payer; those of the platform get this status.
    Payers(u16),
    /// Principals of the platform alone.
    Platforms,
}

/// How an operation is asked for, and what becomes of that.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) method: Method,
    /// The operation's path, as the document has it.
    pub(super) operation: &'static str,
    /// What is asked for; what the fixture has made is named in braces.
    pub(super) path: &'static str,
    pub(super) content_type: &'static str,
    pub(super) body: String,
    pub(super) whose: Whose,
    pub(super) foreign: Foreign,
    /// The status that somebody gets who may.
    pub(super) right: u16,
}

impl Row {
    fn new(method: Method, operation: &'static str, path: &'static str) -> Self {
        Self {
            method,
            operation,
            path,
            content_type: JSON,
            body: String::new(),
            whose: Whose::Payers(403),
            foreign: Foreign::NotThere,
            right: 200,
        }
    }

    #[expect(clippy::needless_pass_by_value, reason = "a body is written where it is sent")]
    fn body(self, body: Value) -> Self {
        let body = body.to_string();
        Self { body, ..self }
    }

    fn text(self, content_type: &'static str, body: &str) -> Self {
        let body = body.to_owned();
        Self {
            content_type,
            body,
            ..self
        }
    }

    fn right(self, right: u16) -> Self {
        Self { right, ..self }
    }

    fn foreign(self, foreign: Foreign) -> Self {
        Self { foreign, ..self }
    }

    fn whose(self, whose: Whose) -> Self {
        Self { whose, ..self }
    }
}

fn get(operation: &'static str, path: &'static str) -> Row {
    Row::new(Method::GET, operation, path)
}

fn post(operation: &'static str, path: &'static str) -> Row {
    Row::new(Method::POST, operation, path)
}

fn put(operation: &'static str, path: &'static str) -> Row {
    Row::new(Method::PUT, operation, path)
}

fn delete(operation: &'static str, path: &'static str) -> Row {
    Row::new(Method::DELETE, operation, path)
}

/// A row for each operation; whoever adds an operation adds its row. Those that only read come first, while the payer that
/// has nothing has nothing.
pub(super) fn rows() -> Vec<Row> {
    let mut rows = [
        open(),
        claims(),
        pends(),
        reprocessing(),
        bulk(),
        webhooks(),
        rules(),
        intake(),
        access(),
    ]
    .concat();
    rows.sort_by_key(|row| row.method != Method::GET);
    rows
}

fn open() -> Vec<Row> {
    ["/healthz", "/readyz", "/api/openapi.json"]
        .map(|path| get(path, path).whose(Whose::Everybodys))
        .to_vec()
}

fn claims() -> Vec<Row> {
    vec![
        get("/api/claims", "/api/claims?code=ACME-READ").foreign(Foreign::Empty("/claims")),
        get("/api/claims/{claim}", "/api/claims/ACME-READ"),
        get("/api/generic/claims/{claim}", "/api/generic/claims/{read}"),
        get("/api/claims/{claim}/status", "/api/claims/ACME-READ/status"),
        get("/api/claims/{claim}/history", "/api/claims/{read}/history"),
        post("/api/claims/{claim}/adjudicated", "/api/claims/ACME-SENT/adjudicated")
            .body(json!({ "status": "FINALIZED" })),
        get("/api/v1/events", "/api/v1/events").foreign(Foreign::Empty("/events")),
    ]
}

fn pends() -> Vec<Row> {
    vec![
        get("/api/claims/{claim}/pendhistory", "/api/claims/ACME-P1/pendhistory"),
        get("/api/claimpendreasons/{id}", "/api/claimpendreasons/{claim_reason}"),
        get(
            "/api/claimlinependreasons/{id}",
            "/api/claimlinependreasons/{line_reason}",
        ),
        get(
            "/api/generic/claimpendreasons/{id}",
            "/api/generic/claimpendreasons/{claim_reason}",
        ),
        get(
            "/api/generic/claimlinependreasons/{id}",
            "/api/generic/claimlinependreasons/{line_reason}",
        ),
        post("/api/claims/{claim}/submit", "/api/claims/ACME-P1/submit").right(303),
        post(
            "/api/claims/{claim}/resolvepend/{pendReason}",
            "/api/claims/ACME-P2/resolvepend/PR-1",
        )
        .right(303),
        post(
            "/api/claims/{claim}/resolveclaimlinepend/{pendReason}",
            "/api/claims/ACME-P2/resolveclaimlinepend/PR-2",
        )
        .right(303),
        post(
            "/api/claimpendreasons/{id}/resolve",
            "/api/claimpendreasons/{claim_reason}/resolve",
        )
        .right(303),
        post(
            "/api/claimlinependreasons/{id}/resolve",
            "/api/claimlinependreasons/{line_reason}/resolve",
        )
        .right(303),
    ]
}

fn reprocessing() -> Vec<Row> {
    let everything = json!({ "processType": "CLAIM" });
    vec![
        post("/api/claimsreprocesscount", "/api/claimsreprocesscount")
            .body(everything.clone())
            .foreign(Foreign::Own(200)),
        post(
            "/api/claimsreprocesscriteria/explain",
            "/api/claimsreprocesscriteria/explain?claim=ACME-READ",
        )
        .body(json!({ "reprocess": false, "processType": "CLAIM" })),
        post("/api/claimsreprocess", "/api/claimsreprocess").body(json!({ "code": "ACME-CHANGE" })),
        post("/api/claimsreprocesscriteria", "/api/claimsreprocesscriteria")
            .body(json!({ "reprocess": true, "processType": "CLAIM" }))
            .foreign(Foreign::Own(202))
            .right(202),
    ]
}

fn bulk() -> Vec<Row> {
    const DATA: &str = "/api/datafilesets/{set}/datafile/{file}/data";
    let batch = |set: &str| json!({ "code": "REPROCESSCLAIMS_IMPORT", "level": "GL", "parameters": { "dataFileSetCode": set } });
    vec![
        get("/api/activities", "/api/activities").foreign(Foreign::Empty("/activities")),
        get("/api/activities/{id}", "/api/activities/{run}"),
        get("/api/activities/{id}/messages", "/api/activities/{run}/messages"),
        post("/api/activities/{id}/start", "/api/activities/{prepared}/start").right(202),
        post("/api/activities/{id}/cancel", "/api/activities/{unwanted}/cancel").right(202),
        post("/api/activities/{id}/recover", "/api/activities/{failed}/recover").right(202),
        post(
            "/api/activities/{id}/notification/retry",
            "/api/activities/{run}/notification/retry",
        )
        .right(202),
        // It may be created before its file is.
        post("/api/activities", "/api/activities")
            .body(batch("ACME-UP"))
            .foreign(Foreign::Own(201))
            .right(201),
        post("/api/activities/start", "/api/activities/start")
            .body(batch("ACME-BATCH"))
            .right(201),
        post("/api/datafilesets", "/api/datafilesets")
            .body(json!({ "code": "ACME-NEW", "dataFiles": [{ "code": "IN" }] }))
            .foreign(Foreign::Own(201))
            .right(201),
        get("/api/datafilesets/{set}", "/api/datafilesets/ACME-UP"),
        get(DATA, "/api/datafilesets/ACME-UP/datafile/IN/data"),
        Row::new(Method::HEAD, DATA, "/api/datafilesets/ACME-UP/datafile/IN/data"),
        post(DATA, "/api/datafilesets/ACME-UP/datafile/IN/data").text("text/plain", "anything else"),
    ]
}

fn webhooks() -> Vec<Row> {
    vec![
        get("/api/v1/webhooks", "/api/v1/webhooks").foreign(Foreign::Empty("/webhooks")),
        post("/api/v1/webhooks", "/api/v1/webhooks")
            .body(json!({ "code": "ACME-NEW", "url": "http://127.0.0.1:9/" }))
            .foreign(Foreign::Own(201))
            .right(201),
        get("/api/v1/webhooks/{code}", "/api/v1/webhooks/ACME-W"),
        post("/api/v1/webhooks/{code}/pause", "/api/v1/webhooks/ACME-W/pause"),
        post("/api/v1/webhooks/{code}/resume", "/api/v1/webhooks/ACME-W/resume"),
        get(
            "/api/v1/webhooks/{code}/deadletters",
            "/api/v1/webhooks/ACME-W/deadletters",
        ),
        post(
            "/api/v1/webhooks/{code}/deadletters/{position}/resend",
            "/api/v1/webhooks/ACME-W/deadletters/{letter}/resend",
        )
        .right(202),
        post(
            "/api/v1/webhooks/{code}/deadletters/resend",
            "/api/v1/webhooks/ACME-W/deadletters/resend",
        )
        .right(202),
        post(
            "/api/v1/webhooks/{code}/replay",
            "/api/v1/webhooks/ACME-W/replay?after=0",
        )
        .right(202),
        delete("/api/v1/webhooks/{code}", "/api/v1/webhooks/ACME-GONE").right(204),
    ]
}

/// Principals of the platform manage the rules of the platform.
fn rules() -> Vec<Row> {
    const COMPONENT: &str = "/api/v1/rules/components/{component}";
    const REINSTATE: &str = "/api/v1/rules/components/{component}/reinstate";
    const SIGNATURES: &str = "/api/v1/rules/components/{component}/signatures";
    let component = |operation| post(operation, operation).text("application/wasm", "no component");
    let reason = json!({ "reason": "the story wants it", "waitSeconds": 0 });
    let mut activation = reason.clone();
    activation["components"] = json!(["any-diagnosis@0.1.0"]);
    vec![
        get("/api/v1/rules/components", "/api/v1/rules/components")
            .whose(Whose::Payers(200))
            .foreign(Foreign::Empty("/components")),
        // What is no component is refused to whoever may ask for it, too.
        component("/api/v1/rules/components")
            .whose(Whose::Payers(422))
            .foreign(Foreign::Own(422))
            .right(422),
        component("/api/v1/rules/components/check")
            .whose(Whose::Payers(200))
            .foreign(Foreign::Own(200)),
        get(COMPONENT, COMPONENT).whose(Whose::Payers(404)),
        put(SIGNATURES, SIGNATURES)
            .body(json!({ "digest": "none" }))
            .whose(Whose::Payers(404))
            .right(400),
        // It is not quarantined.
        post(REINSTATE, REINSTATE)
            .body(reason.clone())
            .whose(Whose::Payers(404))
            .right(409),
        get("/api/v1/rules/generations", "/api/v1/rules/generations")
            .whose(Whose::Payers(200))
            .foreign(Foreign::Empty("/generations")),
        get("/api/v1/rules/activations", "/api/v1/rules/activations")
            .whose(Whose::Payers(200))
            .foreign(Foreign::Empty("/activations")),
        post("/api/v1/rules/activate", "/api/v1/rules/activate")
            .body(activation)
            .whose(Whose::Payers(404)),
        post("/api/v1/rules/deactivate", "/api/v1/rules/deactivate")
            .body(reason.clone())
            .whose(Whose::Payers(409))
            .foreign(Foreign::Own(409)),
        post("/api/v1/rules/rollback", "/api/v1/rules/rollback")
            .body(reason)
            .whose(Whose::Payers(409))
            .foreign(Foreign::Own(409)),
        get("/api/v1/rules/keys", "/api/v1/rules/keys")
            .whose(Whose::Payers(200))
            .foreign(Foreign::Empty("/keys")),
        post("/api/v1/rules/keys", "/api/v1/rules/keys")
            .body(json!({ "publicKey": "ab".repeat(32), "comment": "of the story" }))
            .whose(Whose::Payers(201))
            .foreign(Foreign::Own(201))
            .right(201),
        delete("/api/v1/rules/keys/{key}", "/api/v1/rules/keys/{key}").whose(Whose::Payers(404)),
        get("/api/v1/rules/policy", "/api/v1/rules/policy")
            .whose(Whose::Payers(200))
            .foreign(Foreign::Own(200)),
        put("/api/v1/rules/policy", "/api/v1/rules/policy")
            .body(json!({ "returnAfterQuarantine": true }))
            .whose(Whose::Payers(200))
            .foreign(Foreign::Own(200)),
    ]
}

fn intake() -> Vec<Row> {
    let asked = json!({ "PatNum": 1, "procNums": [101], "ClaimType": "P" });
    vec![
        get("/api/v1/patients/{PatNum}", "/api/v1/patients/1"),
        get("/api/v1/insplans/{PlanNum}", "/api/v1/insplans/11"),
        get("/api/v1/inssubs/{InsSubNum}", "/api/v1/inssubs/11"),
        get("/api/v1/patplans", "/api/v1/patplans?PatNum=1").foreign(Foreign::Empty("")),
        get("/api/v1/procedurelogs", "/api/v1/procedurelogs?PatNum=1").foreign(Foreign::Empty("")),
        get("/api/v1/procedurelogs/{ProcNum}", "/api/v1/procedurelogs/101"),
        get("/api/v1/claims", "/api/v1/claims").foreign(Foreign::Empty("")),
        get("/api/v1/claims/{ClaimNum}", "/api/v1/claims/{changing}"),
        post("/api/v1/claims/validate", "/api/v1/claims/validate")
            .text("application/x-ndjson", &format!("{asked}\n"))
            .foreign(Foreign::Own(200)),
        post("/api/v1/claims", "/api/v1/claims").body(asked.clone()).right(201),
        put("/api/v1/claims/{ClaimNum}", "/api/v1/claims/{changing}").body(json!({ "ClaimStatus": "U" })),
        put("/api/v1/claims/{ClaimNum}/Status", "/api/v1/claims/{leaving}/Status"),
        delete("/api/v1/claims/{ClaimNum}", "/api/v1/claims/{unborn}"),
    ]
}

/// Principals of the platform manage access too, that of the platform unless they name a payer.
fn access() -> Vec<Row> {
    let role = json!({ "restrictions": ["MEDICAL"] });
    vec![
        get("/api/principals/self", "/api/principals/self")
            .whose(Whose::Payers(200))
            .foreign(Foreign::Own(200)),
        get("/api/payers", "/api/payers")
            .whose(Whose::Payers(200))
            .foreign(Foreign::Own(200)),
        post("/api/payers", "/api/payers")
            .body(json!({ "code": "NOVA" }))
            .whose(Whose::Platforms)
            .right(201),
        get("/api/principals", "/api/principals")
            .whose(Whose::Payers(200))
            .foreign(Foreign::Own(200)),
        post("/api/principals", "/api/principals")
            .body(json!({ "name": "ACME-NEW", "roles": [] }))
            .whose(Whose::Payers(201))
            .foreign(Foreign::Own(201))
            .right(201),
        get("/api/principals/{principal}", "/api/principals/{jane}").whose(Whose::Payers(404)),
        put("/api/principals/{principal}", "/api/principals/{jane}")
            .body(json!({ "disabled": true }))
            .whose(Whose::Payers(404)),
        get("/api/principals/{principal}/tokens", "/api/principals/{jane}/tokens").whose(Whose::Payers(404)),
        post("/api/principals/{principal}/tokens", "/api/principals/{jane}/tokens")
            .body(json!({}))
            .whose(Whose::Payers(404))
            .right(201),
        delete("/api/tokens/{token}", "/api/tokens/{token}").whose(Whose::Payers(404)),
        get("/api/roles", "/api/roles")
            .whose(Whose::Payers(200))
            .foreign(Foreign::Own(200)),
        put("/api/roles/{role}", "/api/roles/ACME-ROLE")
            .body(role)
            .whose(Whose::Payers(400))
            .foreign(Foreign::Own(200)),
        delete("/api/roles/{role}", "/api/roles/ACME-UNUSED")
            .whose(Whose::Payers(400))
            .right(204),
        get("/api/audit", "/api/audit")
            .whose(Whose::Payers(200))
            .foreign(Foreign::Own(200)),
        get("/api/audit/export", "/api/audit/export")
            .whose(Whose::Payers(200))
            .foreign(Foreign::Own(200)),
        // Nothing is collected in this process.
        get("/metrics", "/metrics").whose(Whose::Platforms).right(404),
    ]
}
