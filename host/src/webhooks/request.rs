//! The request that an event is sent in: what it says, how it is signed, and what its answer means.

use std::time::{SystemTime, UNIX_EPOCH};

use hmac::{Hmac, KeyInit as _, Mac as _};
use reprise_store::{Event, Webhook};
use sha2::Sha256;
use ureq::unversioned::resolver::DefaultResolver;
use ureq::unversioned::transport::DefaultConnector;

use super::destinations::Guard;
use super::{WebhookDestinations, WebhookSettings};
use crate::events::event_value;

/// What is read of an answer, so that its connection can be used for the next event. A longer one costs a connection.
const ANSWER_BYTES_MAX: u64 = 64 << 10;
/// How many connections are kept, in all and to one host.
const CONNECTIONS_KEPT: (usize, usize) = (256, 32);

/// What became of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Attempted {
    /// The endpoint has taken the event.
    Taken,
    /// It has not, for this reason.
    NotTaken(String),
    /// It says that there is no endpoint any more.
    Gone(String),
}

/// What sends requests, and sends none where they may not lead.
pub(super) fn agent(settings: &WebhookSettings, destinations: WebhookDestinations) -> ureq::Agent {
    let configuration = ureq::Agent::config_builder()
        .timeout_global(Some(settings.request_time_max))
        .http_status_as_error(false)
        // What is signed is for the endpoint that was set, not for where it sends us.
        .max_redirects(0)
        .max_redirects_will_error(false)
        .max_idle_connections(CONNECTIONS_KEPT.0)
        .max_idle_connections_per_host(CONNECTIONS_KEPT.1)
        .user_agent(concat!("reprise/", env!("CARGO_PKG_VERSION")))
        .build();
    let guard = Guard {
        destinations,
        resolver: DefaultResolver::default(),
    };
    ureq::Agent::with_parts(configuration, DefaultConnector::default(), guard)
}

/// Tries to send an event, for the so-manieth time, signed with the webhook's secret.
pub(super) fn attempt(
    agent: &ureq::Agent,
    webhook: &Webhook,
    secret: &str,
    event: &Event,
    number: u32,
    resent: bool,
) -> Attempted {
    let body = body(&webhook.payer, event);
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let signature = match signature(secret, since.as_secs(), &body) {
        Ok(signature) => signature,
        Err(error) => return Attempted::NotTaken(format!("it could not be signed: {error}")),
    };
    let mut request = agent
        .post(&webhook.url)
        .header("Content-Type", "application/json")
        .header("Reprise-Webhook", header_text(&webhook.code))
        .header("Reprise-Event", event.position.to_string())
        .header("Reprise-Attempt", number.to_string())
        .header("Reprise-Signature", signature);
    if resent {
        request = request.header("Reprise-Resent", "true");
    }
    let mut response = match request.send(&body) {
        Ok(response) => response,
        Err(error) => return Attempted::NotTaken(format!("it could not be sent: {error}")),
    };
    let status = response.status();
    // The status says it all. A body that is too long or does not end costs the connection, not the event.
    let _ = response.body_mut().with_config().limit(ANSWER_BYTES_MAX).read_to_vec();
    if status.is_success() {
        Attempted::Taken
    } else if status == ureq::http::StatusCode::GONE {
        Attempted::Gone(format!("the endpoint answered {status}"))
    } else {
        Attempted::NotTaken(format!("the endpoint answered {status}"))
    }
}

/// What is sent of an event: what the feed shows of it, and whose it is.
fn body(payer: &str, event: &Event) -> String {
    let mut value = event_value(event);
    value["payer"] = payer.into();
    value.to_string()
}

/// A code as a header holds it: visible characters of ASCII as they are, all else as bytes in percent notation.
fn header_text(code: &str) -> String {
    let mut text = String::with_capacity(code.len());
    for byte in code.bytes() {
        if byte.is_ascii_graphic() && byte != b'%' {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}

/// What proves that a body comes from whoever knows the secret, and when it was sent.
fn signature(secret: &str, at_s: u64, body: &str) -> Result<String, hmac::digest::InvalidLength> {
    let mut code = Hmac::<Sha256>::new_from_slice(secret.as_bytes())?;
    code.update(at_s.to_string().as_bytes());
    code.update(b".");
    code.update(body.as_bytes());
    Ok(format!("t={at_s},v1={}", hexadecimal(&code.finalize().into_bytes())))
}

pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use reprise_store::Event;
    use serde_json::json;

    use super::{body, header_text, signature};

    #[test]
    fn a_signature_is_of_the_time_and_the_body() {
        // Computed by another's implementation: `printf '%s' '1700000000.{"a":1}' | openssl dgst -sha256 -hmac …`.
        assert_eq!(
            signature("0123456789abcdef", 1_700_000_000, r#"{"a":1}"#).expect("signed"),
            "t=1700000000,v1=9eb18f493f8ec135d9eb2dad817c369bb4e9cbfa818657897a7437c1cd8c3a23"
        );
        let signed = signature("0123456789abcdef", 1_700_000_000, "x");
        assert_ne!(signed, signature("0123456789abcdeF", 1_700_000_000, "x"));
        assert_ne!(signed, signature("0123456789abcdef", 1_700_000_001, "x"));
    }

    #[test]
    fn a_body_is_the_event_and_its_payer() {
        let event = Event {
            position: 7,
            kind: "claim.resubmitted".to_owned(),
            claim: 3,
            at_ms: 1_500,
            details: json!({ "claim": "C1" }),
        };
        assert_eq!(
            body("ACME", &event),
            r#"{"position":7,"type":"claim.resubmitted","claim":3,"time":"1970-01-01T00:00:01.5Z","data":{"claim":"C1"},"payer":"ACME"}"#
        );
    }

    #[test]
    fn a_code_is_a_header_whatever_it_holds() {
        for (code, header) in [("PARTNER-1", "PARTNER-1"), ("a b%ä", "a%20b%25%C3%A4")] {
            assert_eq!(header_text(code), header);
        }
    }
}
