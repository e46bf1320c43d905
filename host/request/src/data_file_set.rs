//! The request to make a data file set.

use std::collections::HashSet;

use reprise_model::{Message, MessageKey};

use crate::document::{Document, Value};
use crate::fields::{Fields, Findings};
use crate::media::MediaType;
use crate::place::quoted;
use crate::root::{DATA_FILE_SET_ROOT, root_object};

/// How many data files a set may have.
pub const DATA_FILES_MAX: usize = 1_000;

/// A data file set that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataFileSetRequest {
    /// The set's code.
    pub code: String,
    /// What it is about, for people.
    pub description: Option<String>,
    /// Its files, at least one. No code is given twice.
    pub data_files: Vec<DataFileRequest>,
}

/// A data file that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataFileRequest {
    /// The file's code.
    pub code: String,
    /// What it is about, for people.
    pub description: Option<String>,
}

#[derive(Clone, Copy, PartialEq)]
enum SetMember {
    Code,
    Description,
    DataFiles,
}

/// Reads a request for a data file set. Everything that is wrong with it in itself is in the error.
pub fn read_data_file_set_request(document: &Document) -> Result<DataFileSetRequest, Vec<Message>> {
    const NAMES: &[(&str, SetMember)] = &[
        ("code", SetMember::Code),
        ("description", SetMember::Description),
        ("dataFiles", SetMember::DataFiles),
    ];
    let object = root_object(document, &[DATA_FILE_SET_ROOT]).map_err(|message| vec![message])?;
    let mut findings = Findings::default();
    let fields = object.named(NAMES, |_| false, &mut findings);
    let code = fields.mandatory_code(SetMember::Code, "code", &mut findings);
    let description = fields.text(SetMember::Description, &mut findings);
    let data_files = read_data_files(&fields, &mut findings);
    match (code, findings.into_messages()) {
        (Some(code), findings) if findings.is_empty() => Ok(DataFileSetRequest {
            code,
            description,
            data_files,
        }),
        (_, findings) => Err(findings),
    }
}

fn read_data_files(fields: &Fields<'_, SetMember>, findings: &mut Findings) -> Vec<DataFileRequest> {
    const NAMES: &[(&str, SetMember)] = &[("code", SetMember::Code), ("description", SetMember::Description)];
    fields.require(SetMember::DataFiles, "dataFiles", findings);
    let items = fields.items(SetMember::DataFiles, "dataFile", findings);
    let lists_nothing = match fields.get(SetMember::DataFiles).map(|member| &member.value) {
        Some(Value::List(values)) => values.is_empty(),
        Some(Value::Object(children)) => children.is_empty() && fields.object.media_type == MediaType::Xml,
        _ => false,
    };
    if lists_nothing {
        let reason = "it lists no data file; a set has at least one";
        fields.bad_value(SetMember::DataFiles, reason, findings);
    }
    if items.len() > DATA_FILES_MAX {
        let reason = format!("it lists {} data files; a set may have {DATA_FILES_MAX}", items.len());
        fields.bad_value(SetMember::DataFiles, &reason, findings);
        return Vec::new();
    }
    let mut data_files = Vec::new();
    let mut held = HashSet::new();
    for item in items {
        let item = item.named(NAMES, |_| false, findings);
        let code = item.mandatory_code(SetMember::Code, "code", findings);
        let description = item.text(SetMember::Description, findings);
        let Some(code) = code else { continue };
        if held.insert(code.clone()) {
            data_files.push(DataFileRequest { code, description });
        } else {
            let label = format!("data file {}", quoted(&code));
            findings.add(Message::new(MessageKey::GivenTwice, [&label]));
        }
    }
    data_files
}
