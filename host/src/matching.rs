//! Matches a payer's claims on all cores: the line index hands out rows, the rule component decides them.
//!
//! Each worker has an instance of the component of its own and takes the next block that nobody has taken.

mod worker;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use reprise_engine::{CompileError, CriteriaComponent, Matcher, ReferenceSource};
use reprise_index::{Block, Snapshot};
use reprise_model::Criterion;

use reprise_request::CriteriaRequest;

use crate::rules::{ByRules, Decider, RuleSet};
use crate::{Host, HostError};

pub(crate) use worker::MatchError;
pub use worker::Prefilter;
use worker::Worker;

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
            prefilter: self.inner.prefilter,
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
    pub(crate) prefilter: Prefilter,
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
            let mut worker = Worker::new(matcher, self.prefilter);
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
            crate::metrics::rows_decided(worker.rows_decided());
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
            None => {
                crate::metrics::lines_matched(self.snapshot.line_count());
                Ok(collected)
            }
        }
    }

    fn compile(&self) -> Result<Matcher, CompileError> {
        self.component.compile(Arc::clone(&self.reference), self.criteria)
    }
}
