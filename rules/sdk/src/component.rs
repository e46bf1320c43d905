//! What the export macro exports: rules written against this crate, as the contract wants them.
//!
//! Everything public here is for the macro alone.

use std::marker::PhantomData;
use std::rc::Rc;
use std::sync::Once;

use crate::bindings::exports::reprise::rules::criteria as contract;
use crate::bindings::reprise::rules::diagnostics;
use crate::column::Column;
use crate::reference::HostReferenceData;
use crate::rows::{Layout, Line, Rows, broken};
use crate::rules::{Bound, CriteriaRules, Matcher, Plan};

/// Rules `R` as a component.
#[derive(Debug)]
pub struct Exported<R>(PhantomData<R>);

/// A matcher with what it answered when it was asked for its plan.
#[derive(Debug)]
pub struct ExportedMatcher<M> {
    matcher: M,
    plan: Plan,
    stages: Vec<Layout>,
    line: Layout,
}

impl<R: CriteriaRules> contract::Guest for Exported<R> {
    type Matcher = ExportedMatcher<R::Matcher>;

    fn describe() -> contract::Description {
        note_panics();
        R::describe()
    }

    fn conditions() -> Vec<contract::Condition> {
        note_panics();
        R::conditions()
    }

    fn compile(criteria: Vec<contract::Criterion>) -> Result<contract::Matcher, contract::Refusal> {
        note_panics();
        R::compile(&criteria, Rc::new(HostReferenceData))
            .map(|matcher| contract::Matcher::new(ExportedMatcher::new(matcher)))
    }
}

impl<M: Matcher> ExportedMatcher<M> {
    fn new(matcher: M) -> Self {
        let plan = matcher.plan();
        let stages = plan
            .stages
            .iter()
            .map(|stage| Layout::new(stage.columns.iter().copied()))
            .collect();
        let line = Layout::new(plan.columns.iter().copied());
        Self {
            matcher,
            plan,
            stages,
            line,
        }
    }
}

impl<M: Matcher> contract::GuestMatcher for ExportedMatcher<M> {
    fn plan(&self) -> contract::Plan {
        let names = |columns: &[Column]| columns.iter().map(|column| column.name().to_owned()).collect();
        let stages = self
            .plan
            .stages
            .iter()
            .zip(&self.stages)
            .map(|(stage, layout)| contract::Stage {
                granularity: stage.granularity,
                columns: names(layout.columns()),
            });
        contract::Plan {
            stages: stages.collect(),
            columns: names(self.line.columns()),
        }
    }

    fn prefilter(&self) -> Vec<contract::Bound> {
        let contract_bound = |Bound {
                                  column,
                                  least,
                                  greatest,
                              }| contract::Bound {
            column: column.name().to_owned(),
            least,
            greatest,
        };
        self.matcher.prefilter().into_iter().map(contract_bound).collect()
    }

    fn match_batch(&self, stage: u32, rows: u32, columns: Vec<contract::Column>) -> Vec<u64> {
        let Some(layout) = self.stages.get(stage as usize) else {
            broken(&format!("stage {stage} of {} is asked for", self.stages.len()));
        };
        let rows = Rows::new(rows as usize, layout, &columns);
        let hits = self.matcher.match_batch(stage as usize, &rows);
        if hits.rows() != rows.count() {
            broken(&format!(
                "the rules answered {} rows with a bitmap of {}",
                rows.count(),
                hits.rows()
            ));
        }
        hits.into_words()
    }

    fn match_line(&self, cells: Vec<i64>) -> bool {
        self.matcher.match_line(&Line::new(&self.line, &cells))
    }

    fn explain(&self, cells: Vec<i64>) -> Vec<contract::Finding> {
        self.matcher.explain(&Line::new(&self.line, &cells))
    }
}

/// Leaves a panic's words with the host, which otherwise sees a trap without a reason. Every function that a component
/// can be entered by first calls this, so the hook is there before anything else runs.
pub(crate) fn note_panics() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        std::panic::set_hook(Box::new(|panic| {
            let words = panic.payload_as_str().unwrap_or("panicked without words");
            match panic.location() {
                Some(place) => diagnostics::note(&format!("{words} (at {}:{})", place.file(), place.line())),
                None => diagnostics::note(words),
            }
        }));
    });
}
