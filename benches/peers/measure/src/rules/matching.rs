//! Five criteria on each line: Reprise in batches and line by line, and the same as a workload for the rule engines.
//!
//! The rule engines are given whether a line's procedures and provider are members on its day; Reprise looks it up.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::claims::{CANDIDATE, ClaimTables};
use crate::membership::Memberships;
use crate::population::Contents;
use crate::question::{Condition, Question};
use anyhow::{Context as _, ensure};
use reprise_engine::{AdmissionLimits, CallLimits, Matcher, ReferenceSource, RuleEngine};
use reprise_index::{Block, ColumnBuffer, RowRuns, RowSelection, rows_of};
use reprise_model::{Cell, Granularity};

use super::reference::PopulationReference;
use crate::rules::workload::{Fact, Texts, Workload};

/// The question that is put to rule engines.
pub(crate) const QUESTION: &str = "five-criteria";

const FIELDS: &[&str] = &[
    "process_type",
    "claim_status",
    "service_day",
    "in_procedure_group",
    "in_provider_group",
];

/// Reprise with the sample in it.
pub(crate) struct Ours {
    matcher: Matcher,
    /// Whole blocks of the index: the sample is as long as these.
    blocks: Vec<Arc<Block>>,
    /// The cells of each line that a single decision takes.
    cells: Vec<Vec<Cell>>,
    buffers: Vec<ColumnBuffer>,
}

impl Ours {
    /// The first lines of the population, whole blocks, so many at least.
    pub(crate) fn new(contents: &Contents, question: &Question, lines: usize) -> anyhow::Result<Self> {
        let engine = RuleEngine::new(AdmissionLimits::default(), CallLimits::default())?;
        let component = engine.load_criteria(reprise_bundle::CRITERIA)?;
        let reference: Arc<dyn ReferenceSource> = Arc::new(PopulationReference::new(contents));
        let matcher = component.compile(reference, &question.request.criteria)?;
        let (mut blocks, mut cells) = (Vec::new(), Vec::new());
        for block in contents.snapshot.blocks() {
            if cells.len() >= lines {
                break;
            }
            for line in 0..block.line_count() {
                let columns = matcher.plan().columns.iter();
                cells.push(columns.map(|column| block.cell(*column, line)).collect());
            }
            blocks.push(Arc::clone(block));
        }
        let columns_max = matcher.plan().stages.iter().map(|stage| stage.columns.len()).max();
        let buffers = std::iter::repeat_with(ColumnBuffer::default);
        Ok(Self {
            buffers: buffers.take(columns_max.unwrap_or(0)).collect(),
            matcher,
            blocks,
            cells,
        })
    }

    /// How many lines the sample has.
    pub(crate) fn lines(&self) -> usize {
        self.cells.len()
    }

    /// Decide each line by itself, and say how long that took.
    pub(crate) fn decide_singly(&mut self, answers: &mut Vec<i64>) -> anyhow::Result<Duration> {
        let started = Instant::now();
        for cells in &self.cells {
            answers.push(i64::from(self.matcher.match_line(cells)?));
        }
        Ok(started.elapsed())
    }

    /// Decide the lines block by block, as the product does with its prefilter off, and say how long that took. Lines of
    /// claims that a request cannot reach are decided too.
    pub(crate) fn decide_in_batches(&mut self, answers: &mut Vec<i64>) -> anyhow::Result<Duration> {
        let started = Instant::now();
        let (mut left, mut rows) = (Left::default(), Vec::new());
        for block in &self.blocks {
            left.match_block(&mut self.matcher, block, &mut self.buffers)?;
            let first = answers.len();
            answers.resize(first + block.line_count() as usize, 0);
            rows_of(&left.lines, &mut rows);
            for row in &rows {
                answers[first + *row as usize] = 1;
            }
        }
        Ok(started.elapsed())
    }
}

/// What is left of a block: a bit for each claim and for each line.
#[derive(Default)]
struct Left {
    claims: Vec<u64>,
    lines: Vec<u64>,
    /// Those that a stage is asked about.
    rows: RowRuns,
    places: ColumnBuffer,
}

impl Left {
    /// Leaves the lines of a block that are hit.
    fn match_block(
        &mut self,
        matcher: &mut Matcher,
        block: &Block,
        buffers: &mut [ColumnBuffer],
    ) -> anyhow::Result<()> {
        self.claims.clear();
        self.claims.extend(block.live().words());
        let claim_stages = matcher.plan().stages.iter();
        let claim_stages = claim_stages.take_while(|stage| stage.granularity == Granularity::Claim);
        let claim_stages = claim_stages.count();
        for stage in 0..claim_stages {
            keep_passing(matcher, stage, block, &mut self.claims, &mut self.rows, buffers)?;
        }
        block.lines_of_claims(&self.claims, &mut self.places, &mut self.lines);
        for stage in claim_stages..matcher.plan().stages.len() {
            keep_passing(matcher, stage, block, &mut self.lines, &mut self.rows, buffers)?;
        }
        Ok(())
    }
}

/// Strikes the rows that do not pass a stage.
fn keep_passing(
    matcher: &mut Matcher,
    stage: usize,
    block: &Block,
    words: &mut [u64],
    rows: &mut RowRuns,
    buffers: &mut [ColumnBuffer],
) -> anyhow::Result<()> {
    rows.set(words);
    let granularity = matcher.plan().stages[stage].granularity;
    let all = match granularity {
        Granularity::Claim => block.claim_count(),
        Granularity::Line => block.line_count(),
    };
    let selection = if rows.row_count() == all as usize {
        RowSelection::All(granularity)
    } else {
        RowSelection::Some(granularity, rows)
    };
    let columns = matcher.plan().stages[stage].columns.iter().zip(buffers);
    let columns: Vec<_> = columns
        .map(|(column, buffer)| block.slice(*column, selection, buffer))
        .collect::<Result<_, _>>()?;
    let passed = matcher.match_batch(stage, rows.row_count(), &columns)?;
    rows.keep(&passed, words);
    Ok(())
}

/// The same lines for the rule engines, their memberships looked up beforehand.
pub(crate) fn workload(
    contents: &Contents,
    question: &Question,
    memberships: &Memberships,
    expected: Vec<i64>,
) -> anyhow::Result<Workload> {
    let tables = ClaimTables::of(&contents.snapshot)?;
    let line = |column: &str, row| tables.lines.column(column).map(|values| values.cell(row));
    let (mut numbers, mut members, mut days) = (Vec::new(), Vec::new(), None);
    for condition in &question.conditions {
        match condition {
            Condition::Among { column, .. } if column == CANDIDATE => {}
            Condition::Among { column, numbers: asked } => match asked.as_slice() {
                [only] => numbers.push((column.as_str(), *only)),
                _ => anyhow::bail!("the workload has one number a column"),
            },
            Condition::Between { from, through, .. } => days = Some((*from, *through)),
            Condition::Member { columns, table, .. } => {
                let table = memberships.tables.get(table).context("a membership table is missing")?;
                members.push((columns.first().context("a group is of a column")?.as_str(), table));
            }
        }
    }
    let (from, through) = days.context("the question has no days")?;
    let value_of = |wanted: &str| {
        numbers
            .iter()
            .find(|(column, _)| *column == wanted)
            .map(|(_, value)| *value)
    };
    let process_type = value_of("process_type").context("the question has no process type")?;
    let claim_status = value_of("claim_status").context("the question has no status")?;
    ensure!(members.len() == 2, "the workload has two groups");
    let mut rows = Vec::with_capacity(expected.len());
    for row in 0..expected.len() {
        let day = line("service_start_date", row)?;
        let mut facts = vec![
            Fact::Number(line("process_type", row)?.into()),
            Fact::Number(line("claim_status", row)?.into()),
            Fact::Number(day.into()),
        ];
        for (column, table) in &members {
            facts.push(Fact::Flag(table.holds(line(column, row)?, day)));
        }
        rows.push(facts);
    }
    let in_groups = "in_procedure_group && in_provider_group";
    Ok(Workload {
        title: "Five criteria on a line",
        fields: FIELDS,
        rows,
        expected,
        texts: Texts {
            cel: format!(
                "process_type == {process_type} && claim_status == {claim_status} && service_day >= {from} && \
                 service_day <= {through} && {in_groups}"
            ),
            zen: format!(
                "process_type == {process_type} and claim_status == {claim_status} and service_day >= {from} and \
                 service_day <= {through} and in_procedure_group and in_provider_group"
            ),
            rego: format!(
                "package decision\n\ndefault answer := false\n\nanswer if {{\n  input.process_type == {process_type}\n  \
                 input.claim_status == {claim_status}\n  input.service_day >= {from}\n  input.service_day <= {through}\n  \
                 input.in_procedure_group\n  input.in_provider_group\n}}\n"
            ),
            jsonlogic: serde_json::json!({"and": [
                {"==": [{"var": "process_type"}, process_type]},
                {"==": [{"var": "claim_status"}, claim_status]},
                {"<=": [from, {"var": "service_day"}, through]},
                {"var": "in_procedure_group"},
                {"var": "in_provider_group"},
            ]}),
        },
    })
}
