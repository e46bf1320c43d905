//! The request to reprocess one claim. A batch file is many of them.

use reprise_model::Message;

use crate::document::Document;
use crate::fields::Findings;
use crate::names::NameMap;
use crate::options::{ReprocessOptions, read_options};
use crate::root::{CLAIM_ROOT, root_object};
use crate::target::{OptionName, Target};

/// A request to reprocess one claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReprocessRequest {
    /// The claim's code.
    pub code: String,
    /// What is to become of the claim.
    pub options: ReprocessOptions,
}

/// Reads a request to reprocess one claim. Everything that is wrong with it is in the error, but what only the
/// reference data can tell; see [`named_codes_of_options`](crate::named_codes_of_options) for that.
pub fn read_reprocess_request(document: &Document, names: &NameMap) -> Result<ReprocessRequest, Vec<Message>> {
    match read_reprocess_request_in_part(document, names) {
        Ok((request, findings)) if findings.is_empty() => Ok(request),
        Ok((_, findings)) => Err(findings),
        Err(message) => Err(vec![message]),
    }
}

/// As [`read_reprocess_request`], with what can be read of a request beside what is wrong with it, so that a caller
/// can tell at once what the reference data finds wrong with the rest. A code that cannot be read is a finding, and
/// empty in the request. An error is a body that is no such request at all.
pub fn read_reprocess_request_in_part(
    document: &Document,
    names: &NameMap,
) -> Result<(ReprocessRequest, Vec<Message>), Message> {
    let object = root_object(document, &[CLAIM_ROOT])?;
    let media_type = document.media_type;
    let mut findings = Findings::default();
    let fields = object.fields(
        |spelling| {
            names
                .target(spelling, media_type)
                .filter(|target| is_of_single(*target))
        },
        |_| false,
        || names.known(media_type, is_of_single),
        &mut findings,
    );
    let code_target = Target::Option(OptionName::ClaimCode);
    let code = fields.mandatory_code(code_target, names.name(code_target), &mut findings);
    let request = ReprocessRequest {
        code: code.unwrap_or_default(),
        options: read_options(&fields, &mut findings),
    };
    Ok((request, findings.into_messages()))
}

fn is_of_single(target: Target) -> bool {
    match target {
        Target::Criterion(..) => false,
        Target::Option(option) => option.is_of_single(),
    }
}
