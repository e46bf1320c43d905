//! How a matcher wants to be asked: the values of its plan and its prefilter, and the checks that the host can follow them.

use reprise_model::{Column, Granularity};

use crate::bindings::exports::reprise::rules::criteria as contract;
use crate::fault::Fault;

/// How a matcher wants to be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The stages in order; at least one, those of claims first.
    pub stages: Vec<Stage>,
    /// The columns that [`Matcher::match_line`](crate::Matcher::match_line) and [`Matcher::explain`](crate::Matcher::explain) want.
    pub columns: Vec<Column>,
}

/// One step of a matcher.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    /// What its rows are.
    pub granularity: Granularity,
    /// The columns that it wants, in order.
    pub columns: Vec<Column>,
}

/// A range that every hit's value of a column lies in, both ends inclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound {
    /// The column.
    pub column: Column,
    /// The least value.
    pub least: i64,
    /// The greatest value.
    pub greatest: i64,
}

/// More stages than this are no plan but an attempt to keep the host busy.
const STAGES_MAX: usize = 16;

fn known_column(name: &str) -> Result<Column, Fault> {
    Column::from_name(name)
        .ok_or_else(|| Fault::broke_contract(format!("it asks for column `{name}`, which the host does not have")))
}

/// A plan that the host can follow, or why it cannot.
pub(crate) fn check_plan(plan: contract::Plan) -> Result<Plan, Fault> {
    if plan.stages.is_empty() || plan.stages.len() > STAGES_MAX {
        return Err(Fault::broke_contract(format!(
            "its plan has {} stages; it must have 1 to {STAGES_MAX}",
            plan.stages.len()
        )));
    }
    let columns_of = |names: Vec<String>| -> Result<Vec<Column>, Fault> {
        if names.len() > Column::ALL.len() {
            return Err(Fault::broke_contract("it asks for a column more than once"));
        }
        names.iter().map(|name| known_column(name)).collect()
    };
    let mut stages: Vec<Stage> = Vec::with_capacity(plan.stages.len());
    for stage in plan.stages {
        let granularity = match stage.granularity {
            contract::Granularity::Claim => Granularity::Claim,
            contract::Granularity::Line => Granularity::Line,
        };
        let columns = columns_of(stage.columns)?;
        if granularity == Granularity::Claim {
            if stages.iter().any(|earlier| earlier.granularity == Granularity::Line) {
                return Err(Fault::broke_contract("its plan has a claim stage after a line stage"));
            }
            if let Some(column) = columns.iter().find(|column| column.granularity() == Granularity::Line) {
                return Err(Fault::broke_contract(format!(
                    "a claim stage asks for column `{column}`, which lines have"
                )));
            }
        }
        stages.push(Stage { granularity, columns });
    }
    Ok(Plan {
        stages,
        columns: columns_of(plan.columns)?,
    })
}

pub(crate) fn check_prefilter(bounds: &[contract::Bound]) -> Result<Vec<Bound>, Fault> {
    bounds
        .iter()
        .map(|bound| {
            Ok(Bound {
                column: known_column(&bound.column)?,
                least: bound.least,
                greatest: bound.greatest,
            })
        })
        .collect()
}
