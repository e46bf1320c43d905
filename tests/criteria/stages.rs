//! The component gives one answer however it is asked: stage by stage in batches of any size, line by line, explaining.

use std::sync::{Arc, LazyLock};

use proptest::prelude::Strategy;
use reprise_engine::{CriteriaComponent, Matcher, Membership, ReferenceSource, RuleEngine, SetLists};
use reprise_index::{Block, ColumnBuffer, LineIndex, RowRuns, RowSelection, Snapshot};
use reprise_model::{Cell, Criterion, Day, Dictionary, Granularity, GroupKind, Reference, SetTable};

use super::plain;
use super::population::Population;
use super::scenario::{draw, scenario};

/// The default component in an engine of its own; the engine is kept because its clock runs only while it lives.
static DEFAULT: LazyLock<(RuleEngine, CriteriaComponent)> = LazyLock::new(|| {
    let engine = RuleEngine::new(Default::default(), Default::default()).expect("an engine");
    let component = engine
        .load_criteria(reprise_bundle::CRITERIA)
        .expect("the default component is accepted");
    (engine, component)
});

/// Codes and lists of a snapshot, groups of a population.
struct Book {
    snapshot: Arc<Snapshot>,
    references: Vec<Reference>,
}

impl ReferenceSource for Book {
    fn code_id(&self, dictionary: Dictionary, code: &str) -> Option<u32> {
        self.snapshot.code_id(dictionary, code)
    }

    fn code_of(&self, dictionary: Dictionary, id: u32) -> Option<String> {
        self.snapshot.code_of(dictionary, id)
    }

    fn codes(&self, dictionary: Dictionary) -> Vec<String> {
        self.snapshot.codes(dictionary)
    }

    fn lists(&self, table: SetTable) -> SetLists {
        let lists = self.snapshot.lists(table);
        SetLists {
            starts: lists.starts,
            members: lists.members,
        }
    }

    fn members(&self, kind: GroupKind, code: &str) -> Result<Option<Vec<Membership>>, String> {
        let is_asked = |row: &&Reference| row.kind() == kind.reference_kind() && row.key() == code;
        let dated = |dictionary, code: &str, from: Option<Day>, through: Option<Day>| {
            let code = self.snapshot.code_id(dictionary, code)?;
            let (from, through) = (
                from.map_or(i32::MIN, Day::number),
                through.map_or(i32::MAX, Day::number),
            );
            Some(Membership { code, from, through })
        };
        let dictionary = match kind {
            GroupKind::Procedure => Dictionary::Procedure,
            GroupKind::Diagnosis => Dictionary::Diagnosis,
            GroupKind::Provider => Dictionary::Provider,
            GroupKind::Message => Dictionary::Message,
        };
        Ok(self.references.iter().find(is_asked).map(|row| match row {
            Reference::ProcedureGroup(group) | Reference::DiagnosisGroup(group) | Reference::ProviderGroup(group) => {
                let members = group.members.iter();
                members
                    .filter_map(|member| dated(dictionary, &member.code, member.from, member.through))
                    .collect()
            }
            Reference::MessageGroup(group) => group
                .members
                .iter()
                .filter_map(|member| dated(dictionary, &member.code, None, None))
                .collect(),
            row => unreachable!("{} is no group", row.kind()),
        }))
    }
}

/// The population in a line index that held other claims under every third number before. So there are several blocks,
/// with dead rows in them.
fn indexed(population: &Population) -> Arc<Snapshot> {
    let index = LineIndex::new();
    let claims = &population.claims;
    let stand_ins = (1..).zip(claims.iter().rev()).filter(|(id, _)| id % 3 == 0);
    index.apply(1, stand_ins).expect("claims that can be indexed");
    index.apply(2, (1..).zip(claims)).expect("claims that can be indexed");
    index.snapshot()
}

/// The rows of a block that pass a stage, asked about in batches of so many.
fn passing(matcher: &mut Matcher, stage: usize, block: &Block, rows: &[u32], batch: usize) -> Vec<u32> {
    let plan = matcher.plan().stages[stage].clone();
    let mut kept = Vec::new();
    for rows in rows.chunks(batch) {
        let runs: RowRuns = rows.iter().copied().collect();
        let selection = RowSelection::Some(plan.granularity, &runs);
        let mut buffers: Vec<ColumnBuffer> = plan.columns.iter().map(|_| ColumnBuffer::default()).collect();
        let columns: Vec<_> = plan
            .columns
            .iter()
            .zip(&mut buffers)
            .map(|(column, buffer)| block.slice(*column, selection, buffer).expect("a column of these rows"))
            .collect();
        let bitmap = matcher.match_batch(stage, rows.len(), &columns).expect("an answer");
        let passes = |place: usize| (bitmap[place / 64] >> (place % 64)) & 1 == 1;
        kept.extend(
            rows.iter()
                .enumerate()
                .filter(|(place, _)| passes(*place))
                .map(|(_, row)| *row),
        );
    }
    kept
}

/// The lines of a block that pass all stages.
fn hit_lines(matcher: &mut Matcher, block: &Block, batch: usize) -> Vec<u32> {
    let lines_of = |claims: &[u32]| {
        claims
            .iter()
            .flat_map(|claim| block.lines_of(*claim))
            .collect::<Vec<u32>>()
    };
    let mut claims: Vec<u32> = block.live().rows().collect();
    let mut lines = None;
    for stage in 0..matcher.plan().stages.len() {
        match matcher.plan().stages[stage].granularity {
            Granularity::Claim => claims = passing(matcher, stage, block, &claims, batch),
            Granularity::Line => {
                let rows = lines.take().unwrap_or_else(|| lines_of(&claims));
                lines = Some(passing(matcher, stage, block, &rows, batch));
            }
        }
    }
    lines.unwrap_or_else(|| lines_of(&claims))
}

/// Ask a request every way there is, and hold each answer against the plain reading.
fn check(
    population: &Population,
    snapshot: &Arc<Snapshot>,
    criteria: &[Criterion],
    batch: usize,
) -> Result<(), String> {
    let book = Book {
        snapshot: Arc::clone(snapshot),
        references: population.references.clone(),
    };
    let mut matcher = DEFAULT
        .1
        .compile(Arc::new(book), criteria)
        .map_err(|error| error.to_string())?;
    let columns = matcher.plan().columns.clone();
    let prefilter = matcher.prefilter().to_vec();
    for block in snapshot.blocks() {
        let hits = hit_lines(&mut matcher, block, batch);
        for row in block.live().rows() {
            let code = block.claim_code(row);
            let claim = population
                .claims
                .iter()
                .find(|claim| claim.code == code)
                .ok_or("a claim of nobody")?;
            for (line, line_row) in claim.lines.iter().zip(block.lines_of(row)) {
                let meets = |criterion| plain::meets(plain::by_default, &population.references, claim, line, criterion);
                let expected: Vec<_> = criteria
                    .iter()
                    .map(|criterion| (criterion.name.as_str(), meets(criterion)))
                    .collect();
                let hit = expected.iter().all(|(_, met)| *met);
                let cells: Vec<Cell> = columns.iter().map(|column| block.cell(*column, line_row)).collect();
                let findings = matcher.explain(&cells).map_err(|fault| fault.to_string())?;
                let told: Vec<_> = findings
                    .iter()
                    .map(|finding| (finding.criterion.as_str(), finding.met))
                    .collect();
                let alone = matcher.match_line(&cells).map_err(|fault| fault.to_string())?;
                let staged = hits.contains(&line_row);
                let bounded = prefilter.iter().all(|bound| {
                    let cell = block.cell(bound.column, line_row);
                    bound.least <= cell && cell <= bound.greatest
                });
                if staged != hit || alone != hit || told != expected || (hit && !bounded) {
                    return Err(format!(
                        "claim {code}, line {}: stages say {staged}, the line alone {alone}, explained as {told:?}, within \
                         the prefilter {bounded}; by the plain reading {expected:?}",
                        line.code
                    ));
                }
            }
        }
    }
    Ok(())
}

#[test]
fn stages_single_lines_and_explanations_give_one_answer() {
    let batches = proptest::sample::select(vec![1_usize, 7, 63, 64, 65, 1_000]);
    draw(60, 1_500, &(scenario(12), batches), |(scenario, batch)| {
        let snapshot = indexed(&scenario.population);
        for request in &scenario.requests {
            let criteria = request.criteria(&scenario.population);
            check(&scenario.population, &snapshot, &criteria, batch)?;
            // Nothing but the host makes the process type mandatory.
            let others: Vec<_> = criteria.into_iter().skip(1).collect();
            check(&scenario.population, &snapshot, &others, batch)?;
        }
        Ok(())
    });
}

#[test]
fn a_request_without_criteria_matches_every_line() {
    let strategy = scenario(1).prop_map(|scenario| scenario.population);
    draw(6, 20, &strategy, |population| {
        check(&population, &indexed(&population), &[], 64)
    });
}
