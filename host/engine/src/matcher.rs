//! A compiled request in an instance of its own: it decides batches and lines, and says why.

use reprise_model::{Cell, Column, ColumnForm, ColumnSlice, CriterionName};
use wasmtime::Store;
use wasmtime::component::ResourceAny;

use crate::bindings::CriteriaComponent as Instance;
use crate::bindings::exports::reprise::rules::criteria as contract;
use crate::fault::Fault;
use crate::observer::Observed;
use crate::plan::{Bound, Plan};
use crate::runtime::enter;
use crate::state::State;

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
    observed: Observed,
}

impl Matcher {
    /// What a component compiled, with the instance that it lives in.
    pub(crate) fn new(
        store: Store<State>,
        instance: Instance,
        resource: ResourceAny,
        asked: Vec<CriterionName>,
        plan: Plan,
        prefilter: Vec<Bound>,
        observed: Observed,
    ) -> Self {
        Self {
            store,
            instance,
            resource,
            asked,
            plan,
            prefilter,
            fault: None,
            observed,
        }
    }

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

    /// Fuel that the last call took.
    pub fn fuel_used(&self) -> u64 {
        let limits = self.store.data().limits;
        limits.fuel_max.saturating_sub(self.store.get_fuel().unwrap_or(0))
    }

    /// What its instance runs in.
    pub(crate) fn store_mut(&mut self) -> &mut Store<State> {
        &mut self.store
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
        answer.inspect_err(|fault| {
            if self.fault.replace(fault.clone()).is_none() {
                self.observed.tell(fault);
            }
        })
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
