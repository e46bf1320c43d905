//! What a criterion's value may be: codes, a range of days, a serviced entity, a range of amounts.
//!
//! Several codes, negation and amounts are JSON's alone, so that the XML contract stays as it is documented.

use reprise_model::{
    Amount, ClaimType, CriterionName, Message, MessageKey, ProcessType, ProcessingStatus, Test, check_code,
};

use crate::amount::amount_of;
use crate::document::{Member, Value};
use crate::fields::{Fields, Findings};
use crate::media::MediaType;
use crate::names::NameMap;
use crate::place::quoted;
use crate::target::{Part, Target};

/// How many codes `anyOf` may list.
pub const CODES_MAX: usize = 1_000;

/// Reads the codes of a criterion, and whether the opposite is asked for.
pub(crate) fn read_codes(
    name: CriterionName,
    member: &Member,
    media_type: MediaType,
    label: &str,
    findings: &mut Findings,
) -> Option<(Vec<String>, bool)> {
    let shape = match media_type {
        MediaType::Xml => plain_code(&member.value).map(|code| (vec![code], false)),
        MediaType::Json => any_or_not(&member.value),
    };
    let (codes, negated) = match shape {
        Ok(shape) => shape,
        Err(reason) => {
            findings.bad_value(label, &reason);
            return None;
        }
    };
    let mut all_right = true;
    for code in &codes {
        if let Err(message) = check_criterion_code(name, code, label) {
            findings.add(message);
            all_right = false;
        }
    }
    all_right.then(|| (codes.into_iter().map(str::to_owned).collect(), negated))
}

fn plain_code(value: &Value) -> Result<&str, String> {
    match value {
        Value::Text(text) => Ok(text),
        value => Err(format!("it is {}, and has to be a text", value.described())),
    }
}

/// A code, `{"anyOf": [codes]}`, or `{"not": either}`.
fn any_or_not(value: &Value) -> Result<(Vec<&str>, bool), String> {
    if let Value::Object(members) = value
        && let [member] = members.as_slice()
        && member.name == "not"
    {
        return any_of(&member.value).map(|codes| (codes, true));
    }
    any_of(value).map(|codes| (codes, false))
}

fn any_of(value: &Value) -> Result<Vec<&str>, String> {
    const RIGHT: &str = "write a code, {\"anyOf\": [codes]}, or {\"not\": one of the two}";
    let Value::Object(members) = value else {
        return match value {
            Value::Text(text) if text.is_empty() => Err("a code in it is empty".to_owned()),
            Value::Text(text) => Ok(vec![text]),
            value => Err(format!("it is {}; {RIGHT}", value.described())),
        };
    };
    match members.as_slice() {
        [
            Member {
                name,
                value: Value::List(values),
                ..
            },
        ] if name == "anyOf" => {
            if values.is_empty() {
                return Err("`anyOf` lists no code; leave the criterion out to ask for any".to_owned());
            }
            if values.len() > CODES_MAX {
                return Err(format!(
                    "`anyOf` lists {} codes; {CODES_MAX} are accepted",
                    values.len()
                ));
            }
            values
                .iter()
                .map(|value| match value {
                    Value::Text(text) if text.is_empty() => Err("a code in `anyOf` is empty".to_owned()),
                    Value::Text(text) => Ok(text.as_str()),
                    value => Err(format!("`anyOf` lists {}, and has to list texts", value.described())),
                })
                .collect()
        }
        [member] if member.name == "anyOf" => Err(format!(
            "`anyOf` is {}, and has to be a list of codes",
            member.value.described()
        )),
        members => {
            let names = members
                .iter()
                .take(5)
                .map(|member| quoted(&member.name))
                .collect::<Vec<_>>()
                .join(", ");
            let names = if names.is_empty() { "nothing".to_owned() } else { names };
            Err(format!("it is an object of {names}; {RIGHT}"))
        }
    }
}

/// A code is one that the criterion can have, as far as that can be told without reference data.
fn check_criterion_code(name: CriterionName, code: &str, label: &str) -> Result<(), Message> {
    match name {
        CriterionName::ProcessType => code
            .parse::<ProcessType>()
            .map(|_| ())
            .map_err(|_| Message::new(MessageKey::UnknownProcessType, [])),
        CriterionName::ClaimType => code
            .parse::<ClaimType>()
            .map(|_| ())
            .map_err(|_| Message::new(MessageKey::UnknownClaimType, [])),
        CriterionName::ClaimStatus => match code.parse::<ProcessingStatus>() {
            Ok(status) if status.is_reprocessable() => Ok(()),
            _ => Err(Message::new(
                MessageKey::StatusNotValidForRequest,
                [&crate::place::shown(code)],
            )),
        },
        _ => check_code("it", code)
            .map_err(|reason| Message::new(MessageKey::BadValue, [label, &reason.replace("`it`", "it")])),
    }
}

/// Reads a range of days. The first may be the last.
pub(crate) fn read_days(name: CriterionName, fields: &Fields<'_, Target>, findings: &mut Findings) -> Option<Test> {
    let from = fields.day(Target::Criterion(name, Part::From), findings);
    let through = fields.day(Target::Criterion(name, Part::Through), findings);
    if let (Some(from), Some(through)) = (from, through)
        && through < from
    {
        findings.add(Message::new(MessageKey::StartAfterEnd, []));
    }
    (from.is_some() || through.is_some()).then_some(Test::Days { from, through })
}

/// Reads a serviced entity, whose code and type belong together.
pub(crate) fn read_entity(fields: &Fields<'_, Target>, names: &NameMap, findings: &mut Findings) -> Option<Test> {
    let code_target = Target::Criterion(CriterionName::ServicedEntity, Part::Code);
    let type_target = Target::Criterion(CriterionName::ServicedEntity, Part::Type);
    let missing = match (fields.get(code_target), fields.get(type_target)) {
        (Some(_), None) => Some(type_target),
        (None, Some(_)) => Some(code_target),
        _ => None,
    };
    if let Some(target) = missing {
        findings.add(Message::new(MessageKey::HalfServicedEntity, [names.name(target)]));
    }
    let code = fields.code(code_target, findings);
    let entity_type = fields.code(type_target, findings);
    Some(Test::Entity {
        code: code?,
        entity_type: entity_type?,
    })
}

/// Reads a range of amounts. The least may be the greatest.
pub(crate) fn read_amounts(member: &Member, label: &str, findings: &mut Findings) -> Option<Test> {
    let refuse = |reason: &str| Message::new(MessageKey::BadAmountRange, [label, reason]);
    match amount_range(&member.value) {
        Ok((from, through)) => Some(Test::Amounts { from, through }),
        Err(reason) => {
            findings.add(refuse(&reason));
            None
        }
    }
}

fn amount_range(value: &Value) -> Result<(Option<Amount>, Option<Amount>), String> {
    const RIGHT: &str = "write {\"from\": \"100.00\", \"through\": \"200.00\"} or one of the two";
    let Value::Object(members) = value else {
        return Err(format!("it is {}; {RIGHT}", value.described()));
    };
    let (mut from, mut through) = (None, None);
    for member in members {
        let end = match member.name.as_str() {
            "from" => &mut from,
            "through" => &mut through,
            name => return Err(format!("{} is not known in it; {RIGHT}", quoted(name))),
        };
        if end.is_some() {
            return Err(format!("{} is given more than once", quoted(&member.name)));
        }
        if !member.value.is_blank() {
            let amount = amount_of(&member.value);
            *end = Some(amount.map_err(|reason| format!("{} {reason}", quoted(&member.name)))?);
        }
    }
    match (from, through) {
        (None, None) => Err(format!("it has no end; {RIGHT}")),
        (Some(from), Some(through)) if through < from => Err(format!("from {from} is more than through {through}")),
        ends => Ok(ends),
    }
}
