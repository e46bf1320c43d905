//! A preventive service for a child.
//!
//! Asks: procedure condition `PREVENTIVE-UNDER-18`.
//! Meets when: one of the line's procedures has a code that starts with G04 (preventive services), and the line's
//! attribute `age`, in whole years, is below 18.
//! Does not when: no procedure has such a code, or the attribute is absent, no whole number, or 18 and above.

use reprise_rules::{
    Attributes, AttributesTest, CodeTest, Column, ConditionDefinition, ConditionKind, Every, LineTest, Reference,
};

/// A preventive service for a child.
pub struct PreventiveUnder18;

impl ConditionDefinition for PreventiveUnder18 {
    fn code(&self) -> &'static str {
        "PREVENTIVE-UNDER-18"
    }

    fn kind(&self) -> ConditionKind {
        ConditionKind::Procedure
    }

    fn description(&self) -> &'static str {
        "A procedure whose code starts with G04, on a line whose attribute `age` is below 18"
    }

    fn compile(&self, reference: &Reference) -> Result<Box<dyn LineTest>, String> {
        let is_preventive = |code: &str| code.starts_with("G04");
        let procedures = CodeTest::described(
            reference,
            Column::Procedures,
            "a code that starts with G04",
            is_preventive,
        )?;
        let attributes = AttributesTest::new(reference, "an age below 18", is_under_18);
        Ok(Box::new(Every(vec![Box::new(procedures), Box::new(attributes)])))
    }
}

fn is_under_18(attributes: &Attributes<'_>) -> bool {
    attributes
        .get("age")
        .and_then(|age| age.parse::<u32>().ok())
        .is_some_and(|age| age < 18)
}
