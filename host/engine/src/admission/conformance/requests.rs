//! The requests that a criteria component is tried with: each criterion that it understands, as it stands and negated,
//! and some of them together.

use reprise_model::{Amount, Criterion, CriterionName, Day, Dictionary, Test};

use super::population::{AMOUNT_MAX, DAYS, FIRST_DAY, GROUPS, codes};
use crate::admission::trial::Draw;
use crate::criteria::{ConditionKind, CriteriaComponent};

const SEED: u64 = 7;
/// How many requests ask for several criteria.
const TOGETHER: usize = 16;

/// The requests that a component is tried with, the empty one first.
pub(super) fn requests(component: &CriteriaComponent) -> Vec<Vec<Criterion>> {
    let named = component.description().criteria.iter();
    let names: Vec<_> = named.filter_map(|name| CriterionName::from_name(name)).collect();
    let mut single = Vec::new();
    for &name in &names {
        for test in tests(name, component) {
            for negated in [false, true] {
                let test = test.clone();
                single.push(Criterion { name, negated, test });
            }
        }
    }
    let mut requests = vec![Vec::new()];
    requests.extend(single.iter().map(|criterion| vec![criterion.clone()]));
    let mut draw = Draw::new(SEED);
    for _ in 0..TOGETHER {
        let mut together: Vec<Criterion> = Vec::new();
        for place in draw.some_of(&(0..single.len()).collect::<Vec<_>>(), 2 + single.len().min(3)) {
            // A request gives a criterion once.
            let criterion = &single[place];
            if together.len() < 4 && together.iter().all(|given| given.name != criterion.name) {
                together.push(criterion.clone());
            }
        }
        if together.len() > 1 {
            requests.push(together);
        }
    }
    requests
}

/// What a criterion is asked with: something that some of the population's lines meet.
fn tests(name: CriterionName, component: &CriteriaComponent) -> Vec<Test> {
    let any_of = |codes: &[&str]| vec![Test::AnyOf(codes.iter().map(|&code| code.to_owned()).collect())];
    let first_two = |dictionary| vec![Test::AnyOf(codes(dictionary).into_iter().take(2).collect())];
    match name {
        CriterionName::ProcessType => any_of(&["CLAIM"]),
        CriterionName::ClaimType => any_of(&["PROVIDER"]),
        CriterionName::ClaimStatus => any_of(&["CHANGE", "MANUAL PRICING", "FINALIZED"]),
        CriterionName::ClaimForm => first_two(Dictionary::ClaimForm),
        CriterionName::Product => first_two(Dictionary::Product),
        CriterionName::CoverageRegime => first_two(Dictionary::CoverageRegime),
        CriterionName::FeeSchedule => first_two(Dictionary::FeeSchedule),
        CriterionName::PendReason => first_two(Dictionary::PendReason),
        CriterionName::ProcedureGroup
        | CriterionName::DiagnosisGroup
        | CriterionName::BenefitsProviderGroup
        | CriterionName::PriceProviderGroup
        | CriterionName::ServiceProviderGroup
        | CriterionName::LocationProviderGroup
        | CriterionName::ClaimantProviderGroup
        | CriterionName::MessageGroup => any_of(&GROUPS),
        CriterionName::ProcedureCondition => conditions(component, ConditionKind::Procedure),
        CriterionName::DiagnosisCondition => conditions(component, ConditionKind::Diagnosis),
        CriterionName::ServicedEntity => vec![Test::Entity {
            code: "M-1".to_owned(),
            entity_type: "PERSON".to_owned(),
        }],
        CriterionName::EntryDate | CriterionName::ServiceDate => {
            let day = |part: u32| Some(Day::from_number(FIRST_DAY.saturating_add_unsigned(DAYS / part)));
            let (from, through) = (day(4), day(2));
            vec![Test::Days { from, through }, Test::Days { from, through: None }]
        }
        CriterionName::AllowedAmount | CriterionName::CoveredAmount => {
            let amount = |part: u32| Some(Amount::from_number(i64::from(AMOUNT_MAX / part)));
            let (from, through) = (amount(4), amount(2));
            vec![Test::Amounts { from, through }, Test::Amounts { from: None, through }]
        }
    }
}

/// Each condition of a kind by itself.
fn conditions(component: &CriteriaComponent, kind: ConditionKind) -> Vec<Test> {
    let conditions = component.conditions().iter().filter(|condition| condition.kind == kind);
    conditions
        .map(|condition| Test::AnyOf(vec![condition.code.clone()]))
        .collect()
}

/// A request in words.
pub(super) fn words(request: &[Criterion]) -> String {
    let word = |criterion: &Criterion| {
        let what = match &criterion.test {
            Test::AnyOf(codes)
                if matches!(
                    criterion.name,
                    CriterionName::ProcedureCondition | CriterionName::DiagnosisCondition
                ) =>
            {
                format!(" `{}`", codes.join(", "))
            }
            _ => String::new(),
        };
        let negated = if criterion.negated { " (negated)" } else { "" };
        format!("`{}`{what}{negated}", criterion.name)
    };
    match request {
        [] => "asked for no criterion at all".to_owned(),
        [criterion] => format!("asked for criterion {}", word(criterion)),
        criteria => {
            let words: Vec<_> = criteria.iter().map(word).collect();
            format!("asked for criteria {}", words.join(", "))
        }
    }
}
