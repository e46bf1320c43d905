//! The request to make or start an activity.

use reprise_model::{Message, MessageKey, check_code};

use crate::document::{Document, Value};
use crate::fields::{Fields, Findings};
use crate::place::quoted;
use crate::root::{ACTIVITY_ROOT, root_object};

/// The code of the activity that reprocesses the claims of a batch file.
pub const IMPORT_ACTIVITY: &str = "REPROCESSCLAIMS_IMPORT";
const LEVEL: &str = "GL";
const DATA_FILE_SET: &str = "dataFileSetCode";
const RESPONSE_DATA_FILE_SET: &str = "responseDataFileSetCode";

/// An activity that is asked for, by what it does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ActivityRequest {
    /// Reprocess the claims of a batch file: [`IMPORT_ACTIVITY`].
    Import(ImportActivityRequest),
}

/// What the activity that reprocesses the claims of a batch file is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportActivityRequest {
    /// The code of the data file set that holds the batch file.
    pub data_file_set: String,
    /// The code of the data file set that the answer goes into; made up if it is not given.
    pub response_data_file_set: Option<String>,
}

#[derive(Clone, Copy, PartialEq)]
enum ActivityMember {
    Code,
    Level,
    Parameters,
}

#[derive(Clone, Copy, PartialEq)]
enum ParameterMember {
    Name,
    Value,
}

/// A parameter as it was given.
struct Parameter<'d> {
    /// What messages call it.
    label: String,
    name: String,
    /// None if it is absent or empty.
    value: Option<&'d Value>,
}

/// Reads a request for an activity. Everything that is wrong with it in itself is in the error.
pub fn read_activity_request(document: &Document) -> Result<ActivityRequest, Vec<Message>> {
    const NAMES: &[(&str, ActivityMember)] = &[
        ("code", ActivityMember::Code),
        ("level", ActivityMember::Level),
        ("parameters", ActivityMember::Parameters),
    ];
    let object = root_object(document, &[ACTIVITY_ROOT]).map_err(|message| vec![message])?;
    let mut findings = Findings::default();
    let fields = object.named(NAMES, |_| false, &mut findings);
    let code_is_known = check_word(&fields, ActivityMember::Code, "code", IMPORT_ACTIVITY, &mut findings);
    check_word(&fields, ActivityMember::Level, "level", LEVEL, &mut findings);
    let parameters = read_parameters(&fields, &mut findings);
    // Which parameters there are is known only of an activity that is known.
    let request = if code_is_known {
        import_request(parameters, &mut findings)
    } else {
        None
    };
    match (request, findings.into_messages()) {
        (Some(request), findings) if findings.is_empty() => Ok(ActivityRequest::Import(request)),
        (_, findings) => Err(findings),
    }
}

/// Whether the member is there and is the one word that it can be.
fn check_word(
    fields: &Fields<'_, ActivityMember>,
    member: ActivityMember,
    name: &str,
    known: &str,
    findings: &mut Findings,
) -> bool {
    fields.require(member, name, findings);
    let Some(text) = fields.text(member, findings) else {
        return false;
    };
    if text != known {
        let reason = format!("it is {}; known is {known}", quoted(&text));
        fields.bad_value(member, &reason, findings);
    }
    text == known
}

/// In XML parameters are a list of elements; in JSON a list of objects, or one object of names and values.
fn read_parameters<'d>(fields: &Fields<'d, ActivityMember>, findings: &mut Findings) -> Vec<Parameter<'d>> {
    const NAMES: &[(&str, ParameterMember)] = &[("name", ParameterMember::Name), ("value", ParameterMember::Value)];
    if let Some(object) = fields.json_object(ActivityMember::Parameters) {
        let members = object.members.iter();
        let parameters = members.map(|member| Parameter {
            label: object.label(member),
            name: member.name.clone(),
            value: Some(&member.value).filter(|value| !value.is_blank()),
        });
        return parameters.collect();
    }
    let mut parameters = Vec::new();
    for item in fields.items(ActivityMember::Parameters, "parameter", findings) {
        let item = item.named(NAMES, |_| false, findings);
        if let Some(name) = item.mandatory_code(ParameterMember::Name, "name", findings) {
            parameters.push(Parameter {
                label: format!("parameter {}", quoted(&name)),
                name,
                value: item.get(ParameterMember::Value).map(|member| &member.value),
            });
        }
    }
    parameters
}

/// The parameters as those of [`IMPORT_ACTIVITY`].
fn import_request(parameters: Vec<Parameter<'_>>, findings: &mut Findings) -> Option<ImportActivityRequest> {
    let (mut data_file_set, mut response_data_file_set) = (None, None);
    for parameter in parameters {
        let place = match parameter.name.as_str() {
            DATA_FILE_SET => &mut data_file_set,
            RESPONSE_DATA_FILE_SET => &mut response_data_file_set,
            _ => {
                let known = format!("{DATA_FILE_SET}, {RESPONSE_DATA_FILE_SET}");
                findings.add(Message::new(MessageKey::UnknownMember, [&parameter.label, &known]));
                continue;
            }
        };
        if place.is_some() {
            findings.add(Message::new(MessageKey::GivenTwice, [&parameter.label]));
        } else {
            *place = Some(parameter);
        }
    }
    let data_file_set = data_file_set.filter(|parameter| parameter.value.is_some());
    let Some(data_file_set) = data_file_set else {
        let label = format!("parameter {}", quoted(DATA_FILE_SET));
        findings.add(Message::new(MessageKey::MissingMember, [&label]));
        return None;
    };
    let data_file_set = data_file_set.code(findings);
    let response_data_file_set = response_data_file_set.and_then(|parameter| parameter.code(findings));
    Some(ImportActivityRequest {
        data_file_set: data_file_set?,
        response_data_file_set,
    })
}

impl Parameter<'_> {
    /// Its value as a code.
    fn code(&self, findings: &mut Findings) -> Option<String> {
        let reason = match self.value? {
            Value::Text(text) => match check_code("it", text) {
                Ok(()) => return Some(text.clone()),
                Err(reason) => reason.replace("`it`", "it"),
            },
            value => format!("it is {}, and has to be a text", value.described()),
        };
        findings.bad_value(&self.label, &reason);
        None
    }
}
