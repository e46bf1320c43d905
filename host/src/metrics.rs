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

/// It was tried to send an event to the webhook with this number. What payers and their webhooks are called is not for
/// whoever reads what is measured.
pub(crate) fn webhook_attempted(webhook: i64, taken: bool) {
    let outcome = if taken { "taken" } else { "not taken" };
    let labels = [("webhook", webhook.to_string()), ("outcome", outcome.to_owned())];
    metrics::counter!("reprise_webhook_attempts_total", &labels).increment(1);
}

/// An event was tried often enough, and is a dead letter of a webhook.
pub(crate) fn webhook_gave_up(webhook: i64) {
    metrics::counter!("reprise_webhook_dead_letters_total", "webhook" => webhook.to_string()).increment(1);
}

/// How many events are still to be looked at for a webhook.
pub(crate) fn webhook_behind(webhook: i64, events: u64) {
    #[expect(
        clippy::cast_precision_loss,
        reason = "gauges are floating point; no more are counted than 10,000"
    )]
    metrics::gauge!("reprise_webhook_behind_events", "webhook" => webhook.to_string()).set(events as f64);
}

/// A worker has matched: how many rows of claims and lines its component was asked about, a row for each stage.
pub(crate) fn rows_decided(rows: u64) {
    metrics::counter!("reprise_match_rows_decided_total").increment(rows);
}

/// Claims of so many lines were matched against a request.
pub(crate) fn lines_matched(lines: u64) {
    metrics::counter!("reprise_match_lines_total").increment(lines);
}

/// A request has been answered.
pub(crate) fn request_answered(path: &str, status: u16, elapsed: Duration) {
    let labels = [("path", path.to_owned()), ("status", status.to_string())];
    metrics::counter!("reprise_http_requests_total", &labels).increment(1);
    metrics::histogram!("reprise_http_request_seconds", &labels).record(elapsed.as_secs_f64());
}

/// A rule component has failed.
pub(crate) fn rules_failed() {
    metrics::counter!("reprise_rule_faults_total").increment(1);
}

/// A request was not let in.
pub(crate) fn request_refused(reason: &'static str) {
    metrics::counter!("reprise_requests_refused_total", "reason" => reason).increment(1);
}

/// A token of ours was sent that is not good any more.
pub(crate) fn token_refused(reason: &'static str) {
    metrics::counter!("reprise_tokens_refused_total", "reason" => reason).increment(1);
}

/// How much machine code of a rule component is loaded.
pub(crate) fn rules_loaded(digest: &str, bytes: u64) {
    #[expect(
        clippy::cast_precision_loss,
        reason = "gauges are floating point; 2^53 bytes are far away"
    )]
    metrics::gauge!("reprise_rules_machine_code_bytes", "component" => digest.to_owned()).set(bytes as f64);
}

/// An image of the line index was read or written: how large it is, and since when, as a time since 1970-01-01T00:00:00Z.
pub(crate) fn index_image(bytes: u64, written: Duration) {
    #[expect(
        clippy::cast_precision_loss,
        reason = "gauges are floating point; 2^53 bytes are far away"
    )]
    metrics::gauge!("reprise_index_image_bytes").set(bytes as f64);
    metrics::gauge!("reprise_index_image_timestamp_seconds").set(written.as_secs_f64().floor());
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
