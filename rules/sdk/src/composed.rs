//! The matcher of a pack: a request's tests, arranged in stages.

use std::cell::{Cell, RefCell};

use crate::bitmap::Bitmap;
use crate::column::{Column, Granularity};
use crate::estimate::{Estimate, share};
use crate::line_test::LineTest;
use crate::reference::Reference;
use crate::rows::{Layout, Line, Rows};
use crate::rules::{Bound, Criterion, Finding, Matcher, Plan, Stage};

/// A compiled request of a [`CriteriaPack`](crate::CriteriaPack).
pub struct ComposedMatcher {
    /// In the order of the request.
    tests: Vec<NamedTest>,
    stages: Vec<TestStage>,
    reference: Reference,
}

struct NamedTest {
    criterion: String,
    negated: bool,
    test: Box<dyn LineTest>,
    passed: Passed,
}

/// Tests, by their places in the request, that are made of the same rows.
struct TestStage {
    granularity: Granularity,
    columns: Vec<Column>,
    /// In the order in which they are made. It changes as rows show what tests let through; what passes all of them
    /// does not depend on it.
    tests: RefCell<Vec<usize>>,
    batches: Cell<u32>,
}

/// What a test has let through so far.
#[derive(Default)]
struct Passed {
    rows: Cell<usize>,
    hits: Cell<usize>,
}

impl ComposedMatcher {
    pub(crate) fn new(criteria: &[Criterion], tests: Vec<Box<dyn LineTest>>, reference: Reference) -> Self {
        let named = criteria.iter().zip(tests).map(|(criterion, test)| NamedTest {
            criterion: criterion.name.clone(),
            negated: criterion.negated,
            test,
            passed: Passed::default(),
        });
        let tests: Vec<NamedTest> = named.collect();
        let stages = stages(&tests);
        reference.forget_lists();
        Self {
            tests,
            stages,
            reference,
        }
    }
}

impl NamedTest {
    fn is_met(&self, line: &Line<'_>) -> bool {
        self.test.is_met(line) != self.negated
    }

    fn keep(&self, rows: &Rows<'_>, hits: &mut Bitmap) {
        if self.negated {
            let mut struck = hits.clone();
            self.test.keep(rows, &mut struck);
            hits.remove(&struck);
        } else {
            self.test.keep(rows, hits);
        }
    }

    fn estimate(&self) -> Estimate {
        let estimate = self.test.estimate();
        if self.negated { estimate.negated() } else { estimate }
    }

    /// What it costs to take away a row, by what it has let through so far.
    fn learned_cost(&self) -> f64 {
        let (rows, hits) = (self.passed.rows.get(), self.passed.hits.get());
        let estimate = self.estimate();
        let passing = if rows == 0 { estimate.passing } else { share(hits, rows) };
        Estimate { passing, ..estimate }.cost_of_removing_a_row()
    }

    fn granularity(&self) -> Granularity {
        let of_claims = self
            .test
            .columns()
            .iter()
            .all(|column| column.granularity() == Granularity::Claim);
        if of_claims {
            Granularity::Claim
        } else {
            Granularity::Line
        }
    }
}

impl Passed {
    fn add(&self, rows: usize, hits: usize) {
        self.rows.set(self.rows.get().saturating_add(rows));
        self.hits.set(self.hits.get().saturating_add(hits));
    }
}

impl Matcher for ComposedMatcher {
    fn plan(&self) -> Plan {
        let stages = self.stages.iter();
        let stages = stages.map(|stage| Stage {
            granularity: stage.granularity,
            columns: stage.columns.clone(),
        });
        let columns = Layout::new(self.tests.iter().flat_map(|test| test.test.columns()));
        Plan {
            stages: stages.collect(),
            columns: columns.columns().to_vec(),
        }
    }

    fn prefilter(&self) -> Vec<Bound> {
        let mut bounds: Vec<Bound> = Vec::new();
        for bound in self
            .tests
            .iter()
            .filter(|test| !test.negated)
            .flat_map(|test| test.test.bounds())
        {
            match bounds.iter_mut().find(|known| known.column == bound.column) {
                Some(known) => {
                    known.least = known.least.max(bound.least);
                    known.greatest = known.greatest.min(bound.greatest);
                }
                None => bounds.push(bound),
            }
        }
        bounds
    }

    fn match_batch(&self, stage: usize, rows: &Rows<'_>) -> Bitmap {
        let mut hits = Bitmap::all(rows.count());
        let Some(stage) = self.stages.get(stage) else {
            return hits;
        };
        let mut left = rows.count();
        for &test in stage.tests.borrow().iter() {
            if left == 0 {
                break;
            }
            self.tests[test].keep(rows, &mut hits);
            let kept = hits.count();
            self.tests[test].passed.add(left, kept);
            left = kept;
        }
        stage.learn(&self.tests);
        hits
    }

    fn match_line(&self, line: &Line<'_>) -> bool {
        self.tests.iter().all(|test| test.is_met(line))
    }

    fn explain(&self, line: &Line<'_>) -> Vec<Finding> {
        let finding = |test: &NamedTest| {
            let met = test.test.is_met(line);
            let reason = test.test.reason(line, met, &self.reference);
            let reason = if test.negated {
                format!("{reason}; the opposite is asked for")
            } else {
                reason
            };
            Finding {
                criterion: test.criterion.clone(),
                met: met != test.negated,
                reason,
            }
        };
        self.tests.iter().map(finding).collect()
    }
}

/// At most this many stages of lines: each costs its columns once more for the rows that are left.
const LINE_STAGES_MAX: usize = 3;

/// A stage that is expected to let through no more than this share of its rows is worth ending.
const SELECTIVE_ENOUGH: f64 = 0.25;

/// What is about claims alone is decided first, for all lines of a claim at once; then what takes away the most lines
/// for the least work. A later stage gets only the rows that are left, but has to be handed their columns.
fn stages(tests: &[NamedTest]) -> Vec<TestStage> {
    let mut order: Vec<usize> = (0..tests.len()).collect();
    order.sort_by(|&left, &right| {
        let cost = |test: usize| tests[test].estimate().cost_of_removing_a_row();
        cost(left).total_cmp(&cost(right))
    });
    let (claim_tests, line_tests): (Vec<usize>, Vec<usize>) = order
        .into_iter()
        .partition(|&test| tests[test].granularity() == Granularity::Claim);

    let mut stages = Vec::new();
    // A request without criteria has one stage too, which lets everything through.
    if !claim_tests.is_empty() || line_tests.is_empty() {
        let mut stage = TestStage::new(Granularity::Claim);
        claim_tests.into_iter().for_each(|test| stage.add(test, &tests[test]));
        stages.push(stage);
    }
    let mut lines: Vec<TestStage> = Vec::new();
    let mut passing = 1.0;
    for test in line_tests {
        let columns = tests[test].test.columns();
        let passing_before = passing;
        passing *= tests[test].estimate().passing;
        let full = lines.len() == LINE_STAGES_MAX;
        match lines.last_mut() {
            Some(stage) if full || passing_before > SELECTIVE_ENOUGH || stage.has(&columns) => {
                stage.add(test, &tests[test])
            }
            _ => {
                let mut stage = TestStage::new(Granularity::Line);
                stage.add(test, &tests[test]);
                lines.push(stage);
                passing = tests[test].estimate().passing;
            }
        }
    }
    stages.extend(lines);
    stages
}

impl TestStage {
    const fn new(granularity: Granularity) -> Self {
        Self {
            granularity,
            columns: Vec::new(),
            tests: RefCell::new(Vec::new()),
            batches: Cell::new(0),
        }
    }

    fn has(&self, columns: &[Column]) -> bool {
        columns.iter().all(|column| self.columns.contains(column))
    }

    fn add(&mut self, place: usize, test: &NamedTest) {
        for column in test.test.columns() {
            if !self.columns.contains(&column) {
                self.columns.push(column);
            }
        }
        self.tests.get_mut().push(place);
    }

    /// Puts the tests in the order in which they take away the most rows for the least work. After a batch, then after
    /// two, four, eight: the rows of a population are much alike, so what is learned early is learned.
    fn learn(&self, tests: &[NamedTest]) {
        let batches = self.batches.get().saturating_add(1);
        self.batches.set(batches);
        if batches.is_power_of_two() {
            let mut order = self.tests.borrow_mut();
            order.sort_by(|&left, &right| tests[left].learned_cost().total_cmp(&tests[right].learned_cost()));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::*;
    use crate::combined::Every;
    use crate::reference::HostReferenceData;

    /// A test of some columns that lets through a share of rows at a cost.
    struct Guess(Vec<Column>, f64, f64);

    impl LineTest for Guess {
        fn columns(&self) -> Vec<Column> {
            self.0.clone()
        }

        fn is_met(&self, line: &Line<'_>) -> bool {
            self.0.iter().all(|&column| line.cell(column) == 1)
        }

        fn reason(&self, _line: &Line<'_>, met: bool, _reference: &Reference) -> String {
            format!("guessed {met}")
        }

        fn estimate(&self) -> Estimate {
            Estimate {
                passing: self.1,
                cost: self.2,
            }
        }

        fn bounds(&self) -> Vec<Bound> {
            self.0
                .iter()
                .map(|&column| Bound {
                    column,
                    least: 1,
                    greatest: 1,
                })
                .collect()
        }
    }

    fn named(test: Guess) -> NamedTest {
        NamedTest {
            criterion: String::new(),
            negated: false,
            test: Box::new(test),
            passed: Passed::default(),
        }
    }

    fn check(tests: Vec<Guess>, expected: &[(Granularity, &[usize])]) {
        let tests: Vec<_> = tests.into_iter().map(named).collect();
        let stages = stages(&tests);
        let stages: Vec<_> = stages
            .iter()
            .map(|stage| (stage.granularity, stage.tests.take()))
            .collect();
        let expected: Vec<_> = expected
            .iter()
            .map(|&(granularity, tests)| (granularity, tests.to_vec()))
            .collect();
        assert_eq!(stages, expected);
    }

    #[test]
    fn a_request_without_criteria_has_one_stage() {
        check(vec![], &[(Granularity::Claim, &[])]);
    }

    #[test]
    fn claims_come_before_lines_and_the_selective_before_the_rest() {
        use Column::{BenefitsProvider, ClaimStatus, ClaimantProvider, EntryDate, Procedures, ServiceStartDate};
        use Granularity::{Claim, Line};
        check(
            vec![
                Guess(vec![ServiceStartDate, Procedures], 0.1, 6.0),
                Guess(vec![ServiceStartDate], 0.25, 1.0),
                Guess(vec![EntryDate], 0.5, 1.0),
                Guess(vec![ClaimStatus], 0.1, 1.0),
            ],
            &[(Claim, &[3, 2]), (Line, &[1]), (Line, &[0])],
        );
        // Little is taken away, so nothing is gained by another stage.
        check(
            vec![
                Guess(vec![ServiceStartDate, Procedures], 0.9, 6.0),
                Guess(vec![BenefitsProvider], 0.5, 4.0),
            ],
            &[(Line, &[1, 0])],
        );
        // The columns are there already.
        check(
            vec![
                Guess(vec![ServiceStartDate, Procedures], 0.01, 6.0),
                Guess(vec![ServiceStartDate], 0.9, 1.0),
            ],
            &[(Line, &[0, 1])],
        );
        // A claim's column with a line's makes a test of lines.
        check(
            vec![Guess(vec![ServiceStartDate, ClaimantProvider], 0.5, 6.0)],
            &[(Line, &[0])],
        );
        // No more than three stages of lines.
        let columns = [
            Procedures,
            BenefitsProvider,
            Column::Products,
            Column::Messages,
            Column::Diagnoses,
        ];
        check(
            columns.map(|column| Guess(vec![column], 0.1, 4.0)).into(),
            &[(Line, &[0]), (Line, &[1]), (Line, &[2, 3, 4])],
        );
    }

    #[test]
    fn the_order_of_tests_is_learned_and_the_answer_stays() {
        use crate::rows::ColumnValues;
        // Expected to let little through, and lets all through; the other the other way round.
        let tests = [
            Guess(vec![Column::ServiceStartDate], 0.5, 1.0),
            Guess(vec![Column::EntryDate], 0.9, 1.0),
        ];
        let criterion = Criterion {
            name: "a".to_owned(),
            negated: false,
            test: crate::Test::AnyOf(Vec::new()),
        };
        let tests: Vec<Box<dyn LineTest>> = tests
            .into_iter()
            .map(|test| {
                Box::new(Every(vec![
                    Box::new(test),
                    Box::new(Guess(vec![Column::Procedures], 1.0, 0.0)),
                ])) as _
            })
            .collect();
        let reference = Reference::new(Rc::new(HostReferenceData));
        let matcher = ComposedMatcher::new(&[criterion.clone(), criterion], tests, reference);
        let plan = matcher.plan();
        assert_eq!(plan.stages.len(), 1);
        let layout = Layout::new(plan.stages[0].columns.iter().copied());
        let values: Vec<_> = layout
            .columns()
            .iter()
            .map(|column| match column {
                Column::EntryDate => ColumnValues::Days(vec![0, 0, 1]),
                Column::ServiceStartDate => ColumnValues::Days(vec![1; 3]),
                _ => ColumnValues::Ids(vec![1; 3]),
            })
            .collect();
        let order = || matcher.stages[0].tests.borrow().clone();
        assert_eq!(order(), [0, 1]);
        for _ in 0..4 {
            assert_eq!(
                matcher.match_batch(0, &Rows::new(3, &layout, &values)).into_words(),
                [0b100]
            );
            assert_eq!(order(), [1, 0]);
        }
    }

    #[test]
    fn bounds_meet_and_the_opposite_has_none() {
        let column = Column::ServiceStartDate;
        let matcher = |negated| {
            let criterion = Criterion {
                name: "a".to_owned(),
                negated,
                test: crate::Test::AnyOf(Vec::new()),
            };
            let test = Box::new(Guess(vec![column], 0.5, 1.0));
            ComposedMatcher::new(&[criterion], vec![test], Reference::new(Rc::new(HostReferenceData)))
        };
        assert_eq!(
            matcher(false).prefilter(),
            [Bound {
                column,
                least: 1,
                greatest: 1
            }]
        );
        assert_eq!(matcher(true).prefilter(), []);
    }

    #[test]
    fn a_test_without_a_loop_of_its_own_is_asked_line_by_line() {
        use crate::rows::ColumnValues;
        let test = Guess(vec![Column::Procedures, Column::ServiceStartDate], 0.5, 1.0);
        let layout = Layout::new([Column::ServiceStartDate, Column::EntryDate, Column::Procedures]);
        let values = [
            ColumnValues::Days(vec![1, 1, 0]),
            ColumnValues::Days(vec![0; 3]),
            ColumnValues::Ids(vec![1, 0, 1]),
        ];
        let mut hits = Bitmap::all(3);
        test.keep(&Rows::new(3, &layout, &values), &mut hits);
        assert_eq!(hits.into_words(), [1]);
    }
}
