//! The conditions that this pack brings along, one file each. They are examples: a payer's pack has its own.

mod caries_with_tooth;
mod preventive_under_18;

use reprise_rules::ConditionDefinition;

pub use caries_with_tooth::CariesWithTooth;
pub use preventive_under_18::PreventiveUnder18;

/// Every condition of the pack.
pub fn conditions() -> Vec<Box<dyn ConditionDefinition>> {
    vec![Box::new(PreventiveUnder18), Box::new(CariesWithTooth)]
}
