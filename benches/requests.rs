//! The requests that are measured: one, five and sixteen criteria on a generated population.

use reprise_model::{Criterion, CriterionName, Day, Test};

fn any_of(name: CriterionName, codes: &[&str]) -> Criterion {
    Criterion {
        name,
        negated: false,
        test: Test::AnyOf(codes.iter().map(|code| (*code).to_owned()).collect()),
    }
}

fn days(name: CriterionName, from: &str, through: &str) -> Criterion {
    let day = |text: &str| Some(text.parse::<Day>().expect("a day"));
    Criterion {
        name,
        negated: false,
        test: Test::Days {
            from: day(from),
            through: day(through),
        },
    }
}

/// One dated procedure group.
pub(crate) fn one() -> Vec<Criterion> {
    vec![any_of(CriterionName::ProcedureGroup, &["PG-1"])]
}

/// Process type, a year of service dates, status, a dated procedure group and a dated provider group.
pub(crate) fn five() -> Vec<Criterion> {
    vec![
        any_of(CriterionName::ProcessType, &["CLAIM"]),
        days(CriterionName::ServiceDate, "2024-01-01", "2024-12-31"),
        any_of(CriterionName::ClaimStatus, &["FINALIZED"]),
        any_of(CriterionName::ProcedureGroup, &["PG-1"]),
        any_of(CriterionName::ServiceProviderGroup, &["PRG-1"]),
    ]
}

/// Sixteen criteria, seven of them dated groups.
pub(crate) fn sixteen() -> Vec<Criterion> {
    let mut criteria = five();
    criteria.extend([
        days(CriterionName::EntryDate, "2024-01-01", "2025-12-31"),
        any_of(CriterionName::ClaimForm, &["HCFA1500", "UB04"]),
        any_of(CriterionName::ClaimType, &["PROVIDER"]),
        any_of(CriterionName::DiagnosisGroup, &["DG-1"]),
        any_of(CriterionName::BenefitsProviderGroup, &["PRG-1"]),
        any_of(CriterionName::PriceProviderGroup, &["PRG-2"]),
        any_of(CriterionName::LocationProviderGroup, &["PRG-3"]),
        any_of(CriterionName::ClaimantProviderGroup, &["PRG-1"]),
        any_of(CriterionName::Product, &["GOLD"]),
        any_of(CriterionName::CoverageRegime, &["REG-A"]),
        any_of(CriterionName::MessageGroup, &["MG-1"]),
    ]);
    criteria
}

/// All three, by name.
pub(crate) fn all() -> [(&'static str, Vec<Criterion>); 3] {
    [
        ("1 criterion", one()),
        ("5 criteria", five()),
        ("16 criteria", sixteen()),
    ]
}
