//! Which lines the pack's conditions are met by.

use reprise_criteria::DefaultCriteria;
use reprise_rules::testing::{Population, any_of};
use reprise_rules::{ConditionKind, CriteriaRules};

use crate::check;

#[test]
fn the_pack_lists_its_conditions() {
    let conditions = <DefaultCriteria as CriteriaRules>::conditions();
    let conditions: Vec<_> = conditions
        .iter()
        .map(|condition| (condition.code.as_str(), condition.kind))
        .collect();
    assert_eq!(
        conditions,
        [
            ("PREVENTIVE-UNDER-18", ConditionKind::Procedure),
            ("CARIES-WITH-TOOTH", ConditionKind::Diagnosis)
        ]
    );
}

#[test]
fn a_preventive_service_for_a_child() {
    check(
        Population::default(),
        any_of("procedure-condition", &["PREVENTIVE-UNDER-18"]),
        &[
            (|line| line.procedures(&["G0438"]).attributes(&["age=7"]), true),
            (
                |line| line.procedures(&["A0021", "G0439"]).attributes(&["age=17", "tooth=14"]),
                true,
            ),
            (|line| line.procedures(&["G0438"]).attributes(&["age=18"]), false),
            (|line| line.procedures(&["G0438"]).attributes(&["age=young"]), false),
            (|line| line.procedures(&["G0438"]).attributes(&["wage=7"]), false),
            (|line| line.procedures(&["G0438"]), false),
            (|line| line.procedures(&["A0021"]).attributes(&["age=7"]), false),
            (|line| line.attributes(&["age=7"]), false),
        ],
    );
}

#[test]
fn caries_on_a_named_tooth() {
    check(
        Population::default(),
        any_of("diagnosis-condition", &["CARIES-WITH-TOOTH"]),
        &[
            (|line| line.diagnoses(&["K021"]).attributes(&["tooth=14"]), true),
            (
                |line| line.diagnoses(&["K0252", "I10"]).attributes(&["age=7", "tooth=3"]),
                true,
            ),
            (|line| line.diagnoses(&["I10", "K021"]).attributes(&["tooth=14"]), false),
            (|line| line.diagnoses(&["K021"]).attributes(&["tooth="]), false),
            (|line| line.diagnoses(&["K021"]), false),
            (|line| line.attributes(&["tooth=14"]), false),
        ],
    );
}
