//! What is measured, by name: the one place where metrics are named.

use std::time::Duration;

/// An activity has ended.
pub(crate) fn activity_ended(code: &str, done: bool, elapsed: Duration) {
    let outcome = if done { "done" } else { "failed" };
    let labels = [("code", code.to_owned()), ("outcome", outcome.to_owned())];
    metrics::counter!("reprise_activities_total", &labels).increment(1);
    metrics::histogram!("reprise_activity_seconds", &labels).record(elapsed.as_secs_f64());
}

/// A portion of claims was handled by an activity.
pub(crate) fn claims_handled(code: &str, succeeded: u64, failed: u64, elapsed: Duration) {
    for (outcome, claims) in [("succeeded", succeeded), ("failed", failed)] {
        let labels = [("code", code.to_owned()), ("outcome", outcome.to_owned())];
        metrics::counter!("reprise_claims_handled_total", &labels).increment(claims);
    }
    metrics::histogram!("reprise_portion_seconds", "code" => code.to_owned()).record(elapsed.as_secs_f64());
}

/// It was tried to send a notification.
pub(crate) fn notification_attempted(taken: bool) {
    let outcome = if taken { "taken" } else { "not taken" };
    metrics::counter!("reprise_notification_attempts_total", "outcome" => outcome).increment(1);
}

/// A request has been answered.
pub(crate) fn request_answered(path: &str, status: u16, elapsed: Duration) {
    let labels = [("path", path.to_owned()), ("status", status.to_string())];
    metrics::counter!("reprise_http_requests_total", &labels).increment(1);
    metrics::histogram!("reprise_http_request_seconds", &labels).record(elapsed.as_secs_f64());
}

/// How much the line index holds.
pub(crate) fn index_size(claims: u64, lines: u64, bytes: u64) {
    #[expect(
        clippy::cast_precision_loss,
        reason = "gauges are floating point; 2^53 claims are far away"
    )]
    for (name, value) in [
        ("reprise_index_claims", claims),
        ("reprise_index_lines", lines),
        ("reprise_index_bytes", bytes),
    ] {
        metrics::gauge!(name).set(value as f64);
    }
}
