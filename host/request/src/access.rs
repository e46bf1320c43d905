//! The requests of access management: payers, principals, roles and tokens.

use std::collections::BTreeSet;

use reprise_model::{Message, MessageKey, check_code};

use crate::document::{Document, Value};
use crate::fields::{Fields, Findings};
use crate::place::quoted;
use crate::root::{PAYER_ROOT, PRINCIPAL_ROOT, ROLE_ROOT, TOKEN_ROOT, root_object};
use crate::webhook::texts_of;

/// For how many days a token may be good: ten years.
pub const TOKEN_DAYS_MAX: u32 = 3_653;

/// A principal that is asked for, or what is to be changed of one. What is absent stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PrincipalRequest {
    /// Its name; where one is created it has to be given, and it cannot be changed.
    pub name: Option<String>,
    /// Its roles, by name.
    pub roles: Option<Vec<String>>,
    /// What an issuer calls it; an empty text is nothing.
    pub subject: Option<String>,
    /// Whether it may not ask for anything.
    pub disabled: Option<bool>,
}

#[derive(Clone, Copy, PartialEq)]
enum PrincipalMember {
    Name,
    Roles,
    Subject,
    Disabled,
}

/// Reads a request about a principal. Everything that is wrong with it in itself is in the error.
pub fn read_principal_request(document: &Document) -> Result<PrincipalRequest, Vec<Message>> {
    const NAMES: &[(&str, PrincipalMember)] = &[
        ("name", PrincipalMember::Name),
        ("roles", PrincipalMember::Roles),
        ("subject", PrincipalMember::Subject),
        ("disabled", PrincipalMember::Disabled),
    ];
    let object = root_object(document, &[PRINCIPAL_ROOT]).map_err(|message| vec![message])?;
    let mut findings = Findings::default();
    let fields = object.named(NAMES, |_| false, &mut findings);
    let request = PrincipalRequest {
        name: fields.code(PrincipalMember::Name, &mut findings),
        roles: read_texts(&fields, PrincipalMember::Roles, "role", &mut findings),
        subject: read_subject(&fields, &mut findings),
        disabled: fields.truth(PrincipalMember::Disabled, &mut findings),
    };
    or_findings(request, findings)
}

/// What an issuer calls a principal. An empty text is meant: it takes the subject away.
fn read_subject(fields: &Fields<'_, PrincipalMember>, findings: &mut Findings) -> Option<String> {
    let given = fields.object.members.iter().find(|member| member.name == "subject")?;
    if matches!(&given.value, Value::Text(text) if text.is_empty()) {
        return Some(String::new());
    }
    fields.code(PrincipalMember::Subject, findings)
}

/// Reads a request for a role: the restrictions that it grants.
pub fn read_role_request(document: &Document) -> Result<BTreeSet<String>, Vec<Message>> {
    let object = root_object(document, &[ROLE_ROOT]).map_err(|message| vec![message])?;
    let mut findings = Findings::default();
    let fields = object.named(&[("restrictions", ())], |()| false, &mut findings);
    fields.require((), "restrictions", &mut findings);
    let restrictions = read_texts(&fields, (), "restriction", &mut findings).unwrap_or_default();
    or_findings(restrictions.into_iter().collect(), findings)
}

/// Reads a request for a token: for how many days it is to be good; for ever if absent.
pub fn read_token_request(document: &Document) -> Result<Option<u32>, Vec<Message>> {
    let object = root_object(document, &[TOKEN_ROOT]).map_err(|message| vec![message])?;
    let mut findings = Findings::default();
    let fields = object.named(&[("expiresInDays", ())], |()| false, &mut findings);
    let mut days = None;
    if let Some(member) = fields.get(()) {
        days = match &member.value {
            Value::Text(text) | Value::Integer(text) => text.parse().ok(),
            _ => None,
        };
        days = days.filter(|days| (1..=TOKEN_DAYS_MAX).contains(days));
        if days.is_none() {
            let found = member.value.described();
            let reason = format!("it is {found}, and is a whole number from 1 to {TOKEN_DAYS_MAX}");
            fields.bad_value((), &reason, &mut findings);
        }
    }
    or_findings(days, findings)
}

/// Reads a request for a payer: its code.
pub fn read_payer_request(document: &Document) -> Result<String, Vec<Message>> {
    let object = root_object(document, &[PAYER_ROOT]).map_err(|message| vec![message])?;
    let mut findings = Findings::default();
    let fields = object.named(&[("code", ())], |()| false, &mut findings);
    let code = fields.mandatory_code((), "code", &mut findings);
    or_findings(code.unwrap_or_default(), findings)
}

/// A list of names. None is given twice.
fn read_texts<T: Copy + PartialEq>(
    fields: &Fields<'_, T>,
    target: T,
    item: &str,
    findings: &mut Findings,
) -> Option<Vec<String>> {
    let member = fields.get(target)?;
    let texts = match texts_of(&member.value, item, fields.object.media_type) {
        Ok(texts) => texts,
        Err(reason) => {
            fields.bad_value(target, &reason, findings);
            return None;
        }
    };
    let mut held: Vec<String> = Vec::with_capacity(texts.len());
    for text in texts {
        if let Err(reason) = check_code("it", &text) {
            fields.bad_value(target, &reason, findings);
        } else if held.contains(&text) {
            let label = format!("{item} {}", quoted(&text));
            findings.add(Message::new(MessageKey::GivenTwice, [&label]));
        } else {
            held.push(text);
        }
    }
    Some(held)
}

fn or_findings<T>(value: T, findings: Findings) -> Result<T, Vec<Message>> {
    match findings.into_messages() {
        messages if messages.is_empty() => Ok(value),
        messages => Err(messages),
    }
}

#[cfg(test)]
mod tests {
    use super::{PrincipalRequest, read_payer_request, read_principal_request, read_role_request, read_token_request};
    use crate::{Document, MediaType};

    fn document(body: &str) -> Document {
        let media_type = if body.starts_with('<') {
            MediaType::Xml
        } else {
            MediaType::Json
        };
        Document::read(body.as_bytes(), media_type).expect("well-formed")
    }

    fn sentences<T: std::fmt::Debug>(read: Result<T, Vec<reprise_model::Message>>) -> String {
        let messages = read.expect_err("a refusal");
        messages
            .iter()
            .map(reprise_model::Message::text)
            .collect::<Vec<_>>()
            .join("; ")
    }

    #[test]
    fn a_principal_is_read_in_both_formats() {
        let expected = PrincipalRequest {
            name: Some("jane".to_owned()),
            roles: Some(vec!["operator".to_owned(), "reviewer".to_owned()]),
            subject: Some("jane@issuer".to_owned()),
            disabled: Some(false),
        };
        for body in [
            r#"{"name": "jane", "roles": ["operator", "reviewer"], "subject": "jane@issuer", "disabled": false}"#,
            r#"<principal name="jane" subject="jane@issuer" disabled="N"><roles><role value="operator"/><role value="reviewer"/></roles></principal>"#,
        ] {
            assert_eq!(read_principal_request(&document(body)), Ok(expected.clone()), "{body}");
        }
        let without = read_principal_request(&document(r#"{"subject": ""}"#)).expect("readable");
        assert_eq!(without.subject.as_deref(), Some(""));
    }

    #[test]
    fn what_is_wrong_is_told() {
        for (body, words) in [
            (r#"{"roles": "operator"}"#, "a list of texts"),
            (r#"{"roles": ["operator", "operator"]}"#, "more than once"),
            (r#"{"right": []}"#, "not known here"),
            (r#"{"disabled": "perhaps"}"#, "true, false"),
        ] {
            let found = sentences(read_principal_request(&document(body)));
            assert!(found.contains(words), "{body}: {found}");
        }
        for body in [
            r#"{"expiresInDays": 0}"#,
            r#"{"expiresInDays": 99999}"#,
            r#"{"expiresInDays": "soon"}"#,
        ] {
            let found = sentences(read_token_request(&document(body)));
            assert!(found.contains("from 1 to 3653"), "{body}: {found}");
        }
        assert!(sentences(read_role_request(&document("{}"))).contains("missing"));
        assert!(sentences(read_payer_request(&document("{}"))).contains("missing"));
    }

    #[test]
    fn tokens_and_payers_are_read() {
        assert_eq!(read_token_request(&document("{}")), Ok(None));
        assert_eq!(
            read_token_request(&document(r#"<token expiresInDays="30"/>"#)),
            Ok(Some(30))
        );
        assert_eq!(
            read_payer_request(&document(r#"{"code": "ACME"}"#)),
            Ok("ACME".to_owned())
        );
    }
}
