//! What a component says of itself, held to what the host can show and keep to.

use std::collections::BTreeSet;

use reprise_model::CriterionName;

use crate::CallLimits;
use crate::criteria::ComponentCondition;
use crate::fault::Fault;
use crate::words::{grouped, is_on_one_line, one_line};

/// What is shown in lists and logs.
const NAME_BYTES_MAX: usize = 200;
/// More conditions than this nobody chooses from.
const CONDITIONS_MAX: usize = 1_000;
const CONDITION_CODE_BYTES_MAX: usize = 100;
const CONDITION_DESCRIPTION_BYTES_MAX: usize = 1_024;

/// What a component calls itself.
pub(crate) fn check_name(name: &str, version: &str) -> Result<(), String> {
    for (what, text) in [("name", name), ("version", version)] {
        check_text(&format!("`describe` answers a {what}"), text, NAME_BYTES_MAX)?;
    }
    Ok(())
}

/// The criteria that a component says it understands are the contract's, each once.
pub(crate) fn check_criteria(criteria: &[String]) -> Result<(), String> {
    let mut known = BTreeSet::new();
    for name in criteria {
        let Some(criterion) = CriterionName::from_name(name) else {
            let names: Vec<_> = CriterionName::ALL.iter().map(|name| name.as_str()).collect();
            return Err(format!(
                "`describe` lists criterion `{}`, which no request can ask for; those of the contract are {}",
                one_line(name),
                names.join(", ")
            ));
        };
        if !known.insert(criterion) {
            return Err(format!(
                "`describe` lists criterion `{criterion}` twice; each is listed once"
            ));
        }
    }
    Ok(())
}

/// Requests name conditions by their codes, and people choose among them by their descriptions.
pub(crate) fn check_conditions(conditions: &[ComponentCondition]) -> Result<(), String> {
    if conditions.len() > CONDITIONS_MAX {
        return Err(format!(
            "`conditions` answers {} conditions; {} are allowed",
            grouped(conditions.len()),
            grouped(CONDITIONS_MAX)
        ));
    }
    let mut known = BTreeSet::new();
    for condition in conditions {
        let code = condition.code.as_str();
        check_text("`conditions` answers a code", code, CONDITION_CODE_BYTES_MAX)?;
        check_text(
            &format!("`conditions` answers, for `{code}`, a description"),
            &condition.description,
            CONDITION_DESCRIPTION_BYTES_MAX,
        )?;
        if !known.insert(code) {
            return Err(format!(
                "`conditions` answers `{code}` twice; a request names a condition by its code, so each needs its own"
            ));
        }
    }
    Ok(())
}

fn check_text(what: &str, text: &str, bytes_max: usize) -> Result<(), String> {
    let right = format!("it must have 1 to {} bytes", grouped(bytes_max));
    if text.trim().is_empty() {
        return Err(format!("{what} that is empty; {right}"));
    }
    if text.len() > bytes_max {
        return Err(format!("{what} of {} bytes; {right}", grouped(text.len())));
    }
    if !is_on_one_line(text) {
        return Err(format!(
            "{what} with control characters, `{}`; it must be one line that can be shown",
            text.escape_debug()
        ));
    }
    Ok(())
}

/// Why a component did not say what it is. Its budget for that is a small one, so running out is no usual fault.
pub(crate) fn description_fault(fault: &Fault, budget: CallLimits) -> String {
    let budget = match fault {
        Fault::OutOfFuel { .. } => format!("{} units of fuel", grouped(budget.fuel_max)),
        Fault::OutOfTime { .. } => format!("{} ms", budget.time_max.as_millis()),
        _ => return fault.to_string(),
    };
    format!(
        "it takes more than {budget} to say what it is; `describe` and `conditions` answer what is fixed when the \
         component is built, and work belongs in the decisions"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ConditionKind;

    /// The words that refuse, or none.
    #[track_caller]
    fn check(outcome: Result<(), String>, expected: Option<&str>) {
        let is_expected = match (&outcome, expected) {
            (Err(reason), Some(words)) => reason.contains(words),
            (outcome, expected) => outcome.is_ok() == expected.is_none(),
        };
        assert!(is_expected, "{outcome:?}, but expected {expected:?}");
    }

    #[test]
    fn a_name_and_a_version_are_one_line_each() {
        let long = "x".repeat(201);
        for (name, version, expected) in [
            ("default-criteria", "1.4.0", None),
            ("Prämie", "été 2026", None),
            (
                "",
                "1.0.0",
                Some("`describe` answers a name that is empty; it must have 1 to 200 bytes"),
            ),
            ("  ", "1.0.0", Some("a name that is empty")),
            ("rules", "", Some("`describe` answers a version that is empty")),
            (&long, "1.0.0", Some("a name of 201 bytes; it must have 1 to 200")),
            (
                "two\nlines",
                "1.0.0",
                Some("a name with control characters, `two\\nlines`"),
            ),
            ("rules", "1.0\0", Some("a version with control characters, `1.0\\0`")),
            (
                "hidden\u{202e}name",
                "1.0.0",
                Some("control characters, `hidden\\u{202e}name`"),
            ),
        ] {
            check(check_name(name, version), expected);
        }
    }

    #[test]
    fn criteria_are_those_of_the_contract_each_once() {
        for (names, expected) in [
            (&[][..], None),
            (&["product", "service-date"], None),
            (
                &["product", "weather"],
                Some(
                    "lists criterion `weather`, which no request can ask for; those of the contract are process-type, ",
                ),
            ),
            (&["product", "Product"], Some("`Product`")),
            (&["product", "product"], Some("lists criterion `product` twice")),
        ] {
            let names: Vec<_> = names.iter().map(|&name| name.to_owned()).collect();
            check(check_criteria(&names), expected);
        }
    }

    #[test]
    fn conditions_can_be_named_and_shown() {
        let condition = |code: &str, description: &str| ComponentCondition {
            code: code.to_owned(),
            kind: ConditionKind::Procedure,
            description: description.to_owned(),
        };
        for (conditions, expected) in [
            (vec![], None),
            (vec![condition("A", "one"), condition("B", "one")], None),
            (
                vec![condition("", "one")],
                Some("`conditions` answers a code that is empty"),
            ),
            (vec![condition("A", " ")], Some("for `A`, a description that is empty")),
            (
                vec![condition("A\t", "one")],
                Some("a code with control characters, `A\\t`"),
            ),
            (
                vec![condition("A", "one"), condition("A", "two")],
                Some("answers `A` twice"),
            ),
            (
                vec![condition("A", "one"); 1_001],
                Some("answers 1,001 conditions; 1,000 are allowed"),
            ),
        ] {
            check(check_conditions(&conditions), expected);
        }
    }
}
