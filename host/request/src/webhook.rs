//! The request to make a webhook.

use std::collections::BTreeMap;
use std::fmt;

use reprise_model::{Message, MessageKey};

use crate::document::{Document, Member, Value};
use crate::fields::{Fields, Findings};
use crate::media::MediaType;
use crate::place::quoted;
use crate::root::{WEBHOOK_ROOT, root_object};

/// How long a URL may be.
const URL_BYTES_MAX: usize = 2_000;
/// How many types, members or values of a member a filter may name.
const FILTER_ITEMS_MAX: usize = 100;
/// How long a type, a member's name or a value may be.
const FILTER_BYTES_MAX: usize = 200;
/// How long a secret may be, from and to.
const SECRET_BYTES: (usize, usize) = (16, 200);

/// A webhook that is asked for.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookRequest {
    /// Its code.
    pub code: String,
    /// Where events are to be sent.
    pub url: String,
    /// Of which types; of every type if there is none.
    pub types: Vec<String>,
    /// Which values members of an event's data are to have.
    pub members: BTreeMap<String, Vec<String>>,
    /// What requests are to be signed with; something random if absent.
    pub secret: Option<String>,
    /// After which position to begin; with what happens from now on if absent.
    pub after: Option<u64>,
}

/// The secret is not printed.
impl fmt::Debug for WebhookRequest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("WebhookRequest")
            .field("code", &self.code)
            .field("url", &self.url)
            .field("types", &self.types)
            .field("members", &self.members)
            .field("after", &self.after)
            .finish_non_exhaustive()
    }
}

#[derive(Clone, Copy, PartialEq)]
enum WebhookMember {
    Code,
    Url,
    Types,
    Where,
    Secret,
    After,
}

/// Reads a request for a webhook. Everything that is wrong with it in itself is in the error; `check_url` says what is
/// wrong with a URL.
pub fn read_webhook_request(
    document: &Document,
    check_url: impl Fn(&str) -> Result<(), String>,
) -> Result<WebhookRequest, Vec<Message>> {
    const NAMES: &[(&str, WebhookMember)] = &[
        ("code", WebhookMember::Code),
        ("url", WebhookMember::Url),
        ("types", WebhookMember::Types),
        ("where", WebhookMember::Where),
        ("secret", WebhookMember::Secret),
        ("after", WebhookMember::After),
    ];
    let object = root_object(document, &[WEBHOOK_ROOT]).map_err(|message| vec![message])?;
    let mut findings = Findings::default();
    let fields = object.named(NAMES, |_| false, &mut findings);
    let code = fields.mandatory_code(WebhookMember::Code, "code", &mut findings);
    let url = read_url(&fields, check_url, &mut findings);
    let types = read_types(&fields, &mut findings);
    let members = read_members(&fields, &mut findings);
    let secret = read_secret(&fields, &mut findings);
    let after = read_after(&fields, &mut findings);
    match (code, url, findings.into_messages()) {
        (Some(code), Some(url), findings) if findings.is_empty() => Ok(WebhookRequest {
            code,
            url,
            types,
            members,
            secret,
            after,
        }),
        (_, _, findings) => Err(findings),
    }
}

fn read_url(
    fields: &Fields<'_, WebhookMember>,
    check_url: impl Fn(&str) -> Result<(), String>,
    findings: &mut Findings,
) -> Option<String> {
    fields.require(WebhookMember::Url, "url", findings);
    let url = fields.text(WebhookMember::Url, findings)?;
    let checked = if url.len() > URL_BYTES_MAX {
        Err(format!("it is {} bytes long; {URL_BYTES_MAX} are allowed", url.len()))
    } else {
        check_url(&url)
    };
    match checked {
        Ok(()) => Some(url),
        Err(reason) => {
            fields.bad_value(WebhookMember::Url, &reason, findings);
            None
        }
    }
}

fn read_types(fields: &Fields<'_, WebhookMember>, findings: &mut Findings) -> Vec<String> {
    let Some(member) = fields.get(WebhookMember::Types) else {
        return Vec::new();
    };
    let types = match texts_of(&member.value, "type", fields.object.media_type) {
        Ok(types) => types,
        Err(reason) => {
            fields.bad_value(WebhookMember::Types, &reason, findings);
            return Vec::new();
        }
    };
    let is_type = |text: &str| {
        let has_right_letters = text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte == b'.' || byte == b'-');
        (1..=FILTER_BYTES_MAX).contains(&text.len()) && has_right_letters
    };
    for wrong in types.iter().filter(|text| !is_type(text)) {
        let reason = format!(
            "{} is no type of event; one is written in lower case with dots and hyphens, such as claim.resubmitted",
            quoted(wrong)
        );
        fields.bad_value(WebhookMember::Types, &reason, findings);
    }
    types
}

fn read_members(fields: &Fields<'_, WebhookMember>, findings: &mut Findings) -> BTreeMap<String, Vec<String>> {
    let mut members = BTreeMap::new();
    let Some(member) = fields.get(WebhookMember::Where) else {
        return members;
    };
    let mut wrong = |reason: &str| fields.bad_value(WebhookMember::Where, reason, findings);
    let Value::Object(given) = &member.value else {
        let reason = format!(
            "it is {}, and has to be an object of names and lists of values, such as {{\"claim\": [\"C1\"]}}",
            member.value.described()
        );
        wrong(&reason);
        return members;
    };
    if given.len() > FILTER_ITEMS_MAX {
        wrong(&format!(
            "it names {} members; {FILTER_ITEMS_MAX} are allowed",
            given.len()
        ));
        return members;
    }
    for given in given {
        match read_member(given, fields.object.media_type) {
            Ok((name, values)) => {
                if members.insert(name.clone(), values).is_some() {
                    wrong(&format!("it names {} more than once", quoted(&name)));
                }
            }
            Err(reason) => wrong(&reason),
        }
    }
    members
}

/// A member's name and the values that it may have. In XML it is an element `member` with the attribute `name`.
fn read_member(given: &Member, media_type: MediaType) -> Result<(String, Vec<String>), String> {
    let (name, value) = match (&given.value, media_type) {
        (value, MediaType::Json) => (given.name.as_str(), value),
        (Value::Object(parts), MediaType::Xml) if given.name == "member" => match parts.as_slice() {
            [name, values] if name.name == "name" && values.name == "value" => match &name.value {
                Value::Text(name) => (name.as_str(), &values.value),
                _ => return Err(MEMBER_IN_XML.to_owned()),
            },
            _ => return Err(MEMBER_IN_XML.to_owned()),
        },
        (_, MediaType::Xml) => return Err(MEMBER_IN_XML.to_owned()),
    };
    if !(1..=FILTER_BYTES_MAX).contains(&name.len()) {
        return Err(format!(
            "the name of a member is {} bytes long; it can have 1 to {FILTER_BYTES_MAX}",
            name.len()
        ));
    }
    let values = texts_of(value, "item", media_type).map_err(|reason| format!("{}: {reason}", quoted(name)))?;
    if values.is_empty() {
        return Err(format!("{} has no value, so no event would be sent", quoted(name)));
    }
    if values.iter().any(|value| value.len() > FILTER_BYTES_MAX) {
        return Err(format!(
            "{} has a value longer than {FILTER_BYTES_MAX} bytes, which is how long one can be",
            quoted(name)
        ));
    }
    Ok((name.to_owned(), values))
}

const MEMBER_IN_XML: &str =
    "it is written as <where><member name=\"NAME\"><value><item value=\"VALUE\"/></value></member></where>";

/// A list of texts, numbers and truths, as texts. In XML they are child elements of this name with the attribute `value`.
pub(crate) fn texts_of(value: &Value, item: &str, media_type: MediaType) -> Result<Vec<String>, String> {
    let texts: Option<Vec<String>> = match (value, media_type) {
        (Value::List(items), MediaType::Json) => items.iter().map(text_of).collect(),
        (Value::Object(children), MediaType::Xml) => children
            .iter()
            .map(|child| match &child.value {
                Value::Object(parts) if child.name == item => match parts.as_slice() {
                    [only] if only.name == "value" => text_of(&only.value),
                    _ => None,
                },
                _ => None,
            })
            .collect(),
        _ => None,
    };
    match texts {
        Some(texts) if texts.len() > FILTER_ITEMS_MAX => {
            Err(format!("it lists {}; {FILTER_ITEMS_MAX} are allowed", texts.len()))
        }
        Some(texts) => Ok(texts),
        None if media_type == MediaType::Json => {
            Err(format!("it has to be a list of texts, and is {}", value.described()))
        }
        None => Err(format!("it has to hold elements <{item} value=\"VALUE\"/>")),
    }
}

fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) | Value::Integer(text) => Some(text.clone()),
        Value::Truth(truth) => Some(truth.to_string()),
        Value::Null | Value::Fraction(_) | Value::List(_) | Value::Object(_) => None,
    }
}

/// What is wrong with a secret is said without the secret.
fn read_secret(fields: &Fields<'_, WebhookMember>, findings: &mut Findings) -> Option<String> {
    let (shortest, longest) = SECRET_BYTES;
    let reason = match &fields.get(WebhookMember::Secret)?.value {
        Value::Text(text) if !(shortest..=longest).contains(&text.len()) => {
            format!("it is {} bytes long; it can have {shortest} to {longest}", text.len())
        }
        Value::Text(text) if !text.bytes().all(|byte| byte.is_ascii_graphic()) => {
            "it holds characters other than the visible ones of ASCII".to_owned()
        }
        Value::Text(text) => return Some(text.clone()),
        _ => "it has to be a text".to_owned(),
    };
    fields.bad_value(WebhookMember::Secret, &reason, findings);
    None
}

fn read_after(fields: &Fields<'_, WebhookMember>, findings: &mut Findings) -> Option<u64> {
    let member = fields.get(WebhookMember::After)?;
    let after = match &member.value {
        Value::Text(text) | Value::Integer(text) => text.parse().ok(),
        _ => None,
    };
    if after.is_none() {
        let reason = format!(
            "it is {}, and is the position of an event, or 0",
            member.value.described()
        );
        let label = fields.object.label(member);
        findings.add(Message::new(MessageKey::BadValue, [&label, &reason]));
    }
    after
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{WebhookRequest, read_webhook_request};
    use crate::{Document, MediaType};

    fn read(body: &str) -> Result<WebhookRequest, String> {
        let media_type = if body.starts_with('<') {
            MediaType::Xml
        } else {
            MediaType::Json
        };
        let document = Document::read(body.as_bytes(), media_type).expect("well-formed");
        read_webhook_request(&document, |_| Ok(())).map_err(|messages| {
            messages
                .iter()
                .map(|message| message.text())
                .collect::<Vec<_>>()
                .join("; ")
        })
    }

    #[test]
    fn both_formats_say_the_same() {
        let expected = WebhookRequest {
            code: "W".to_owned(),
            url: "http://a/".to_owned(),
            types: vec!["claim.created".to_owned(), "claim.changed".to_owned()],
            members: BTreeMap::from([
                ("claimStatus".to_owned(), vec!["W".to_owned(), "7".to_owned()]),
                ("of the".to_owned(), vec!["true".to_owned()]),
            ]),
            secret: Some("0123456789abcdef".to_owned()),
            after: Some(7),
        };
        for body in [
            r#"{"code":"W","url":"http://a/","types":["claim.created","claim.changed"],"secret":"0123456789abcdef",
                "where":{"claimStatus":["W",7],"of the":[true]},"after":7}"#,
            r#"{"webhook":{"code":"W","url":"http://a/","types":["claim.created","claim.changed"],"after":"7",
                "secret":"0123456789abcdef","where":{"claimStatus":["W","7"],"of the":["true"]}}}"#,
            r#"<webhook code="W" url="http://a/" secret="0123456789abcdef" after="7">
                <types><type value="claim.created"/><type value="claim.changed"/></types>
                <where><member name="claimStatus"><value><item value="W"/><item value="7"/></value></member>
                <member name="of the"><value><item value="true"/></value></member></where></webhook>"#,
        ] {
            assert_eq!(read(body), Ok(expected.clone()), "{body}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_without_the_secret() {
        for (members, words) in [
            (
                r#""after":-1"#,
                "`after` has a value that it cannot have: it is the number -1",
            ),
            (
                r#""after":1.5"#,
                "it is the number 1.5, and is the position of an event, or 0",
            ),
            (
                r#""types":"claim.created""#,
                "it has to be a list of texts, and is the text `claim.created`",
            ),
            (r#""types":["Claim"]"#, "`Claim` is no type of event"),
            (r#""types":[""]"#, "is no type of event"),
            (r#""types":[null]"#, "it has to be a list of texts"),
            (r#""where":["W"]"#, "has to be an object of names and lists of values"),
            (
                r#""where":{"a":"W"}"#,
                "`a`: it has to be a list of texts, and is the text `W`",
            ),
            (r#""where":{"a":[]}"#, "`a` has no value, so no event would be sent"),
            (r#""where":{"a":["1"],"a":["2"]}"#, "it names `a` more than once"),
            (r#""where":{"":["1"]}"#, "the name of a member is 0 bytes long"),
            (r#""secret":"too short""#, "it is 9 bytes long; it can have 16 to 200"),
            (
                r#""secret":"with a blank, so bad""#,
                "other than the visible ones of ASCII",
            ),
            (r#""secret":1234567890123456"#, "it has to be a text"),
            (r#""secrets":"0123456789abcdef""#, "`secrets` is not known here"),
        ] {
            let body = format!(r#"{{"code":"W","url":"http://a/",{members}}}"#);
            let said = read(&body).expect_err(&body);
            assert!(said.contains(words), "{said}");
            for secret in ["too short", "with a blank", "1234567890123456", "0123456789abcdef"] {
                assert!(!said.contains(secret), "{said}");
            }
        }
        let long = format!(r#"{{"code":"W","url":"http://{}/"}}"#, "a".repeat(2_000));
        let said = read(&long).expect_err("too long");
        assert!(said.contains("it is 2008 bytes long; 2000 are allowed"), "{said}");
        let said =
            read(r#"<webhook><types><kind value="a"/></types><where><a/></where></webhook>"#).expect_err("wrong");
        for words in [
            "`code` is missing",
            "`url` is missing",
            "elements <type value=\"VALUE\"/>",
            "<where><member name=\"NAME\">",
        ] {
            assert!(said.contains(words), "{said}");
        }
    }
}
