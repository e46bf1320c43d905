//! A criteria component, what it says of itself, and the matchers that it compiles.

use std::sync::Arc;

use reprise_model::{Cell, Column, ColumnForm, ColumnSlice, Criterion, CriterionName, Granularity, Test};
use wasmtime::Store;
use wasmtime::component::ResourceAny;

use crate::CallLimits;
use crate::bindings::exports::reprise::rules::criteria as contract;
use crate::bindings::{CriteriaComponent as Instance, CriteriaComponentPre};
use crate::fault::Fault;
use crate::load::{AdmissionStep, Digest, Refusal};
use crate::reference::{EmptyReference, ReferenceSource};
use crate::runtime::{enter, new_store};
use crate::state::State;

/// A component that was checked and may decide. Cheap to clone.
#[derive(Clone)]
pub struct CriteriaComponent {
    prepared: Arc<CriteriaComponentPre<State>>,
    digest: Digest,
    limits: CallLimits,
    description: Arc<Description>,
    conditions: Arc<[ComponentCondition]>,
}

/// What a component says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description {
    /// Its name.
    pub name: String,
    /// Its own version.
    pub version: String,
    /// The criteria that it understands, by the contract's names.
    pub criteria: Vec<String>,
}

/// What a condition is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConditionKind {
    /// The line's procedures.
    Procedure,
    /// The line's primary diagnosis.
    Diagnosis,
}

/// A named predicate that a component brings along.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComponentCondition {
    /// What a request names it by.
    pub code: String,
    /// What it is asked about.
    pub kind: ConditionKind,
    /// What it means.
    pub description: String,
}

/// Why a request was not compiled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CompileError {
    /// The component says no.
    #[error("{reason}")]
    Refused {
        /// The criterion at fault, by the contract's name; empty if it is none in particular.
        criterion: String,
        /// The component's reason.
        reason: String,
    },
    /// The component failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// How a matcher wants to be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The stages in order; at least one, those of claims first.
    pub stages: Vec<Stage>,
    /// The columns that [`Matcher::match_line`] and [`Matcher::explain`] want.
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

/// The outcome of one criterion for one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The criterion, by the contract's name.
    pub criterion: String,
    /// Whether the line meets it.
    pub met: bool,
    /// The value that decided and why.
    pub reason: String,
}

/// More stages than this are no plan but an attempt to keep the host busy.
const STAGES_MAX: usize = 16;

impl CriteriaComponent {
    /// The last steps of admission: instantiate it once and ask what it is.
    pub(crate) fn introduce(
        prepared: CriteriaComponentPre<State>,
        digest: Digest,
        limits: CallLimits,
    ) -> Result<Self, Refusal> {
        let mut store = new_store(prepared.engine(), limits, Arc::new(EmptyReference));
        let instance = enter(&mut store, |store| prepared.instantiate(store))
            .map_err(|fault| Refusal::new(AdmissionStep::Instantiation, fault.to_string()))?;
        let describe = |fault: Fault| Refusal::new(AdmissionStep::Description, fault.to_string());
        let exports = instance.reprise_rules_criteria();
        let description = enter(&mut store, |store| exports.call_describe(store)).map_err(describe)?;
        let conditions = enter(&mut store, |store| exports.call_conditions(store)).map_err(describe)?;
        let is_showable = |text: &str| text.len() <= 200 && !text.contains(char::is_control);
        if description.name.is_empty() || !is_showable(&description.name) || !is_showable(&description.version) {
            return Err(Refusal::new(
                AdmissionStep::Description,
                "`describe` must answer a name of 1 to 200 bytes and a version of at most 200, without control characters",
            ));
        }
        let conditions = conditions
            .into_iter()
            .map(|condition| ComponentCondition {
                code: condition.code,
                kind: match condition.kind {
                    contract::ConditionKind::Procedure => ConditionKind::Procedure,
                    contract::ConditionKind::Diagnosis => ConditionKind::Diagnosis,
                },
                description: condition.description,
            })
            .collect();
        let description = Description {
            name: description.name,
            version: description.version,
            criteria: description.criteria,
        };
        Ok(Self {
            prepared: Arc::new(prepared),
            digest,
            limits,
            description: Arc::new(description),
            conditions,
        })
    }

    /// What it is known by.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// What it says of itself.
    pub fn description(&self) -> &Description {
        &self.description
    }

    /// The conditions that it brings along.
    pub fn conditions(&self) -> &[ComponentCondition] {
        &self.conditions
    }

    /// Compile a request in a fresh instance. Instances are never shared: a matcher owns its own.
    pub fn compile(
        &self,
        reference: Arc<dyn ReferenceSource>,
        criteria: &[Criterion],
    ) -> Result<Matcher, CompileError> {
        let mut store = new_store(self.prepared.engine(), self.limits, reference);
        let instance = enter(&mut store, |store| self.prepared.instantiate(store))?;
        let asked = criteria.iter().map(|criterion| criterion.name).collect();
        let criteria = to_contract(criteria);
        let criteria: Vec<_> = criteria.iter().map(ContractCriterion::borrow).collect();
        let exports = instance.reprise_rules_criteria();
        let resource = match enter(&mut store, |store| exports.call_compile(store, &criteria))? {
            Ok(resource) => resource,
            Err(refusal) => {
                return Err(CompileError::Refused {
                    criterion: refusal.criterion,
                    reason: refusal.reason,
                });
            }
        };
        let plan = enter(&mut store, |store| exports.matcher().call_plan(store, resource))?;
        let prefilter = enter(&mut store, |store| exports.matcher().call_prefilter(store, resource))?;
        let plan = check_plan(plan)?;
        let prefilter = check_prefilter(&prefilter)?;
        Ok(Matcher {
            store,
            instance,
            resource,
            asked,
            plan,
            prefilter,
            fault: None,
        })
    }
}

/// A criterion in the contract's shape, which borrows its lists of texts.
struct ContractCriterion<'a> {
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

fn to_contract(criteria: &[Criterion]) -> Vec<ContractCriterion<'_>> {
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
    fn borrow(&'a self) -> contract::Criterion<'a> {
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

fn known_column(name: &str) -> Result<Column, Fault> {
    Column::from_name(name)
        .ok_or_else(|| Fault::broke_contract(format!("it asks for column `{name}`, which the host does not have")))
}

/// A plan that the host can follow, or why it cannot.
fn check_plan(plan: contract::Plan) -> Result<Plan, Fault> {
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

fn check_prefilter(bounds: &[contract::Bound]) -> Result<Vec<Bound>, Fault> {
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

/// A compiled request in an instance of its own.
pub struct Matcher {
    store: Store<State>,
    instance: Instance,
    resource: ResourceAny,
    /// The criteria of the request, in its order.
    asked: Vec<CriterionName>,
    plan: Plan,
    prefilter: Vec<Bound>,
    /// The instance is not entered again after a fault.
    fault: Option<Fault>,
}

impl Matcher {
    /// How it wants to be asked.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// What every hit has in common.
    pub fn prefilter(&self) -> &[Bound] {
        &self.prefilter
    }

    /// Which rows of a batch pass a stage: a bit for each row, row 0 the lowest bit of the first word.
    ///
    /// The columns must be those of the stage, in its order, each with `rows` values.
    pub fn match_batch(&mut self, stage: usize, rows: usize, columns: &[ColumnSlice<'_>]) -> Result<Vec<u64>, Fault> {
        debug_assert!(
            columns.iter().all(|column| column.len() == rows),
            "a column has another number of rows"
        );
        debug_assert!(
            self.plan
                .stages
                .get(stage)
                .is_some_and(|stage| fits(&stage.columns, columns)),
            "wrong columns"
        );
        let columns: Vec<_> = columns
            .iter()
            .map(|column| match column {
                ColumnSlice::Kinds(values) => contract::Column::Kinds(values),
                ColumnSlice::Ids(values) => contract::Column::Ids(values),
                ColumnSlice::Days(values) => contract::Column::Days(values),
                ColumnSlice::Amounts(values) => contract::Column::Amounts(values),
            })
            .collect();
        let (Ok(stage), Ok(row_count)) = (u32::try_from(stage), u32::try_from(rows)) else {
            return Err(Fault::broke_contract("a batch holds at most 2^32 rows"));
        };
        let words = self.call(|instance, resource, store| {
            instance
                .reprise_rules_criteria()
                .matcher()
                .call_match_batch(store, resource, stage, row_count, &columns)
        })?;
        self.check(check_bitmap(words, rows))
    }

    /// Whether one line is a hit, from its cells of the plan's columns.
    pub fn match_line(&mut self, cells: &[Cell]) -> Result<bool, Fault> {
        self.call(|instance, resource, store| {
            instance
                .reprise_rules_criteria()
                .matcher()
                .call_match_line(store, resource, cells)
        })
    }

    /// What became of each criterion for one line, from its cells of the plan's columns.
    pub fn explain(&mut self, cells: &[Cell]) -> Result<Vec<Finding>, Fault> {
        let findings = self.call(|instance, resource, store| {
            instance
                .reprise_rules_criteria()
                .matcher()
                .call_explain(store, resource, cells)
        })?;
        let findings = findings
            .into_iter()
            .map(|finding| Finding {
                criterion: finding.criterion,
                met: finding.met,
                reason: finding.reason,
            })
            .collect();
        let checked = check_findings(findings, &self.asked);
        self.check(checked)
    }

    /// Memory that its instance has in use is counted by its meter; fuel that the last call took.
    pub fn fuel_used(&self) -> u64 {
        let limits = self.store.data().limits;
        limits.fuel_max.saturating_sub(self.store.get_fuel().unwrap_or(0))
    }

    fn call<Answer>(
        &mut self,
        call: impl FnOnce(&Instance, ResourceAny, &mut Store<State>) -> wasmtime::Result<Answer>,
    ) -> Result<Answer, Fault> {
        if let Some(fault) = &self.fault {
            return Err(fault.clone());
        }
        let (instance, resource) = (&self.instance, self.resource);
        let answer = enter(&mut self.store, |store| call(instance, resource, store));
        self.check(answer)
    }

    /// Remember a fault, so that the instance is not entered again.
    fn check<Answer>(&mut self, answer: Result<Answer, Fault>) -> Result<Answer, Fault> {
        answer.inspect_err(|fault| self.fault = Some(fault.clone()))
    }
}

fn fits(wanted: &[Column], given: &[ColumnSlice<'_>]) -> bool {
    wanted.len() == given.len()
        && wanted.iter().zip(given).all(|(column, slice)| {
            matches!(
                (column.form(), slice),
                (ColumnForm::Kinds, ColumnSlice::Kinds(_))
                    | (ColumnForm::Codes(_) | ColumnForm::Sets(_), ColumnSlice::Ids(_))
                    | (ColumnForm::Days, ColumnSlice::Days(_))
                    | (ColumnForm::Amounts, ColumnSlice::Amounts(_))
            )
        })
}

fn check_bitmap(words: Vec<u64>, rows: usize) -> Result<Vec<u64>, Fault> {
    let expected = rows.div_ceil(64);
    if words.len() != expected {
        return Err(Fault::broke_contract(format!(
            "its bitmap for {rows} rows has {} words; it must have {expected}",
            words.len()
        )));
    }
    let used_bits = rows % 64;
    if used_bits != 0 && words.last().is_some_and(|word| word >> used_bits != 0) {
        return Err(Fault::broke_contract(format!(
            "its bitmap for {rows} rows sets bits beyond the last row"
        )));
    }
    Ok(words)
}

/// A line is said to be a hit if no finding speaks against it, so a finding that is left out must not pass.
fn check_findings(findings: Vec<Finding>, asked: &[CriterionName]) -> Result<Vec<Finding>, Fault> {
    if findings.len() != asked.len() {
        return Err(Fault::broke_contract(format!(
            "it explains {} criteria of a request that has {}",
            findings.len(),
            asked.len()
        )));
    }
    match findings
        .iter()
        .zip(asked)
        .find(|(finding, asked)| finding.criterion != asked.as_str())
    {
        Some((finding, asked)) => Err(Fault::broke_contract(format!(
            "it explains `{}` where `{asked}` is asked for",
            finding.criterion
        ))),
        None => Ok(findings),
    }
}

#[cfg(test)]
mod tests {
    use super::check_bitmap;

    #[test]
    fn a_bitmap_has_a_bit_for_each_row_and_no_more() {
        for (rows, words, taken) in [
            (0, vec![], true),
            (1, vec![1], true),
            (1, vec![2], false),
            (64, vec![u64::MAX], true),
            (65, vec![0], false),
            (65, vec![0, 1], true),
            (65, vec![0, 2], false),
            (65, vec![0, 0, 0], false),
        ] {
            assert_eq!(
                check_bitmap(words.clone(), rows).is_ok(),
                taken,
                "{rows} rows, {words:?}"
            );
        }
    }
}
