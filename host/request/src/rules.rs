//! The requests of managing rules: what is to decide, whose signatures count, what is asked of components.

use reprise_model::{Day, Message};

use crate::document::{Document, Value};
use crate::fields::{Fields, Findings};
use crate::root::{
    ACTIVATION_ROOT, DEACTIVATION_ROOT, KEY_ROOT, REINSTATEMENT_ROOT, ROLLBACK_ROOT, RULES_POLICY_ROOT, SIGNATURE_ROOT,
    root_object,
};
use crate::webhook::texts_of;

/// How long a caller may have waited for every server to follow, in seconds.
pub const ACTIVATION_WAIT_SECONDS_MAX: u64 = 60;
/// How long is waited where a caller says nothing.
const WAIT_SECONDS_DEFAULT: u64 = 10;

/// Components that are to decide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RulesActivationRequest {
    /// The components, each by its digest, at least 8 digits that it begins with, or `name@version`.
    pub components: Vec<String>,
    /// The kinds that are left to the platform's default.
    pub defaults: Vec<String>,
    /// Why.
    pub reason: String,
    /// How long is waited for every server to follow.
    pub wait_seconds: u64,
}

/// That what decided before is to decide again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RulesRollbackRequest {
    /// The generation to go back to; the one that decided before if absent.
    pub to: Option<i64>,
    /// Why.
    pub reason: String,
    /// How long is waited for every server to follow.
    pub wait_seconds: u64,
}

/// Why something is to be done, where there is no more to be said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RulesReasonRequest {
    /// Why.
    pub reason: String,
    /// How long is waited for every server to follow.
    pub wait_seconds: u64,
}

/// A key whose signatures are to count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedKeyRequest {
    /// The public key, in hexadecimal digits or as base64.
    pub public_key: String,
    /// Whose it is, or what it is for.
    pub comment: String,
    /// The last day on which it is trusted; for ever if absent.
    pub expires: Option<Day>,
}

/// What is to be changed of what is asked of components. What is absent stays as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RulesPolicyRequest {
    /// Whether only components are taken that a trusted key has signed.
    pub require_signature: Option<bool>,
    /// Whether what decided before decides again once a component is quarantined.
    pub return_after_quarantine: Option<bool>,
}

/// A signature under a component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComponentSignatureRequest {
    /// The component's digest.
    pub digest: String,
    /// What is signed beside it, as JSON.
    pub manifest: String,
    /// The key's id.
    pub key_id: String,
    /// The signature as base64.
    pub signature: String,
}

#[derive(Clone, Copy, PartialEq)]
enum Deciding {
    Components,
    Defaults,
    To,
    Reason,
    WaitSeconds,
}

const COMPONENTS: (&str, Deciding) = ("components", Deciding::Components);
const DEFAULTS: (&str, Deciding) = ("defaults", Deciding::Defaults);
const TO: (&str, Deciding) = ("to", Deciding::To);
const REASON: (&str, Deciding) = ("reason", Deciding::Reason);
const WAIT_SECONDS: (&str, Deciding) = ("waitSeconds", Deciding::WaitSeconds);

/// Reads a request to activate components.
pub fn read_rules_activation_request(document: &Document) -> Result<RulesActivationRequest, Vec<Message>> {
    let object = root_object(document, &[ACTIVATION_ROOT]).map_err(|message| vec![message])?;
    let mut findings = Findings::default();
    let fields = object.named(&[COMPONENTS, DEFAULTS, REASON, WAIT_SECONDS], |_| false, &mut findings);
    if fields.get(Deciding::Defaults).is_none() {
        fields.require(Deciding::Components, "components", &mut findings);
    }
    let request = RulesActivationRequest {
        components: texts(&fields, Deciding::Components, "component", &mut findings),
        defaults: texts(&fields, Deciding::Defaults, "default", &mut findings),
        reason: mandatory(&fields, Deciding::Reason, "reason", &mut findings),
        wait_seconds: wait_seconds(&fields, &mut findings),
    };
    or_findings(request, findings)
}

/// Reads a request to go back to what decided before.
pub fn read_rules_rollback_request(document: &Document) -> Result<RulesRollbackRequest, Vec<Message>> {
    let object = root_object(document, &[ROLLBACK_ROOT]).map_err(|message| vec![message])?;
    let mut findings = Findings::default();
    let fields = object.named(&[TO, REASON, WAIT_SECONDS], |_| false, &mut findings);
    let in_range = |number: &i64| *number > 0;
    let request = RulesRollbackRequest {
        to: whole(
            &fields,
            Deciding::To,
            "the number of a generation",
            in_range,
            &mut findings,
        ),
        reason: mandatory(&fields, Deciding::Reason, "reason", &mut findings),
        wait_seconds: wait_seconds(&fields, &mut findings),
    };
    or_findings(request, findings)
}

/// Reads a request to leave deciding to the platform's default.
pub fn read_rules_deactivation_request(document: &Document) -> Result<RulesReasonRequest, Vec<Message>> {
    read_reason(document, DEACTIVATION_ROOT)
}

/// Reads a request to let a component decide again that was quarantined.
pub fn read_rules_reinstatement_request(document: &Document) -> Result<RulesReasonRequest, Vec<Message>> {
    read_reason(document, REINSTATEMENT_ROOT)
}

fn read_reason(document: &Document, root: &str) -> Result<RulesReasonRequest, Vec<Message>> {
    let object = root_object(document, &[root]).map_err(|message| vec![message])?;
    let mut findings = Findings::default();
    let fields = object.named(&[REASON, WAIT_SECONDS], |_| false, &mut findings);
    let request = RulesReasonRequest {
        reason: mandatory(&fields, Deciding::Reason, "reason", &mut findings),
        wait_seconds: wait_seconds(&fields, &mut findings),
    };
    or_findings(request, findings)
}

/// Reads a request to trust a key.
pub fn read_trusted_key_request(document: &Document) -> Result<TrustedKeyRequest, Vec<Message>> {
    let object = root_object(document, &[KEY_ROOT]).map_err(|message| vec![message])?;
    let mut findings = Findings::default();
    let fields = object.named(
        &[("publicKey", 0), ("comment", 1), ("expires", 2)],
        |_| false,
        &mut findings,
    );
    let request = TrustedKeyRequest {
        public_key: mandatory(&fields, 0, "publicKey", &mut findings),
        comment: mandatory(&fields, 1, "comment", &mut findings),
        expires: fields.day(2, &mut findings),
    };
    or_findings(request, findings)
}

/// Reads a request to change what is asked of components.
pub fn read_rules_policy_request(document: &Document) -> Result<RulesPolicyRequest, Vec<Message>> {
    let object = root_object(document, &[RULES_POLICY_ROOT]).map_err(|message| vec![message])?;
    let mut findings = Findings::default();
    let fields = object.named(
        &[("requireSignature", 0), ("returnAfterQuarantine", 1)],
        |_| false,
        &mut findings,
    );
    let request = RulesPolicyRequest {
        require_signature: fields.truth(0, &mut findings),
        return_after_quarantine: fields.truth(1, &mut findings),
    };
    or_findings(request, findings)
}

/// Reads a signature under a component.
pub fn read_component_signature_request(document: &Document) -> Result<ComponentSignatureRequest, Vec<Message>> {
    let object = root_object(document, &[SIGNATURE_ROOT]).map_err(|message| vec![message])?;
    let mut findings = Findings::default();
    let names = [("digest", 0), ("manifest", 1), ("keyId", 2), ("signature", 3)];
    let fields = object.named(&names, |_| false, &mut findings);
    let request = ComponentSignatureRequest {
        digest: mandatory(&fields, 0, "digest", &mut findings),
        manifest: mandatory(&fields, 1, "manifest", &mut findings),
        key_id: mandatory(&fields, 2, "keyId", &mut findings),
        signature: mandatory(&fields, 3, "signature", &mut findings),
    };
    or_findings(request, findings)
}

/// A text that has to be there.
fn mandatory<T: Copy + PartialEq>(fields: &Fields<'_, T>, target: T, name: &str, findings: &mut Findings) -> String {
    fields.require(target, name, findings);
    fields.text(target, findings).unwrap_or_default()
}

/// A list of texts; none if it is absent.
fn texts<T: Copy + PartialEq>(fields: &Fields<'_, T>, target: T, item: &str, findings: &mut Findings) -> Vec<String> {
    let Some(member) = fields.get(target) else {
        return Vec::new();
    };
    texts_of(&member.value, item, fields.object.media_type).unwrap_or_else(|reason| {
        fields.bad_value(target, &reason, findings);
        Vec::new()
    })
}

fn wait_seconds(fields: &Fields<'_, Deciding>, findings: &mut Findings) -> u64 {
    let what = format!("a whole number from 0 to {ACTIVATION_WAIT_SECONDS_MAX}");
    let in_range = |seconds: &u64| *seconds <= ACTIVATION_WAIT_SECONDS_MAX;
    whole(fields, Deciding::WaitSeconds, &what, in_range, findings).unwrap_or(WAIT_SECONDS_DEFAULT)
}

/// A whole number in a range; none if it is absent.
fn whole<N: std::str::FromStr>(
    fields: &Fields<'_, Deciding>,
    target: Deciding,
    what: &str,
    in_range: impl Fn(&N) -> bool,
    findings: &mut Findings,
) -> Option<N> {
    let member = fields.get(target)?;
    let number = match &member.value {
        Value::Text(text) | Value::Integer(text) => text.parse().ok(),
        _ => None,
    };
    let number = number.filter(in_range);
    if number.is_none() {
        let reason = format!("it is {}, and has to be {what}", member.value.described());
        fields.bad_value(target, &reason, findings);
    }
    number
}

fn or_findings<T>(value: T, findings: Findings) -> Result<T, Vec<Message>> {
    match findings.into_messages() {
        messages if messages.is_empty() => Ok(value),
        messages => Err(messages),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MediaType;

    fn document(body: &str) -> Document {
        let media_type = if body.starts_with('<') {
            MediaType::Xml
        } else {
            MediaType::Json
        };
        Document::read(body.as_bytes(), media_type).expect("well-formed")
    }

    #[test]
    fn an_activation_is_read_in_both_formats() {
        let expected = RulesActivationRequest {
            components: vec!["0123abcd".to_owned(), "any-diagnosis@0.1.0".to_owned()],
            defaults: vec![],
            reason: "the July rules".to_owned(),
            wait_seconds: 3,
        };
        for body in [
            r#"{"components": ["0123abcd", "any-diagnosis@0.1.0"], "reason": "the July rules", "waitSeconds": 3}"#,
            r#"<activation reason="the July rules" waitSeconds="3"><components><component value="0123abcd"/><component value="any-diagnosis@0.1.0"/></components></activation>"#,
        ] {
            assert_eq!(
                read_rules_activation_request(&document(body)),
                Ok(expected.clone()),
                "{body}"
            );
        }
        let alone = read_rules_activation_request(&document(r#"{"defaults": ["criteria"], "reason": "back"}"#));
        let alone = alone.expect("readable");
        assert_eq!((alone.defaults, alone.wait_seconds), (vec!["criteria".to_owned()], 10));
    }

    #[test]
    fn the_others_are_read_too() {
        assert_eq!(
            read_rules_rollback_request(&document(r#"<rollback to="4" reason="it was bad"/>"#)),
            Ok(RulesRollbackRequest {
                to: Some(4),
                reason: "it was bad".to_owned(),
                wait_seconds: 10
            })
        );
        let deactivation = read_rules_deactivation_request(&document(r#"{"reason": "it is over", "waitSeconds": 0}"#));
        assert_eq!(deactivation.expect("readable").wait_seconds, 0);
        let reinstatement =
            read_rules_reinstatement_request(&document(r#"<reinstatement reason="the disk was slow"/>"#));
        assert_eq!(reinstatement.expect("readable").reason, "the disk was slow");
        let key = r#"{"publicKey": "00ff", "comment": "the release key", "expires": "2027-12-31"}"#;
        let key = read_trusted_key_request(&document(key)).expect("readable");
        assert_eq!(key.expires.map(|day| day.to_string()).as_deref(), Some("2027-12-31"));
        let policy = read_rules_policy_request(&document(r#"<rulesPolicy requireSignature="Y"/>"#));
        assert_eq!(
            policy,
            Ok(RulesPolicyRequest {
                require_signature: Some(true),
                return_after_quarantine: None
            })
        );
        let signature = r#"{"digest": "a", "manifest": "{}", "keyId": "b", "signature": "c"}"#;
        assert_eq!(
            read_component_signature_request(&document(signature))
                .expect("readable")
                .manifest,
            "{}"
        );
    }

    #[test]
    fn what_is_wrong_is_told() {
        for (body, words) in [
            (r#"{"components": ["0123abcd"]}"#, "`reason` is missing"),
            (r#"{"reason": "none is named"}"#, "`components` is missing"),
            (r#"{"components": "a@1", "reason": "x"}"#, "a list of texts"),
            (r#"{"components": [], "reason": "x", "to": 3}"#, "not known here"),
            (
                r#"{"components": [], "reason": "x", "waitSeconds": 61}"#,
                "from 0 to 60",
            ),
        ] {
            let said = read_rules_activation_request(&document(body)).expect_err(body);
            let said: Vec<_> = said.iter().map(Message::text).collect();
            assert!(said.join("; ").contains(words), "{body}: {said:?}");
        }
        for body in [r#"{"to": 0, "reason": "x"}"#, r#"{"to": "the last", "reason": "x"}"#] {
            let said = read_rules_rollback_request(&document(body)).expect_err(body);
            assert!(said[0].text().contains("the number of a generation"), "{said:?}");
        }
    }
}
