//! What becomes of a claim, read from the text: slow, plain, and with nothing of the product in it but the shapes that it
//! shows. Claims, requests, histories and events are JSON here, as callers see them.

use serde_json::{Value, json};

/// What a claim that is sent through processing again becomes, and what is told of it.
#[derive(Debug, PartialEq)]
pub(super) struct Reprocessed {
    pub(super) claim: Value,
    /// The details of its entry in the history, but for the rules that decided.
    pub(super) details: Value,
    /// The events, by type.
    pub(super) events: Vec<(String, Value)>,
}

/// A claim, and what is asked of it: changed, or the code of the message why not.
pub(super) fn reading(
    before: &Value,
    asked: &Value,
    publishing: &[&str],
    user: &str,
    activity: Option<i64>,
) -> Result<Reprocessed, &'static str> {
    let mut claim = before.clone();
    let status = text(&before["status"]);
    let pended = [
        "CHANGE",
        "MANUAL PRICING",
        "MANUAL PRICING ADJUDICATION",
        "MANUAL BENEFITS",
        "MANUAL ADJUDICATION",
    ]
    .contains(&status);
    let finalized = ["PRICING FINALIZED", "FINALIZED"].contains(&status);

    // The first refusal ends it.
    if !before["settlementReason"].is_null() {
        return Err("CLA-IP-REPR-027");
    }
    if !before["lockedBy"].is_null() {
        return Err("CLA-IP-REPR-028");
    }
    if !pended && !finalized {
        return Err("CLA-IP-REPR-013");
    }
    let reasons_given = list(&asked["claimUnfinalizeReasonList"]);
    if finalized && reasons_given.is_empty() {
        return Err("CLA-IP-REPR-014");
    }

    let mut details = json!({ "statusBefore": status });
    let mut events = Vec::new();

    // A finalized claim: its reasons are replaced by the given ones, with their fields.
    if finalized {
        let reasons = reasons_given.iter().map(|reason| {
            json!({
                "code": reason["code"],
                "sourceReference": reason["sourceReference"],
                "dynamicFields": list(&reason["dynamicField"]),
            })
        });
        claim["unfinalizeReasons"] = reasons.collect();
        details["unfinalizeReasons"] = codes(&reasons_given).into();
    }

    // A pended claim: every pend reason of claim, bills and lines goes, and where a task was open it is done.
    if pended {
        let mut removed = Vec::new();
        let mut places = vec![("claim", Value::Null, list(&before["pendReasons"]))];
        for bill in list(&before["bills"]) {
            places.push(("bill", bill["code"].clone(), list(&bill["pendReasons"])));
        }
        for line in list(&before["lines"]) {
            places.push(("line", line["code"].clone(), list(&line["pendReasons"])));
        }
        for (level, of, reasons) in places {
            for reason in reasons {
                let was_resolved = reason["resolved"] == true;
                // As it came in, its pend reasons are numbered in order.
                let number = removed.len() + 1;
                let mut entry = json!({
                    "level": level, "code": reason["code"], "wasResolved": was_resolved, "number": number,
                });
                let mut event =
                    json!({ "claim": before["code"], "pendReason": reason["code"], "level": level, "user": user });
                if !of.is_null() {
                    entry["of"] = of.clone();
                    event["of"] = of.clone();
                }
                removed.push(entry);
                if !was_resolved && publishing.contains(&text(&reason["code"])) {
                    events.push(("claim.pend-done".to_owned(), event));
                }
            }
        }
        claim["pendReasons"] = json!([]);
        for places in ["bills", "lines"] {
            for place in claim[places].as_array_mut().expect("a list") {
                place["pendReasons"] = json!([]);
            }
        }
        if !removed.is_empty() {
            details["pendReasonsRemoved"] = removed.into();
        }
    }

    // Tag actions: only those that the claim has, and a Skip stays unless it is overridden.
    let mut changed = Vec::new();
    for wanted in list(&asked["claimTagActionList"]) {
        for held in claim["tagActions"].as_array_mut().expect("a list") {
            let stays = held["action"] == "S" && asked["overrideSkip"] != true;
            if held["tag"] == wanted["tag"] && held["action"] != wanted["action"] && !stays {
                held["action"] = wanted["action"].clone();
                changed.push(wanted.clone());
            }
        }
    }
    if !changed.is_empty() {
        details["tagActions"] = changed.into();
    }

    // The message, on the header.
    let message = &asked["reprocessMessageCode"];
    if !message.is_null() {
        details["message"] = message.clone();
        if !list(&claim["messages"]).contains(message) {
            claim["messages"].as_array_mut().expect("a list").push(message.clone());
        }
    }

    // Priority is only raised.
    if asked["setToHighPriority"] == true {
        claim["highPriority"] = true.into();
    }

    // With pend reasons it waits for a human; without, it is resubmitted.
    let attached = list(&asked["claimPendReasonList"]);
    if attached.is_empty() {
        claim["status"] = "INITIAL".into();
        if !asked["preprocessingDone"].is_null() {
            claim["preprocessingDone"] = asked["preprocessingDone"].clone();
        }
        claim["pricingDone"] = (asked["pricingDone"] == true).into();
        let mut event = json!({
            "claim": before["code"], "status": "INITIAL", "preprocessingDone": claim["preprocessingDone"],
            "pricingDone": claim["pricingDone"], "highPriority": claim["highPriority"], "user": user,
        });
        if let Some(activity) = activity {
            event["activity"] = activity.into();
        }
        events.push(("claim.resubmitted".to_owned(), event));
    } else {
        claim["status"] = "CHANGE".into();
        claim["preprocessingDone"] = false.into();
        claim["pricingDone"] = false.into();
        for reason in &attached {
            let held = claim["pendReasons"].as_array_mut().expect("a list");
            match held.iter_mut().find(|held| held["code"] == reason["code"]) {
                // Of a claim that was finalized with it.
                Some(held) => held["resolved"] = false.into(),
                None => held.push(json!({ "code": reason["code"], "resolved": false })),
            }
        }
        details["pendReasonsAttached"] = codes(&attached).into();
        let loud: Vec<_> = codes(&attached)
            .into_iter()
            .filter(|code| publishing.contains(&text(code)))
            .collect();
        if !loud.is_empty() {
            let event = json!({ "claim": before["code"], "pendReasons": loud, "user": user });
            events.push(("claim.task-opened".to_owned(), event));
        }
    }
    details["statusAfter"] = claim["status"].clone();
    for member in ["preprocessingDone", "pricingDone", "highPriority"] {
        details[member] = claim[member].clone();
    }
    Ok(Reprocessed { claim, details, events })
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

/// A list, empty where there is none.
fn list(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_default()
}

fn codes(items: &[Value]) -> Vec<Value> {
    items.iter().map(|item| item["code"].clone()).collect()
}
