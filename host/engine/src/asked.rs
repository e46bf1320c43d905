//! A request's criteria in the contract's shape.

use reprise_model::{Criterion, Test};

use crate::bindings::exports::reprise::rules::criteria as contract;

/// A criterion in the contract's shape, which borrows its lists of texts.
pub(crate) struct ContractCriterion<'a> {
    name: &'static str,
    negated: bool,
    test: ContractTest<'a>,
}

enum ContractTest<'a> {
    AnyOf(Vec<&'a str>),
    Days(contract::DayRange),
    Amounts(contract::AmountRange),
    Entity(&'a str, &'a str),
}

/// A request's criteria.
pub(crate) fn to_contract(criteria: &[Criterion]) -> Vec<ContractCriterion<'_>> {
    criteria
        .iter()
        .map(|criterion| ContractCriterion {
            name: criterion.name.as_str(),
            negated: criterion.negated,
            test: match &criterion.test {
                Test::AnyOf(codes) => ContractTest::AnyOf(codes.iter().map(String::as_str).collect()),
                Test::Days { from, through } => ContractTest::Days(contract::DayRange {
                    from: from.map(reprise_model::Day::number),
                    through: through.map(reprise_model::Day::number),
                }),
                Test::Amounts { from, through } => ContractTest::Amounts(contract::AmountRange {
                    from: from.map(reprise_model::Amount::number),
                    through: through.map(reprise_model::Amount::number),
                }),
                Test::Entity { code, entity_type } => ContractTest::Entity(code, entity_type),
            },
        })
        .collect()
}

impl<'a> ContractCriterion<'a> {
    /// As the bindings take it.
    pub(crate) fn borrow(&'a self) -> contract::Criterion<'a> {
        contract::Criterion {
            name: self.name,
            negated: self.negated,
            test: match &self.test {
                ContractTest::AnyOf(codes) => contract::Test::AnyOf(codes),
                ContractTest::Days(range) => contract::Test::Days(*range),
                ContractTest::Amounts(range) => contract::Test::Amounts(*range),
                ContractTest::Entity(code, entity_type) => {
                    contract::Test::Entity(contract::ServicedEntity { code, entity_type })
                }
            },
        }
    }
}
