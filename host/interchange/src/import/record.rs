//! One line into a claim or a row of reference data, or the reason why it is none.

use std::borrow::Cow;

use reprise_model::{Claim, Reference, ReferenceKind};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::kindless::Kindless;
use super::reason::reason;

/// What a line can hold.
pub(super) enum Record {
    Claim(Box<Claim>),
    Reference(Box<Reference>),
}

/// Reads a line that is not blank, without what is blank around it. The error is a sentence for people.
pub(super) fn read(line: &[u8]) -> Result<Record, String> {
    let line = str::from_utf8(line).map_err(|error| {
        format!(
            "the line is not UTF-8 text: byte {} does not belong there",
            error.valid_up_to() + 1
        )
    })?;
    if !line.starts_with('{') {
        let first = line.chars().next().unwrap_or_default();
        return Err(format!(
            "a line is one JSON object, and this one begins with `{}`",
            first.escape_debug()
        ));
    }
    // Nearly every line is a claim that begins with its kind; such a line is read once.
    if line.starts_with(r#"{"kind":"claim","#) || line.starts_with(r#"{"kind": "claim","#) {
        return read_claim(line);
    }
    let kind = kind(line)?;
    if kind == "claim" {
        read_claim(line)
    } else {
        read_reference(&kind, line)
    }
}

fn kind(line: &str) -> Result<Cow<'_, str>, String> {
    /// All that is looked at before the shape is known.
    #[derive(Deserialize)]
    struct KindOnly<'a> {
        #[serde(borrow, default)]
        kind: Option<Text<'a>>,
    }
    #[derive(Deserialize)]
    struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

    let KindOnly { kind } = serde_json::from_str(line).map_err(|error| reason(line, &error))?;
    match kind {
        Some(Text(kind)) => Ok(kind),
        None => Err(format!("the field `kind` is missing; {}", known_kinds())),
    }
}

fn known_kinds() -> String {
    let references: Vec<&str> = ReferenceKind::ALL.iter().map(|kind| kind.as_str()).collect();
    format!("the kinds that can be imported are claim, {}", references.join(", "))
}

fn read_claim(line: &str) -> Result<Record, String> {
    let mut claim: Box<Claim> = serde_json::from_str(line).map_err(|error| reason(line, &error))?;
    claim.check()?;
    claim.merge_repeated_pend_reasons();
    Ok(Record::Claim(claim))
}

fn read_reference(kind: &str, line: &str) -> Result<Record, String> {
    let Some(kind) = ReferenceKind::ALL.iter().copied().find(|known| known.as_str() == kind) else {
        return Err(format!(
            "`{kind}` is not a kind that can be imported; {}",
            known_kinds()
        ));
    };
    let reference = match kind {
        ReferenceKind::ProcedureGroup => row(line).map(Reference::ProcedureGroup),
        ReferenceKind::DiagnosisGroup => row(line).map(Reference::DiagnosisGroup),
        ReferenceKind::ProviderGroup => row(line).map(Reference::ProviderGroup),
        ReferenceKind::MessageGroup => row(line).map(Reference::MessageGroup),
        ReferenceKind::Message => row(line).map(Reference::Message),
        ReferenceKind::PendReason => row(line).map(Reference::PendReason),
        ReferenceKind::UnfinalizeReason => row(line).map(Reference::UnfinalizeReason),
        ReferenceKind::SkipTag => row(line).map(Reference::SkipTag),
        ReferenceKind::ClaimForm => row(line).map(Reference::ClaimForm),
        ReferenceKind::Product => row(line).map(Reference::Product),
        ReferenceKind::CoverageRegime => row(line).map(Reference::CoverageRegime),
        ReferenceKind::FeeSchedule => row(line).map(Reference::FeeSchedule),
        ReferenceKind::ServicedEntity => row(line).map(Reference::ServicedEntity),
        ReferenceKind::Patient => row(line).map(Reference::Patient),
        ReferenceKind::InsPlan => row(line).map(Reference::InsPlan),
        ReferenceKind::InsSub => row(line).map(Reference::InsSub),
        ReferenceKind::PatPlan => row(line).map(Reference::PatPlan),
        ReferenceKind::Procedure => row(line).map(Reference::Procedure),
        ReferenceKind::OfficeFlag => row(line).map(Reference::OfficeFlag),
    }?;
    reference.check()?;
    Ok(Record::Reference(Box::new(reference)))
}

/// The row of a kind that is known already. `Reference` itself would be read by way of a copy of all that is in the
/// line, and its errors would not know their place.
fn row<T: DeserializeOwned>(line: &str) -> Result<T, String> {
    let mut deserializer = serde_json::Deserializer::from_str(line);
    let row = T::deserialize(Kindless(&mut deserializer)).and_then(|row| deserializer.end().map(|()| row));
    row.map_err(|error| reason(line, &error))
}
