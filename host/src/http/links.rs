//! Paths of resources, and links to them. Codes are whatever people name things, so they are percent-encoded.

use reprise_store::DataFileName;
use serde_json::{Value, json};

use crate::pends::AttachedTo;
use crate::{PendOperation, PendReasonId};

/// A link to what is shown.
pub(crate) fn link(relation: &str, path: String) -> Value {
    json!({ "href": path, "rel": relation })
}

/// A link to what is shown, which says so, as those of generic resources do.
pub(crate) fn get_link(relation: &str, path: String) -> Value {
    json!({ "href": path, "rel": relation, "httpMethod": "GET" })
}

/// A link to what can be had done with POST.
pub(crate) fn action(relation: &str, path: String) -> Value {
    json!({ "href": path, "rel": relation, "httpMethod": "POST" })
}

/// The path of a claim, followed by what is under it.
pub(crate) fn claim_path(id: i64, under: &str) -> String {
    format!("/api/claims/{id}{under}")
}

/// The path of a claim among the generic resources.
pub(crate) fn generic_claim_path(id: i64) -> String {
    format!("/api/generic/claims/{id}")
}

/// The path of an attached pend reason among the generic resources.
pub(crate) fn generic_pend_reason_path(to: AttachedTo, id: PendReasonId) -> String {
    format!("/api/generic/{}/{id}", pend_reasons_of(to))
}

/// What the resource of pend reasons attached there is called.
const fn pend_reasons_of(to: AttachedTo) -> &'static str {
    match to {
        AttachedTo::Claim => "claimpendreasons",
        AttachedTo::Line => "claimlinependreasons",
    }
}

/// The link to an operation on the pend reasons of a claim.
pub(crate) fn pend_operation_link(claim: i64, operation: &PendOperation) -> Value {
    let attached = |to, number| {
        let id = PendReasonId { claim, number };
        format!("/api/{}/{id}/resolve", pend_reasons_of(to))
    };
    let on_claim = |verb: &str, code: &str| claim_path(claim, &format!("/{verb}/{}", encoded(code)));
    match operation {
        PendOperation::Submit => action("claim:submit", claim_path(claim, "/submit")),
        PendOperation::ResolvePend { code } => action("claim:resolvepend", on_claim("resolvepend", code)),
        PendOperation::ResolveLinePend { code } => {
            action("claim:resolveclaimlinepend", on_claim("resolveclaimlinepend", code))
        }
        PendOperation::ResolveClaimPendReason { number } => {
            action("claimpendreason:resolve", attached(AttachedTo::Claim, *number))
        }
        PendOperation::ResolveLinePendReason { number } => {
            action("claimlinependreason:resolve", attached(AttachedTo::Line, *number))
        }
    }
}

/// The path of an activity, followed by what is under it.
pub(crate) fn activity_path(id: i64, under: &str) -> String {
    format!("/api/activities/{id}{under}")
}

/// The path of a data file set.
pub(crate) fn data_file_set_path(set: &str) -> String {
    format!("/api/datafilesets/{}", encoded(set))
}

/// The path of a data file's content.
pub(crate) fn data_file_path(name: &DataFileName) -> String {
    let set = data_file_set_path(&name.set);
    format!("{set}/datafile/{}/data", encoded(&name.file))
}

/// The path of a webhook, followed by what is under it.
pub(crate) fn webhook_path(code: &str, under: &str) -> String {
    format!("/api/v1/webhooks/{}{under}", encoded(code))
}

/// The path of a principal, followed by what is under it.
pub(crate) fn principal_path(id: i64, under: &str) -> String {
    format!("/api/principals/{id}{under}")
}

/// The path of a rule component, followed by what is under it.
pub(crate) fn rule_component_path(digest: &str, under: &str) -> String {
    format!("/api/v1/rules/components/{digest}{under}")
}

/// A text as one part of a path: all but letters, digits and `-._~` percent-encoded, byte by byte.
fn encoded(text: &str) -> String {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            for digit in [byte >> 4, byte & 15] {
                out.push(char::from(DIGITS[usize::from(digit)]));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use reprise_store::DataFileName;
    use serde_json::json;

    use super::{data_file_path, pend_operation_link};
    use crate::PendOperation;

    #[test]
    fn codes_are_parts_of_paths_whatever_they_hold() {
        for (set, file, path) in [
            ("A-1", "RESULT", "/api/datafilesets/A-1/datafile/RESULT/data"),
            (
                "a/b c",
                "50%?ä#",
                "/api/datafilesets/a%2Fb%20c/datafile/50%25%3F%C3%A4%23/data",
            ),
        ] {
            let name = DataFileName {
                set: set.to_owned(),
                file: file.to_owned(),
            };
            assert_eq!(data_file_path(&name), path);
        }
    }
    #[test]
    fn every_operation_on_pend_reasons_has_its_link() {
        let code = || "P/1 ä".to_owned();
        for (operation, relation, path) in [
            (PendOperation::Submit, "claim:submit", "/api/claims/7/submit"),
            (
                PendOperation::ResolvePend { code: code() },
                "claim:resolvepend",
                "/api/claims/7/resolvepend/P%2F1%20%C3%A4",
            ),
            (
                PendOperation::ResolveLinePend { code: code() },
                "claim:resolveclaimlinepend",
                "/api/claims/7/resolveclaimlinepend/P%2F1%20%C3%A4",
            ),
            (
                PendOperation::ResolveClaimPendReason { number: 3 },
                "claimpendreason:resolve",
                "/api/claimpendreasons/7-3/resolve",
            ),
            (
                PendOperation::ResolveLinePendReason { number: 4 },
                "claimlinependreason:resolve",
                "/api/claimlinependreasons/7-4/resolve",
            ),
        ] {
            let link = json!({ "href": path, "rel": relation, "httpMethod": "POST" });
            assert_eq!(pend_operation_link(7, &operation), link);
        }
    }
}
