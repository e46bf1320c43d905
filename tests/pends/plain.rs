//! What becomes of a claim's pend reasons, read from the text: slow, plain, and with nothing of the product in it but the
//! shapes that it shows. Claims are JSON here as callers see them, without links.

use serde_json::{Value, json};

use super::fixture::{number, places};

/// What is asked for about a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    Submit,
    /// This pend reason, on the header and on all lines.
    Pend(String),
    /// This pend reason, on all lines.
    LinePend(String),
    /// The pend reason with this number that is attached to the header.
    OfClaim(u32),
    /// The pend reason with this number that is attached to a line.
    OfLine(u32),
}

/// What becomes of it.
#[derive(Debug)]
pub(super) enum Reading {
    /// It is done: 303.
    Done(Box<Done>),
    /// It was done before: 303, and nothing is changed.
    Nothing,
    /// Nothing is changed, and this is the status.
    Refused(u16),
}

/// What is done.
#[derive(Debug)]
pub(super) struct Done {
    pub(super) claim: Value,
    /// The details of the entry in the history.
    pub(super) details: Value,
    /// The rows of the pend history: the pend reason, its level, the bill or line, its number, who, and by what.
    pub(super) rows: Vec<Value>,
    /// The events, by type.
    pub(super) events: Vec<(String, Value)>,
}

/// The statuses in which a claim waits for a human.
const PENDED: [&str; 5] = [
    "CHANGE",
    "MANUAL PRICING",
    "MANUAL PRICING ADJUDICATION",
    "MANUAL BENEFITS",
    "MANUAL ADJUDICATION",
];

impl Asked {
    /// The path of the operation on this claim.
    pub(super) fn path(&self, claim: &Value) -> String {
        let id = &claim["id"];
        match self {
            Self::Submit => format!("/api/claims/{id}/submit"),
            Self::Pend(code) => format!("/api/claims/{id}/resolvepend/{}", encoded(code)),
            Self::LinePend(code) => format!("/api/claims/{id}/resolveclaimlinepend/{}", encoded(code)),
            Self::OfClaim(number) => format!("/api/claimpendreasons/{id}-{number}/resolve"),
            Self::OfLine(number) => format!("/api/claimlinependreasons/{id}-{number}/resolve"),
        }
    }

    /// Where the answer says to look.
    pub(super) fn location(&self, claim: &Value) -> String {
        let id = &claim["id"];
        match self {
            Self::Submit | Self::Pend(_) | Self::LinePend(_) => format!("/api/generic/claims/{id}"),
            Self::OfClaim(number) => format!("/api/generic/claimpendreasons/{id}-{number}"),
            Self::OfLine(number) => format!("/api/generic/claimlinependreasons/{id}-{number}"),
        }
    }

    const fn relation(&self) -> &'static str {
        match self {
            Self::Submit => "claim:submit",
            Self::Pend(_) => "claim:resolvepend",
            Self::LinePend(_) => "claim:resolveclaimlinepend",
            Self::OfClaim(_) => "claimpendreason:resolve",
            Self::OfLine(_) => "claimlinependreason:resolve",
        }
    }

    pub(super) const fn operation(&self) -> &'static str {
        match self {
            Self::Submit => "submit",
            Self::Pend(_) => "resolve-pend",
            Self::LinePend(_) => "resolve-line-pend",
            Self::OfClaim(_) => "resolve-claim-pend-reason",
            Self::OfLine(_) => "resolve-line-pend-reason",
        }
    }

    fn is_about(&self, level: &str, reason: &Value) -> bool {
        match self {
            Self::Submit => true,
            Self::Pend(code) => level != "bill" && reason["code"] == *code,
            Self::LinePend(code) => level == "line" && reason["code"] == *code,
            Self::OfClaim(of) => level == "claim" && number(reason) == *of,
            Self::OfLine(of) => level == "line" && number(reason) == *of,
        }
    }
}

/// Everything that can be asked for about a claim with these pend reasons, and what can be asked for in vain: reasons that
/// are not attached, on levels where they are not, and a number that was not given yet.
pub(super) fn all_that_can_be_asked(claim: &Value) -> Vec<Asked> {
    let mut all = vec![Asked::Submit];
    let places = places(claim);
    let mut codes: Vec<String> = places.iter().map(|(_, _, reason)| text(&reason["code"])).collect();
    codes.sort();
    codes.dedup();
    codes.push("NOT-THERE".to_owned());
    for code in codes {
        all.push(Asked::Pend(code.clone()));
        all.push(Asked::LinePend(code));
    }
    let mut numbers: Vec<u32> = places.iter().map(|(_, _, reason)| number(reason)).collect();
    numbers.push(numbers.iter().max().map_or(1, |last| last + 1));
    for number in numbers {
        all.push(Asked::OfClaim(number));
        all.push(Asked::OfLine(number));
    }
    all
}

/// What becomes of a claim that somebody holds or not.
pub(super) fn reading(before: &Value, held: bool, asked: &Asked, publishing: &[String], user: &str) -> Reading {
    // Every pend reason that it is about, then those of them that nobody has resolved.
    let mut about = places(before);
    about.retain(|(level, _, reason)| asked.is_about(level, reason));
    if about.is_empty() && *asked != Asked::Submit {
        return Reading::Refused(404);
    }
    let mut targets = about;
    targets.retain(|(_, _, reason)| reason["resolved"] == false);
    if targets.is_empty() && *asked != Asked::Submit {
        return Reading::Nothing;
    }
    if !is_open(before, held) || (*asked == Asked::Submit && is_unsent(before)) {
        return Reading::Refused(409);
    }

    let mut claim = before.clone();
    let numbers: Vec<u32> = targets.iter().map(|(_, _, reason)| number(reason)).collect();
    for reasons in all_lists_of_reasons(&mut claim) {
        for reason in reasons.as_array_mut().into_iter().flatten() {
            if numbers.contains(&number(reason)) {
                reason["resolved"] = true.into();
            }
        }
    }
    let (mut resolved, mut rows, mut events, mut codes) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (level, of, reason) in &targets {
        let code = &reason["code"];
        let mut target = json!({ "level": level, "code": code, "number": number(reason) });
        let mut done = json!({ "claim": before["code"], "pendReason": code, "level": level, "user": user });
        if !of.is_null() {
            target["of"] = of.clone();
            done["of"] = of.clone();
        }
        resolved.push(target);
        rows.push(json!([code, level, of, number(reason), user, asked.operation()]));
        if publishing.contains(&text(code)) {
            events.push(("claim.pend-done".to_owned(), done));
        }
        if !codes.contains(code) {
            codes.push(code.clone());
        }
    }
    if !targets.is_empty() {
        let data =
            json!({ "claim": before["code"], "pendReasons": codes, "user": user, "operation": asked.operation() });
        events.push(("claim.pends-resolved".to_owned(), data));
    }
    if *asked == Asked::Submit {
        claim["status"] = "INITIAL".into();
        if !before["claimStatus"].is_null() && before["claimStatus"] != "S" {
            claim["claimStatus"] = "S".into();
            let data = json!({
                "claim": before["code"], "claimNum": before["id"], "claimType": before["claimType"],
                "patNum": text(&before["patient"]).parse::<u64>().expect("a number"),
                "claimStatusBefore": before["claimStatus"], "claimStatus": "S", "user": user,
            });
            events.push(("claim.status-changed".to_owned(), data));
        }
        let data = json!({
            "claim": before["code"], "status": "INITIAL", "preprocessingDone": before["preprocessingDone"],
            "pricingDone": before["pricingDone"], "highPriority": before["highPriority"], "user": user,
        });
        events.push(("claim.submitted".to_owned(), data));
    }
    let details = json!({
        "statusBefore": before["status"], "statusAfter": claim["status"], "pendReasonsResolved": resolved,
    });
    Reading::Done(Box::new(Done {
        claim,
        details,
        rows,
        events,
    }))
}

/// The links of a claim.
pub(super) fn links_of_claim(claim: &Value, held: bool) -> Vec<Value> {
    let id = &claim["id"];
    let mut links = vec![
        json!({ "href": format!("/api/generic/claims/{id}"), "rel": "self", "httpMethod": "GET" }),
        json!({ "href": format!("/api/claims/{id}/status"), "rel": "claim:status", "httpMethod": "GET" }),
    ];
    if is_open(claim, held) {
        let on = |levels: &[&str]| {
            let mut codes = Vec::new();
            for (level, _, reason) in places(claim) {
                let code = text(&reason["code"]);
                if reason["resolved"] == false && levels.contains(&level) && !codes.contains(&code) {
                    codes.push(code);
                }
            }
            codes
        };
        links.extend(
            on(&["claim", "line"])
                .into_iter()
                .map(|code| link_to(claim, &Asked::Pend(code))),
        );
        links.extend(
            on(&["line"])
                .into_iter()
                .map(|code| link_to(claim, &Asked::LinePend(code))),
        );
        if !is_unsent(claim) {
            links.push(link_to(claim, &Asked::Submit));
        }
    }
    links
}

/// The link to resolve an attached pend reason by itself, if there is one.
pub(super) fn link_of_reason(claim: &Value, held: bool, level: &str, reason: &Value) -> Option<Value> {
    let asked = match level {
        "claim" => Asked::OfClaim(number(reason)),
        "line" => Asked::OfLine(number(reason)),
        _ => return None,
    };
    (reason["resolved"] == false && is_open(claim, held)).then(|| link_to(claim, &asked))
}

fn link_to(claim: &Value, asked: &Asked) -> Value {
    json!({ "href": asked.path(claim), "rel": asked.relation(), "httpMethod": "POST" })
}

/// Whether pend reasons of the claim can be resolved as it stands.
fn is_open(claim: &Value, held: bool) -> bool {
    let status = text(&claim["status"]);
    let waits = status == "ENTRY" || PENDED.contains(&status.as_str());
    waits && claim["settlementReason"].is_null() && claim["lockedBy"].is_null() && !held
}

/// Whether the claim began at intake and is not sent yet. One that is pended was sent, whatever has become of it there.
fn is_unsent(claim: &Value) -> bool {
    claim["status"] == "ENTRY" && !claim["claimStatus"].is_null() && claim["claimStatus"] != "S"
}

fn all_lists_of_reasons(claim: &mut Value) -> Vec<&mut Value> {
    let mut lists = Vec::new();
    for (name, member) in claim.as_object_mut().expect("an object") {
        match name.as_str() {
            "pendReasons" => lists.push(member),
            "bills" | "lines" => {
                let parts = member.as_array_mut().expect("a list").iter_mut();
                lists.extend(parts.filter_map(|part| part.get_mut("pendReasons")));
            }
            _ => {}
        }
    }
    lists
}

/// A text as one part of a path.
fn encoded(text: &str) -> String {
    let bytes = text.bytes();
    bytes
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}
