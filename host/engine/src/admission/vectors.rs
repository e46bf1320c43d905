//! A component's own test vectors: cases that travel in the component, with the answer that its author expects.
//!
//! They lie in custom sections `reprise:vectors`, each a JSON array in UTF-8, and are asked through the exports that a
//! run uses. The component's digest covers them. docs/vectors.md says how they are written.

mod claim_status;
mod claim_status_answers;
mod claim_status_facts;
mod criteria;
mod criteria_facts;

use std::ops::Range;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::RuleComponent;
use super::trial::{Budget, Stop};
use crate::AdmissionLimits;
use crate::words::{grouped, is_on_one_line, one_line};

/// The custom section that vectors lie in.
pub(crate) const SECTION: &str = "reprise:vectors";

/// How many failures are told of; one is often the cause of the others.
const FAILURES_TOLD: usize = 3;
const NAME_BYTES_MAX: usize = 200;

/// One vector as it was found, with the words that name it.
struct Found {
    named: String,
    /// Without its file and its name.
    value: Value,
}

/// Step vectors: how many agree, or which do not.
pub(crate) fn run(
    component: &RuleComponent,
    bytes: &[u8],
    sections: &[Range<usize>],
    limits: &AdmissionLimits,
    mut budget: Budget,
) -> Result<String, String> {
    let found = read_sections(bytes, sections, limits)?;
    if found.is_empty() {
        return Ok("it brings none".to_owned());
    }
    let count = found.len();
    let failures = match component {
        RuleComponent::Criteria(component) => criteria::failures(component, &found, &mut budget)?,
        RuleComponent::ClaimStatus(component) => claim_status::failures(component, &found, &mut budget)?,
    };
    if failures.is_empty() {
        let noun = if count == 1 { "vector" } else { "vectors" };
        return Ok(format!("{} {noun}, decided as expected", grouped(count)));
    }
    let told = failures
        .iter()
        .take(FAILURES_TOLD)
        .cloned()
        .collect::<Vec<_>>()
        .join("; ");
    let untold = match failures.len().saturating_sub(FAILURES_TOLD) {
        0 => String::new(),
        untold => format!("; and {untold} more"),
    };
    let how_many = match (failures.len(), count) {
        (_, 1) => "its one vector fails".to_owned(),
        (1, _) => format!("1 of {} vectors fails", grouped(count)),
        (failed, _) => format!("{} of {} vectors fail", grouped(failed), grouped(count)),
    };
    Err(format!("{how_many}: {told}{untold}"))
}

/// The vectors of all sections, one after the other.
fn read_sections(bytes: &[u8], sections: &[Range<usize>], limits: &AdmissionLimits) -> Result<Vec<Found>, String> {
    let length: usize = sections.iter().map(ExactSizeIterator::len).sum();
    if length > limits.vector_bytes_max {
        return Err(format!(
            "its test vectors are {} bytes long; {} are allowed",
            grouped(length),
            grouped(limits.vector_bytes_max)
        ));
    }
    let mut values = Vec::new();
    for section in sections {
        let text = bytes.get(section.clone()).unwrap_or_default();
        let read: Vec<Value> = serde_json::from_slice(text)
            .map_err(|error| format!("its section `{SECTION}` is no JSON array of test vectors: {error}"))?;
        values.extend(read);
    }
    if values.len() > limits.vectors_max {
        return Err(format!(
            "it brings {} test vectors; {} are allowed",
            grouped(values.len()),
            grouped(limits.vectors_max)
        ));
    }
    values
        .into_iter()
        .enumerate()
        .map(|(place, value)| found(place, value))
        .collect()
}

/// What names a vector, taken out of it.
fn found(place: usize, mut value: Value) -> Result<Found, String> {
    let number = place + 1;
    let Some(fields) = value.as_object_mut() else {
        return Err(format!("test vector {number} is no JSON object"));
    };
    let mut text = |field: &str| match fields.shift_remove(field) {
        None => Ok(None),
        Some(Value::String(text)) if text.len() <= NAME_BYTES_MAX && is_on_one_line(&text) && !text.is_empty() => {
            Ok(Some(text))
        }
        Some(_) => Err(format!(
            "test vector {number} has a `{field}` that is no text of 1 to {NAME_BYTES_MAX} bytes on one line"
        )),
    };
    let (file, name) = (text("file")?, text("name")?);
    let Some(name) = name else {
        let of_file = file.map_or_else(String::new, |file| format!(" (of `{file}`)"));
        return Err(format!(
            "test vector {number}{of_file} has no `name` that says what it shows"
        ));
    };
    let of_file = file.map_or_else(String::new, |file| format!(" of `{file}`"));
    Ok(Found {
        named: format!("`{name}`{of_file}"),
        value,
    })
}

/// A vector in the form of its kind, or what is wrong with it.
fn read<Vector: DeserializeOwned>(found: &Found) -> Result<Vector, String> {
    Vector::deserialize(&found.value).map_err(|error| format!("vector {} cannot be read: {error}", found.named))
}

/// A call failed; no more vectors are asked.
fn stopped(found: &Found, stop: Stop) -> String {
    match stop {
        Stop::Fault(fault) => format!("vector {}: {fault}", found.named),
        Stop::Exhausted(sentence) => format!("{sentence}, up to vector {}; bring fewer vectors", found.named),
    }
}

/// What was expected and what came.
fn failure(found: &Found, expected: &str, came: &str) -> String {
    format!("{}: expected {expected}, but {}", found.named, one_line(came))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is said of these sections.
    #[track_caller]
    fn check(sections: &[&str], expected: Result<&str, &str>) {
        let (mut bytes, mut ranges) = (Vec::new(), Vec::new());
        for section in sections {
            ranges.push(bytes.len()..bytes.len() + section.len());
            bytes.extend(section.bytes());
        }
        let limits = AdmissionLimits {
            vectors_max: 3,
            vector_bytes_max: 200,
            ..AdmissionLimits::default()
        };
        let read = read_sections(&bytes, &ranges, &limits);
        let names = read.map(|found| {
            found
                .iter()
                .map(|found| found.named.clone())
                .collect::<Vec<_>>()
                .join(", ")
        });
        match (&names, expected) {
            (Ok(names), Ok(expected)) => assert_eq!(names, expected),
            (Err(reason), Err(words)) => assert!(reason.contains(words), "{reason}"),
            _ => assert_eq!(names.is_ok(), expected.is_ok(), "{names:?}"),
        }
    }

    #[test]
    fn sections_are_concatenated() {
        check(&[], Ok(""));
        check(&["[]"], Ok(""));
        check(
            &[r#"[{"name":"a","file":"x.json"},{"name":"b"}]"#, r#"[{"name":"c"}]"#],
            Ok("`a` of `x.json`, `b`, `c`"),
        );
    }

    #[test]
    fn what_is_no_list_of_vectors_is_refused_with_its_place() {
        check(
            &["[{\"name\": \"a\",}]"],
            Err("no JSON array of test vectors: trailing comma at line 1 column 15"),
        );
        check(
            &["{}"],
            Err("no JSON array of test vectors: invalid type: map, expected a sequence"),
        );
        check(&["[1]"], Err("test vector 1 is no JSON object"));
        check(
            &[r#"[{"name":"a"},{"file":"x.json"}]"#],
            Err("test vector 2 (of `x.json`) has no `name`"),
        );
        check(
            &[r#"[{"name":7}]"#],
            Err("test vector 1 has a `name` that is no text of 1 to 200 bytes on one line"),
        );
        check(&[r#"[{"name":"a\nb"}]"#], Err("has a `name` that is no text"));
    }

    #[test]
    fn vectors_are_bounded() {
        let four = r#"[{"name":"a"},{"name":"b"},{"name":"c"},{"name":"d"}]"#;
        check(&[four], Err("it brings 4 test vectors; 3 are allowed"));
        let long = format!("[{}]", " ".repeat(199));
        check(&[&long], Err("its test vectors are 201 bytes long; 200 are allowed"));
    }
}
