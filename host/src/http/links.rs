//! Paths of resources, and links to them. Codes are whatever people name things, so they are percent-encoded.

use reprise_store::DataFileName;
use serde_json::{Value, json};

/// A link to what is shown.
pub(crate) fn link(relation: &str, path: String) -> Value {
    json!({ "href": path, "rel": relation })
}

/// A link to what can be had done with POST.
pub(crate) fn action(relation: &str, path: String) -> Value {
    json!({ "href": path, "rel": relation, "httpMethod": "POST" })
}

/// The path of a claim, followed by what is under it.
pub(crate) fn claim_path(id: i64, under: &str) -> String {
    format!("/api/claims/{id}{under}")
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

    use super::data_file_path;

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
}
