//! An activity as answers show it.

use reprise_store::{Activity, ActivityStatus, AdjudicationTotal, Delivery, DeliveryStatus};
use serde_json::{Value, json};

use crate::activities::rules_of;
use crate::http::links::{action, activity_path, data_file_path, link};
use crate::time::time_text;
use crate::{ActivityView, Host};

/// How the activity stands, and links to what can be had done with it now.
pub(super) fn resource(host: &Host, view: &ActivityView) -> Value {
    let activity = &view.activity;
    let counts = activity.counts;
    let mut value = json!({
        "id": activity.id,
        "code": activity.code,
        "status": activity.status.as_str(),
        "correlationId": activity.correlation_id,
        "user": activity.user,
        "highPriority": activity.high_priority,
        "queued": activity.queued,
        "cancelledBy": activity.cancelled_by,
        "trouble": view.trouble,
        "rules": rules_of(activity),
        "created": time_text(activity.created_at_ms),
        "ended": activity.ended_at_ms.and_then(time_text),
        "progress": {
            "total": counts.total,
            "succeeded": counts.succeeded,
            "failed": counts.failed,
            "blocksMatched": view.matching.map(|matching| matching.blocks_done),
            "blocks": view.matching.map(|matching| matching.blocks),
        },
    });
    if host.changes_claims(activity) {
        let adjudicated: Vec<_> = view.adjudications.iter().map(adjudication_resource).collect();
        value["scheduled"] = counts.succeeded.into();
        value["adjudicated"] = adjudicated.into();
    }
    value["notification"] = view.delivery.as_ref().map_or(Value::Null, notification_resource);
    value["links"] = links(activity, view.delivery.as_ref()).into();
    value
}

fn links(activity: &Activity, delivery: Option<&Delivery>) -> Vec<Value> {
    let (id, status) = (activity.id, activity.status);
    let mut links = vec![
        link("self", activity_path(id, "")),
        link("messages", activity_path(id, "/messages")),
    ];
    if let Some(name) = &activity.result_file {
        links.push(link("file", data_file_path(name)));
    }
    if status == ActivityStatus::Initial && !activity.queued {
        links.push(action("start", activity_path(id, "/start")));
    }
    if !status.is_final() && activity.cancelled_by.is_none() {
        links.push(action("cancel", activity_path(id, "/cancel")));
    }
    if matches!(status, ActivityStatus::BusinessError | ActivityStatus::TechnicalError) {
        links.push(action("recover", activity_path(id, "/recover")));
    }
    if delivery.is_some_and(|delivery| delivery.status != DeliveryStatus::Taken) {
        links.push(action("retry-notification", activity_path(id, "/notification/retry")));
    }
    links
}

/// Amounts have the decimals of their currency, and are texts in JSON too.
fn adjudication_resource(total: &AdjudicationTotal) -> Value {
    let text = |amount: reprise_model::Amount| total.currency.map(|currency| amount.to_text(currency.decimals()));
    json!({
        "claims": total.claims,
        "currency": total.currency.as_ref().map(reprise_model::Currency::code),
        "allowedAmountChange": text(total.allowed_change),
        "coveredAmountChange": text(total.covered_change),
    })
}

fn notification_resource(delivery: &Delivery) -> Value {
    let waits = delivery.status == DeliveryStatus::Waiting;
    json!({
        "status": delivery.status.as_str(),
        "attempts": delivery.attempts,
        "lastError": delivery.last_error,
        "nextAttempt": waits.then(|| time_text(delivery.next_attempt_at_ms)),
    })
}
