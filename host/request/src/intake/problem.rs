//! What is wrong with a request, as `application/problem+json` says it: a stable code, the field, one plain sentence.

use std::borrow::Cow;

use reprise_model::{IntakeRefusal, SubmissionStatus};
use serde_json::{Value, json};

/// What is wrong with a request, and what would be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// A stable code that programs tell problems apart by: one of [`PROBLEM_CODES`], or one of the rules' own.
    pub code: Cow<'static, str>,
    /// The field of the request that is at fault, as the request writes it; empty if it is none.
    pub field: String,
    /// What is wrong and what would be right, as one sentence.
    pub detail: String,
    /// The statuses that would be right, where the status is what is wrong.
    pub allowed: Vec<SubmissionStatus>,
    /// Whether it is the rules that refuse. Their codes are their own, also where the host has one of the same letters.
    pub by_rules: bool,
}

/// A code of the host's own, with what it means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProblemCode {
    /// The code.
    pub code: &'static str,
    /// The HTTP status that it comes with.
    pub status: u16,
    /// What it means, as a sentence.
    pub meaning: &'static str,
}

/// Defines the host's codes: a constant for each, and the list of all.
macro_rules! problem_codes {
    ($($name:ident = $code:literal $status:literal $meaning:literal;)+) => {
        impl Problem {
            $(#[doc = $meaning] pub const $name: &'static str = $code;)+
        }

        /// The codes that the host itself gives. The rules give others: the default component's are in its documentation.
        pub const PROBLEM_CODES: &[ProblemCode] = &[$(ProblemCode { code: $code, status: $status, meaning: $meaning },)+];
    };
}

problem_codes! {
    MALFORMED_BODY = "malformed-body" 400 "The body is not a JSON object, or ends in the middle.";
    UNKNOWN_FIELD = "unknown-field" 400 "A field is none that the request has; `field` names it.";
    FIELD_REPEATED = "field-repeated" 400 "A field stands twice in the object.";
    FIELD_MISSING = "field-missing" 400 "A field that the request needs is not there.";
    WRONG_TYPE = "wrong-type" 400 "A value is of another JSON type than the field has.";
    BAD_VALUE = "bad-value" 400 "A value is of the right type and none that the field can have.";
    BAD_CLAIM_TYPE = "bad-claim-type" 400 "ClaimType is none of P, S, Other, PreAuth, Cap, in these letters.";
    BAD_CLAIM_STATUS = "bad-claim-status" 400 "ClaimStatus is none of the letters U, H, W, P, S, R, I.";
    STATUS_WITHOUT_TYPE = "status-without-type" 400 "ClaimStatus is given without ClaimType: the claims of an enrolment have the statuses that the rules give them.";
    FIELD_NOT_CHANGEABLE = "field-not-changeable" 400 "The field belongs to a claim and cannot be changed.";
    NOTHING_TO_CHANGE = "nothing-to-change" 400 "The body names no field to change.";
    NO_PROCEDURES = "no-procedures" 400 "procNums is empty.";
    TOO_MANY_PROCEDURES = "too-many-procedures" 400 "procNums has more numbers than one request may have.";
    PROCEDURE_REPEATED = "procedure-repeated" 400 "A number stands twice in procNums.";
    PROCEDURE_UNKNOWN = "procedure-unknown" 400 "There is no procedure with this number.";
    PROCEDURE_DELETED = "procedure-deleted" 400 "The procedure is deleted.";
    PROCEDURE_OF_ANOTHER_PATIENT = "procedure-of-another-patient" 400 "The procedure is of another patient.";
    PROCEDURE_ALREADY_CLAIMED = "procedure-already-claimed" 400 "The procedure is on another claim for the same subscription.";
    SUBSCRIPTION_NOT_OF_PATIENT = "subscription-not-of-patient" 400 "The patient has no patient plan with this subscription.";
    SUBSCRIPTION_REPEATED = "subscription-repeated" 400 "InsSubNum and InsSubNum2 are the same subscription.";
    ENROLMENT_INCOMPLETE = "enrolment-incomplete" 400 "A patient plan names a subscription or plan that is not there.";
    ENROLMENT_AMBIGUOUS = "enrolment-ambiguous" 400 "Two patient plans of the patient name the same subscription.";
    FEES_TOO_LARGE = "fees-too-large" 400 "The fees of the procedures together are more than an amount can be.";
    CLAIM_IN_PROCESSING = "claim-in-processing" 400 "The claim was sent, and processing alone moves it.";
    NOT_FROM_INTAKE = "not-from-intake" 400 "The claim came from the payer's side and has no submission status, so it is not changed here.";
    CLAIM_RECEIVED = "claim-received" 400 "The claim is received, or was before it was processed again, so it cannot be deleted.";
    COVERED_AMOUNT_REPORTED = "covered-amount-reported" 400 "A covered amount was reported for the claim, so it cannot be deleted.";
    BAD_QUERY = "bad-query" 400 "A parameter of the query is unknown or cannot be read.";
    BAD_HEADER = "bad-header" 400 "A header cannot be read.";
    BAD_PATH = "bad-path" 400 "The path cannot be read: the number of a claim, patient or plan is a positive decimal number.";
    NOT_AUTHENTICATED = "not-authenticated" 401 "The request has no credentials, or none that are good: `detail` says which.";
    NOT_ALLOWED = "not-allowed" 403 "The principal does not have the access restriction that the operation takes; `detail` names it.";
    PATIENT_UNKNOWN = "patient-unknown" 404 "There is no patient with this number.";
    NOT_FOUND = "not-found" 404 "There is nothing at this path.";
    METHOD_NOT_ALLOWED = "method-not-allowed" 405 "The path has no such method.";
    CLAIM_LOCKED = "claim-locked" 409 "The claim is held by work that is under way; try again when it is done.";
    REQUEST_RUNNING = "request-running" 409 "A request under the same Idempotency-Key is still running; `Retry-After` says when to try again.";
    BODY_TOO_LARGE = "body-too-large" 413 "The body is larger than is taken.";
    UNSUPPORTED_MEDIA_TYPE = "unsupported-media-type" 415 "The body is not sent as application/json.";
    KEY_REUSED = "idempotency-key-reused" 422 "The Idempotency-Key belongs to another request.";
    URL_TOO_LONG = "url-too-long" 414 "The path and query are longer than is taken.";
    TOO_MANY_REQUESTS = "too-many-requests" 429 "The principal sends more requests than it may; `Retry-After` says when to send the next.";
    RULE_FAULT = "rule-fault" 500 "The rule component failed, so nothing was decided and nothing was stored.";
    TECHNICAL = "technical-error" 500 "Reprise failed. Unless `detail` says otherwise nothing was stored.";
    BUSY = "busy" 503 "The database is busy or cannot be reached. Unless `detail` says otherwise nothing was stored.";
    TIMEOUT = "timeout" 504 "The request took too long. It may have been done all the same: ask again under the same Idempotency-Key.";
    DISK_FULL = "disk-full" 507 "The disk is full; nothing was stored.";
}

impl Problem {
    /// A problem with a field, in these words.
    pub fn new(code: &'static str, field: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            code: Cow::Borrowed(code),
            field: field.into(),
            detail: detail.into(),
            allowed: Vec::new(),
            by_rules: false,
        }
    }

    /// What the host says of its code; none of one that the rules have given.
    pub fn known(&self) -> Option<&'static ProblemCode> {
        PROBLEM_CODES
            .iter()
            .find(|known| !self.by_rules && known.code == self.code)
    }

    /// The HTTP status of the problem: what the rules refuse is a refusal of what was asked for.
    pub fn status(&self) -> u16 {
        self.known().map_or(400, |known| known.status)
    }

    /// The problem as a member of an answer, without a status.
    pub fn to_json(&self) -> Value {
        let mut value = json!({ "code": self.code, "field": self.field, "detail": self.detail });
        if let (Some(members), false) = (value.as_object_mut(), self.allowed.is_empty()) {
            let allowed = self.allowed.iter().map(|status| status.as_str()).collect();
            members.insert("allowed".to_owned(), allowed);
        }
        value
    }
}

impl From<IntakeRefusal> for Problem {
    fn from(refusal: IntakeRefusal) -> Self {
        Self {
            code: Cow::Owned(refusal.code),
            field: refusal.field,
            detail: refusal.sentence,
            allowed: refusal.allowed,
            by_rules: true,
        }
    }
}
