//! A request that cannot be asked, sent to both endpoints and in both formats.

use serde_json::{Map, Value, json};

use super::Client;
use super::client::{JSON, XML};
use crate::support::SAMPLE;

/// What the sample does not have: a reason that needs a source reference.
pub(crate) const STRICT_REASON: &str =
    "{\"kind\":\"unfinalizeReason\",\"payer\":\"ACME\",\"code\":\"UF2\",\"sourceReferenceMandatory\":true}\n";

/// A request: its attributes, and its lists as they are in XML and in JSON.
pub(crate) struct Asked {
    pub(crate) attributes: Vec<(&'static str, &'static str)>,
    pub(crate) lists: Option<(&'static str, Value)>,
}

impl Asked {
    fn attributes(&self) -> Vec<(&'static str, &'static str)> {
        let given = |name| self.attributes.iter().any(|(given, _)| *given == name);
        let usual = [("reprocess", "false"), ("processType", "CLAIM")];
        let mut all: Vec<_> = usual.into_iter().filter(|(name, _)| !given(*name)).collect();
        all.extend(&self.attributes);
        all
    }

    pub(crate) fn xml(&self) -> String {
        let attributes: String = self
            .attributes()
            .iter()
            .map(|(name, value)| format!(" {name}=\"{value}\""))
            .collect();
        let lists = self.lists.as_ref().map_or("", |(xml, _)| xml);
        format!("<claimReprocessingCriteriaRequest{attributes}>{lists}</claimReprocessingCriteriaRequest>")
    }

    pub(crate) fn json(&self) -> String {
        let attributes = self.attributes();
        let mut members: Map<_, _> = attributes
            .iter()
            .map(|(name, value)| (name.to_string(), json!(value)))
            .collect();
        members.extend(
            self.lists
                .iter()
                .flat_map(|(_, json)| json.as_object().cloned().unwrap_or_default()),
        );
        Value::Object(members).to_string()
    }
}

/// Both endpoints refuse the request with these messages, in both formats.
pub(crate) fn check(asked: &Asked, expected: &[(&str, &str)]) {
    let (client, _place) = Client::on(&format!("{SAMPLE}{STRICT_REASON}"));
    check_with(&client, asked, expected);
}

/// The same, by a caller that there is already.
pub(crate) fn check_with(client: &Client, asked: &Asked, expected: &[(&str, &str)]) {
    for path in ["/api/claimsreprocesscriteria", "/api/claimsreprocesscount"] {
        for (content_type, body) in [(XML, asked.xml()), (JSON, asked.json())] {
            let headers = [("content-type", content_type), ("accept", JSON)];
            let answer = client.send(axum::http::Method::POST, path, &headers, body.clone());
            assert_eq!(answer.status, 400, "{path} {body}: {}", answer.text);
            assert!(answer.headers.get("location").is_none(), "nothing was started");
            let json = answer.json();
            assert_eq!(json["resultMessages"][0]["result"], "F");
            assert_eq!(json["resultMessages"][0]["elementId"], "");
            let messages: Vec<_> = answer
                .messages()
                .into_iter()
                .map(|(code, text)| (code, without_places(&text)))
                .collect();
            let messages: Vec<_> = messages
                .iter()
                .map(|(code, text)| (code.as_str(), text.as_str()))
                .collect();
            assert_eq!(messages, expected, "{path} {body}");
        }
    }
}

/// A text of messages without the places that XML has and JSON has not.
pub(crate) fn without_places(text: &str) -> String {
    let mut parts = text.split(" (line ");
    let mut whole = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        whole.push_str(part.split_once(')').map_or(part, |(_, rest)| rest));
    }
    whole
}
