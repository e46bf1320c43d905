//! What an author implements to decide everything themselves: the contract with typed columns.
//!
//! Most packs are composed of criteria instead; see [`CriteriaPack`](crate::CriteriaPack).

use std::rc::Rc;

use crate::bitmap::Bitmap;
use crate::column::{Column, Granularity};
use crate::reference::ReferenceData;
use crate::rows::{Line, Rows};

pub use crate::bindings::exports::reprise::rules::criteria::{
    AmountRange, Condition, ConditionKind, Criterion, DayRange, Description, Finding, Refusal, ServicedEntity, Test,
};

/// A criteria component.
pub trait CriteriaRules: 'static {
    /// What a request is compiled into.
    type Matcher: Matcher;

    /// What the component says of itself.
    fn describe() -> Description;

    /// The conditions that the component brings along.
    fn conditions() -> Vec<Condition> {
        Vec::new()
    }

    /// Compiles a request. An empty list matches every line.
    ///
    /// # Errors
    ///
    /// A refusal that names the criterion at fault and says what would be right.
    fn compile(criteria: &[Criterion], reference: Rc<dyn ReferenceData>) -> Result<Self::Matcher, Refusal>;
}

/// A compiled request. It keeps nothing between calls.
pub trait Matcher: 'static {
    /// How it wants to be asked. Read once, when it has been compiled.
    fn plan(&self) -> Plan;

    /// What every hit has in common.
    fn prefilter(&self) -> Vec<Bound> {
        Vec::new()
    }

    /// Which rows of a batch pass a stage of the plan.
    fn match_batch(&self, stage: usize, rows: &Rows<'_>) -> Bitmap;

    /// Whether one line is a hit; the same answer that the stages give.
    fn match_line(&self, line: &Line<'_>) -> bool;

    /// What became of each criterion of the request for one line, in the order of the request.
    fn explain(&self, line: &Line<'_>) -> Vec<Finding>;
}

/// How a matcher wants to be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The stages in the order in which they are run, those of claims first; at least one.
    pub stages: Vec<Stage>,
    /// Every column that deciding one line takes.
    pub columns: Vec<Column>,
}

/// One step of a matcher.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    /// What its rows are.
    pub granularity: Granularity,
    /// The columns it needs.
    pub columns: Vec<Column>,
}

/// A range that every hit's value of a column lies in, both ends inclusive; a least value above the greatest says that
/// there is no hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound {
    /// The column.
    pub column: Column,
    /// The least value that a hit can have.
    pub least: i64,
    /// The greatest value that a hit can have.
    pub greatest: i64,
}

impl Test {
    /// The codes asked for, at least one.
    ///
    /// # Errors
    ///
    /// A sentence saying that codes were to be given.
    pub fn codes(&self) -> Result<&[String], String> {
        match self {
            Self::AnyOf(codes) if codes.is_empty() => Err("at least one code must be given".to_owned()),
            Self::AnyOf(codes) => Ok(codes),
            other => Err(format!("codes must be given, not {}", other.form())),
        }
    }

    /// The range of days asked for.
    ///
    /// # Errors
    ///
    /// A sentence saying that a range of days was to be given.
    pub fn days(&self) -> Result<DayRange, String> {
        match self {
            Self::Days(range) => Ok(*range),
            other => Err(format!("a range of days must be given, not {}", other.form())),
        }
    }

    /// The range of amounts asked for.
    ///
    /// # Errors
    ///
    /// A sentence saying that a range of amounts was to be given.
    pub fn amounts(&self) -> Result<AmountRange, String> {
        match self {
            Self::Amounts(range) => Ok(*range),
            other => Err(format!("a range of amounts must be given, not {}", other.form())),
        }
    }

    /// The serviced entity asked for.
    ///
    /// # Errors
    ///
    /// A sentence saying that a serviced entity was to be given.
    pub fn entity(&self) -> Result<&ServicedEntity, String> {
        match self {
            Self::Entity(entity) => Ok(entity),
            other => Err(format!(
                "a serviced entity must be given, by code and type, not {}",
                other.form()
            )),
        }
    }

    const fn form(&self) -> &'static str {
        match self {
            Self::AnyOf(_) => "codes",
            Self::Days(_) => "a range of days",
            Self::Amounts(_) => "a range of amounts",
            Self::Entity(_) => "a serviced entity",
        }
    }
}
