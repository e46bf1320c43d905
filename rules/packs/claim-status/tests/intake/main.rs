//! The default component's claim intake: its policy table row by row, each refusal in its words, and every combination
//! against a plain reading of the text.

mod changes;
mod enrolments;
mod plain;
mod random;
mod refusals;
mod releases;
mod table;

use reprise_rules::claim_status::OfficeFlags;

/// An office whose flags of these names are on.
fn office(flags: &[&str]) -> OfficeFlags {
    flags
        .iter()
        .fold(OfficeFlags::none(), |office, name| office.with(name, "true"))
}
