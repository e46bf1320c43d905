//! Stories of components that mean no good, or know no better: each gets its clear error and costs nobody else anything.
//!
//! The guests are named for their vice. What no compiler makes is [`forged`].

use std::sync::Arc;
use std::time::Duration;

use reprise_engine::{
    AdmissionLimits, CallLimits, CompileError, CriteriaComponent, EmptyReference, Fault, Matcher, RuleEngine,
};
use reprise_model::{ColumnForm, ColumnSlice, Criterion, CriterionName, Test};

mod admission;
mod claim_status;
mod command;
mod compilation;
mod conforming;
mod faults;
mod forged;
mod intake;
mod memory;
mod mutants;
mod refusals;
mod rounds;
mod server;
mod vices;

/// Limits that a guest out of bounds reaches in a moment.
fn tight_limits() -> CallLimits {
    CallLimits {
        fuel_max: 500_000_000,
        time_max: Duration::from_secs(60),
        memory_bytes_max: 64 << 20,
        output_bytes_max: 1 << 20,
        handles_max: 100,
        table_elements_max: 1_000_000,
        ..CallLimits::default()
    }
}

fn engine(call: CallLimits) -> RuleEngine {
    RuleEngine::new(AdmissionLimits::default(), call).expect("an engine")
}

fn load(engine: &RuleEngine, bytes: &[u8]) -> CriteriaComponent {
    engine.load_criteria(bytes).expect("a component that is taken")
}

/// Whether a criterion is any of these codes.
fn any_of(name: CriterionName, codes: &[&str]) -> Criterion {
    let codes = codes.iter().map(|&code| code.to_owned()).collect();
    Criterion {
        name,
        negated: false,
        test: Test::AnyOf(codes),
    }
}

/// Rows of a batch, fewer than a word of a bitmap has bits.
const ROWS: usize = 5;

/// A column of rows that have no value.
fn blank_column(form: ColumnForm) -> ColumnSlice<'static> {
    match form {
        ColumnForm::Kinds => ColumnSlice::Kinds(&[0; ROWS]),
        ColumnForm::Codes(_) | ColumnForm::Sets(_) => ColumnSlice::Ids(&[0; ROWS]),
        ColumnForm::Days => ColumnSlice::Days(&[0; ROWS]),
        ColumnForm::Amounts => ColumnSlice::Amounts(&[0; ROWS]),
    }
}

/// Ask everything that a matcher can be asked, on blank lines.
fn ask_all(matcher: &mut Matcher) -> Result<(), Fault> {
    for (number, stage) in matcher.plan().stages.clone().into_iter().enumerate() {
        let columns: Vec<_> = stage.columns.iter().map(|column| blank_column(column.form())).collect();
        matcher.match_batch(number, ROWS, &columns)?;
    }
    let cells = vec![0; matcher.plan().columns.len()];
    matcher.match_line(&cells)?;
    matcher.explain(&cells)?;
    Ok(())
}

/// Ask a component for a product, and everything of the matcher.
fn ask(component: &CriteriaComponent, product: &str) -> Result<(), CompileError> {
    let criteria = [any_of(CriterionName::Product, &[product])];
    let mut matcher = component.compile(Arc::new(EmptyReference), &criteria)?;
    ask_all(&mut matcher).map_err(|fault| {
        assert_eq!(
            ask_all(&mut matcher),
            Err(fault.clone()),
            "a matcher that failed is not entered again"
        );
        CompileError::Fault(fault)
    })
}

/// Somebody else's work on the same engine: claims by process type, with the default component.
fn check_that_others_work(engine: &RuleEngine) {
    check_that_it_works(&load(engine, reprise_bundle::CRITERIA));
}

/// The default component decides by process type.
fn check_that_it_works(component: &CriteriaComponent) {
    let criteria = [any_of(CriterionName::ProcessType, &["CLAIM"])];
    let mut matcher = component
        .compile(Arc::new(EmptyReference), &criteria)
        .expect("a matcher");
    let hits = matcher.match_batch(0, 3, &[ColumnSlice::Kinds(&[1, 2, 1])]);
    assert_eq!(hits, Ok(vec![0b101]));
}
