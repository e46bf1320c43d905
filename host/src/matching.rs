//! Matches a payer's claims on all cores: the line index hands out rows, the rule component decides them.
//!
//! Each worker has an instance of the component of its own and takes the next block that nobody has taken. In a block
//! a stage sees only the rows that the stage before let pass, with no column but those it asks for.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use reprise_engine::{Bound, CompileError, CriteriaComponent, Matcher, ReferenceSource};
use reprise_index::{Block, ColumnBuffer, IndexError, RowSelection, Snapshot};
use reprise_model::{Criterion, Granularity};

use reprise_request::CriteriaRequest;

use crate::rules::{ByRules, Decider, RuleSet};
use crate::{Host, HostError};

/// What is done with the claims that are hit, block by block. Each worker has one.
pub(crate) trait Collect: Send {
    /// Take the hit claims of a block, by their rows, ascending.
    fn take(&mut self, block: &Block, claims: &[u32]);
}

impl Host {
    /// Check a request and give every claim that it hits to collectors, on the claims as they are now. `progress` is
    /// told how many blocks of the index are done and how many there are.
    pub(crate) fn match_request<Collector: Collect>(
        &self,
        payer: &str,
        request: &CriteriaRequest,
        collector: impl Fn() -> Collector + Sync,
        progress: impl Fn(usize, usize) + Sync,
    ) -> Result<ByRules<Vec<Collector>>, HostError> {
        let rules = self.rules_of(payer)?;
        let workers = rules.threads(self.inner.workers);
        let (answer, _) = self.match_request_by(&rules, workers, payer, request, collector, progress)?;
        let decided_by = rules.criteria.decided_by().clone();
        Ok(ByRules { answer, decided_by })
    }

    /// As [`Self::match_request`], by these rules, on so many threads, with the change of the store that the claims were matched at.
    pub(crate) fn match_request_by<Collector: Collect>(
        &self,
        rules: &RuleSet,
        workers: usize,
        payer: &str,
        request: &CriteriaRequest,
        collector: impl Fn() -> Collector + Sync,
        progress: impl Fn(usize, usize) + Sync,
    ) -> Result<(Vec<Collector>, u64), HostError> {
        self.keep_in_step()?;
        self.validate(payer, request, rules)?;
        let (snapshot, reference) = self.begin_run(payer);
        let matching = Matching {
            component: &rules.criteria,
            reference,
            criteria: &request.criteria,
            snapshot: &snapshot,
            workers,
        };
        let blocks = snapshot.blocks().len();
        let collected = matching.run(collector, |done| progress(done, blocks))?;
        Ok((collected, snapshot.sequence()))
    }
}

/// Who decides, on what, and with how many hands.
pub(crate) struct Matching<'a> {
    pub(crate) component: &'a Decider<CriteriaComponent>,
    pub(crate) reference: Arc<dyn ReferenceSource>,
    pub(crate) criteria: &'a [Criterion],
    pub(crate) snapshot: &'a Snapshot,
    pub(crate) workers: usize,
}

impl Matching<'_> {
    /// Every claim of the snapshot that the request hits, given to the workers' collectors. `progress` is told after
    /// each block how many blocks are done.
    ///
    /// A fault of the component in any worker ends the run with nothing collected.
    pub(crate) fn run<Collector: Collect>(
        &self,
        collector: impl Fn() -> Collector + Sync,
        progress: impl Fn(usize) + Sync,
    ) -> Result<Vec<Collector>, HostError> {
        // The first compilation also tells whether the request can be compiled at all, before any thread is started.
        let first = self.compile()?;
        let blocks = self.snapshot.blocks();
        let workers = self.workers.clamp(1, blocks.len().max(1));
        let (next, done, stopped) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicBool::new(false));
        let trouble: Mutex<Option<HostError>> = Mutex::new(None);
        let work = |matcher: Matcher| -> Result<Collector, HostError> {
            let mut worker = Worker::new(matcher);
            let mut collected = collector();
            while !stopped.load(Ordering::Relaxed) {
                let Some(block) = blocks.get(next.fetch_add(1, Ordering::Relaxed)) else {
                    break;
                };
                let hits = worker.match_block(block)?;
                if !hits.is_empty() {
                    collected.take(block, hits);
                }
                progress(done.fetch_add(1, Ordering::Relaxed) + 1);
            }
            Ok(collected)
        };
        let guarded = |matcher: Result<Matcher, CompileError>| {
            matcher.map_err(HostError::from).and_then(work).map_err(|error| {
                stopped.store(true, Ordering::Relaxed);
                trouble
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .get_or_insert(error);
            })
        };
        let collected = std::thread::scope(|scope| {
            let others: Vec<_> = (1..workers).map(|_| scope.spawn(|| guarded(self.compile()))).collect();
            let mut collected: Vec<_> = guarded(Ok(first)).into_iter().collect();
            for other in others {
                match other.join() {
                    Ok(result) => collected.extend(result),
                    Err(_) => {
                        let error = HostError::Technical("a matching thread ended before its work did".to_owned());
                        trouble
                            .lock()
                            .unwrap_or_else(PoisonError::into_inner)
                            .get_or_insert(error);
                    }
                }
            }
            collected
        });
        match trouble.into_inner().unwrap_or_else(PoisonError::into_inner) {
            Some(error) => Err(error),
            None => Ok(collected),
        }
    }

    fn compile(&self) -> Result<Matcher, CompileError> {
        self.component.compile(Arc::clone(&self.reference), self.criteria)
    }
}

/// A matcher with room for the rows and columns of one block, used again for the next.
pub(crate) struct Worker {
    matcher: Matcher,
    claims: Vec<u32>,
    lines: Vec<u32>,
    buffers: Vec<ColumnBuffer>,
}

impl Worker {
    pub(crate) fn new(matcher: Matcher) -> Self {
        let columns_max = matcher
            .plan()
            .stages
            .iter()
            .map(|stage| stage.columns.len())
            .max()
            .unwrap_or(0);
        let buffers = std::iter::repeat_with(ColumnBuffer::default)
            .take(columns_max)
            .collect();
        Self {
            matcher,
            claims: Vec::new(),
            lines: Vec::new(),
            buffers,
        }
    }

    /// The claims of a block that are hit, by their rows, ascending.
    pub(crate) fn match_block(&mut self, block: &Block) -> Result<&[u32], HostError> {
        self.claims.clear();
        self.lines.clear();
        if !can_hit(block, self.matcher.prefilter()) {
            return Ok(&[]);
        }
        self.claims.extend(block.candidates().rows());
        let mut at_lines = false;
        for stage in 0..self.matcher.plan().stages.len() {
            let granularity = self.matcher.plan().stages[stage].granularity;
            if granularity == Granularity::Line && !at_lines {
                self.lines
                    .extend(self.claims.iter().flat_map(|claim| block.lines_of(*claim)));
                at_lines = true;
            }
            let rows = if at_lines { &mut self.lines } else { &mut self.claims };
            if rows.is_empty() {
                return Ok(&[]);
            }
            match_stage(&mut self.matcher, stage, block, rows, &mut self.buffers)?;
        }
        if at_lines {
            self.claims.clear();
            self.claims.extend(self.lines.iter().map(|line| block.claim_of(*line)));
            self.claims.dedup();
        } else {
            // A claim is hit by a line; one that has none is not.
            self.claims.retain(|claim| !block.lines_of(*claim).is_empty());
        }
        Ok(&self.claims)
    }
}

/// Whether a block can hold a hit, by what every hit has in common. Passing over blocks is all this does: a hit must
/// never depend on it.
fn can_hit(block: &Block, prefilter: &[Bound]) -> bool {
    block.candidates().set_count() > 0
        && prefilter
            .iter()
            .all(|bound| block.bounds(bound.column).may_hold(bound.least, bound.greatest))
}

/// Keep the rows that pass a stage.
fn match_stage(
    matcher: &mut Matcher,
    stage: usize,
    block: &Block,
    rows: &mut Vec<u32>,
    buffers: &mut [ColumnBuffer],
) -> Result<(), HostError> {
    let granularity = matcher.plan().stages[stage].granularity;
    let all = match granularity {
        Granularity::Claim => block.claim_count(),
        Granularity::Line => block.line_count(),
    };
    // Rows ascend and are unlike, so as many as there are means all of them: then the block's columns need no gathering.
    let selection = match granularity {
        granularity if rows.len() == all as usize => RowSelection::All(granularity),
        Granularity::Claim => RowSelection::Claims(rows),
        Granularity::Line => RowSelection::Lines(rows),
    };
    let columns = matcher.plan().stages[stage]
        .columns
        .iter()
        .zip(buffers)
        .map(|(column, buffer)| block.slice(*column, selection, buffer))
        .collect::<Result<Vec<_>, IndexError>>()
        .map_err(|error| HostError::Technical(error.to_string()))?;
    let bitmap = matcher
        .match_batch(stage, rows.len(), &columns)
        .map_err(HostError::from)?;
    keep(rows, &bitmap);
    Ok(())
}

/// Keep the rows whose bit is set.
fn keep(rows: &mut Vec<u32>, bitmap: &[u64]) {
    let mut kept = 0;
    for (word_number, word) in bitmap.iter().enumerate() {
        let mut rest = *word;
        while rest != 0 {
            rows[kept] = rows[word_number * 64 + rest.trailing_zeros() as usize];
            kept += 1;
            rest &= rest - 1;
        }
    }
    rows.truncate(kept);
}

#[cfg(test)]
mod tests {
    use super::keep;

    #[test]
    fn keeps_the_rows_whose_bit_is_set() {
        for (bitmap, expected) in [
            (vec![0, 0], vec![]),
            (vec![u64::MAX, 0b11], (100..166).collect::<Vec<u32>>()),
            (vec![1 << 63, 0b10], vec![163, 165]),
        ] {
            let mut rows: Vec<u32> = (100..166).collect();
            keep(&mut rows, &bitmap);
            assert_eq!(rows, expected);
        }
    }
}
