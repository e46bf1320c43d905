//! Criteria as a test writes them.

use super::day::day;
use crate::rules::{AmountRange, Criterion, DayRange, ServicedEntity, Test};

/// A criterion that asks for any of these codes.
pub fn any_of(name: &str, codes: &[&str]) -> Criterion {
    criterion(name, Test::AnyOf(codes.iter().map(|&code| code.to_owned()).collect()))
}

/// A criterion that asks for a range of days.
pub fn days(name: &str, from: Option<&str>, through: Option<&str>) -> Criterion {
    criterion(
        name,
        Test::Days(DayRange {
            from: from.map(day),
            through: through.map(day),
        }),
    )
}

/// A criterion that asks for a range of amounts in ten-thousandths.
pub fn amounts(name: &str, from: Option<i64>, through: Option<i64>) -> Criterion {
    criterion(name, Test::Amounts(AmountRange { from, through }))
}

/// A criterion that asks for a serviced entity.
pub fn entity(name: &str, code: &str, entity_type: &str) -> Criterion {
    criterion(
        name,
        Test::Entity(ServicedEntity {
            code: code.to_owned(),
            entity_type: entity_type.to_owned(),
        }),
    )
}

/// The opposite of a criterion.
pub fn not(criterion: Criterion) -> Criterion {
    Criterion {
        negated: !criterion.negated,
        ..criterion
    }
}

fn criterion(name: &str, test: Test) -> Criterion {
    Criterion {
        name: name.to_owned(),
        negated: false,
        test,
    }
}
