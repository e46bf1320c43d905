//! A criteria request with `reprocess=true`: matches once, then sends what was matched through processing again, portion
//! by portion. Any number of hosts take portions; a portion that was not finished is another host's, or the next
//! process's, to do.

use reprise_engine::Fault;
use reprise_index::Block;
use reprise_model::ResultOutcome;
use reprise_request::CriteriaRequest;
use reprise_store::{Activity, ActivityCounts, ActivityStatus, StoreError, WORK_CLAIMS_MAX, WorkChunk};
use serde::{Deserialize, Serialize};

use super::ending::{self, Ending};
use super::job::{Job, MatchingProgress, Unit};
use super::still_matches::StillMatches;
use crate::matching::Collect;
use crate::reprocess::{Asked, KnownCodes, Origin, Reprocessing, Written};
use crate::rules::{DecidedBy, RuleSet};
use crate::{Host, HostError};

/// How many claims a portion has: enough that a commit is cheap for each, few enough that others wait only moments.
const PORTION_CLAIMS: usize = 2048;
const _: () = assert!(
    PORTION_CLAIMS <= WORK_CLAIMS_MAX,
    "results of a portion are stored as one value"
);

/// What a run has come to once it has matched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Matched {
    /// The change of the store that claims were matched at.
    matched_at: u64,
    /// The components that the run began with, and goes on with.
    criteria_component: String,
    claim_status_component: String,
    /// The generations that they were of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    criteria_generation: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    claim_status_generation: Option<String>,
}

impl Matched {
    fn new(matched_at: u64, rules: &RuleSet) -> Self {
        let (criteria, claim_status) = (rules.criteria.decided_by(), rules.claim_status.decided_by());
        Self {
            matched_at,
            criteria_component: criteria.rules.clone(),
            claim_status_component: claim_status.rules.clone(),
            criteria_generation: criteria.generation.clone(),
            claim_status_generation: claim_status.generation.clone(),
        }
    }

    fn rules(&self, host: &Host, payer: &str) -> Result<RuleSet, HostError> {
        let begun = |rules: &String, generation: &Option<String>| DecidedBy {
            rules: rules.clone(),
            generation: generation.clone(),
        };
        let criteria = begun(&self.criteria_component, &self.criteria_generation);
        let claim_status = begun(&self.claim_status_component, &self.claim_status_generation);
        host.rules_begun_with(payer, &criteria, &claim_status)
    }
}

pub(super) struct Run {
    request: CriteriaRequest,
    known: KnownCodes,
    /// By which name the run holds the claims of the portions that are being done. The same on every host.
    holder: String,
    /// The portion that was leased when the one before was finished.
    next: Option<WorkChunk>,
    has_matched: bool,
    has_asked_for_work: bool,
}

impl Run {
    pub(super) fn new(host: &Host, activity: &Activity, request: CriteriaRequest) -> Self {
        Self {
            request,
            known: KnownCodes::new(&host.inner.store, &activity.payer),
            holder: ending::holder(activity.id),
            next: None,
            has_matched: activity.bookmark.is_some(),
            has_asked_for_work: false,
        }
    }
}

impl Job for Run {
    fn unit(&mut self, host: &Host, activity: &Activity) -> Result<Unit, HostError> {
        let Some(bookmark) = &activity.bookmark else {
            return self.match_claims(host, activity);
        };
        self.has_matched = true;
        let matched: Matched = serde_json::from_value(bookmark.clone())
            .map_err(|error| HostError::Technical(format!("where the activity was cannot be read: {error}")))?;
        // INVARIANT: a run ends by the components that it began with, whatever is in force by then. A host that cannot load
        // them leaves it to those that can.
        let rules = match matched.rules(host, &activity.payer) {
            Err(HostError::RuleFault(fault @ Fault::NotLoaded { .. })) => {
                host.inner.scheduler.set_trouble(activity.id, elsewhere(&fault));
                return Ok(Unit::Idle);
            }
            rules => rules?,
        };
        let Some(turn) = host.turn_now(&activity.payer, &rules.digests()) else {
            self.give_back(host, activity.id)?;
            return Ok(Unit::Idle);
        };
        match self.next_portion(host, activity)? {
            Some(chunk) => {
                let workers = turn.threads(host.inner.workers);
                self.apply(host, activity, (&rules, workers), matched.matched_at, chunk)
            }
            None => finish(host, activity),
        }
    }

    fn give_back(&mut self, host: &Host, activity: i64) -> Result<(), HostError> {
        let Some(chunk) = self.next.take() else { return Ok(()) };
        host.inner.store.write(|transaction| {
            transaction.unlock_claims(&chunk.claims, &self.holder)?;
            transaction.release_work(activity, host.inner.scheduler.host_name())
        })?;
        Ok(())
    }

    fn is_paced(&self) -> bool {
        self.has_matched
    }
}

impl Run {
    /// Matching ends before the first claim is changed: a component that fails leaves everything as it was.
    fn match_claims(&mut self, host: &Host, activity: &Activity) -> Result<Unit, HostError> {
        let scheduler = &host.inner.scheduler;
        // Before the lease: while it is not the payer's turn, another host may match.
        let Some(rules) = host.rules_of_now(&activity.payer)? else {
            return Ok(Unit::Idle);
        };
        let Some(now) = host.begin_alone(activity)? else {
            return Ok(Unit::Idle);
        };
        if now.bookmark.is_some() {
            // Another host has matched meanwhile.
            host.inner
                .store
                .write(|transaction| transaction.release_activity(activity.id, scheduler.host_name()))?;
            scheduler.let_go(activity.id);
            return Ok(Unit::Worked(0));
        }
        let progress = |blocks_done, blocks| {
            scheduler.set_matching(activity.id, Some(MatchingProgress { blocks_done, blocks }));
        };
        let workers = rules.threads(host.inner.workers);
        let (gathered, matched_at) = host.match_request_by(
            &rules,
            workers,
            &activity.payer,
            &self.request,
            Gather::default,
            progress,
        )?;
        let mut claims: Vec<(String, i64)> = gathered.into_iter().flat_map(|gather| gather.claims).collect();
        claims.sort_unstable();
        let ids: Vec<i64> = claims.into_iter().map(|(_, id)| id).collect();
        let rate = host.inner.throttle.rate(&activity.payer);
        // A payer that is slowed down gets its claims in portions of a second, not in bursts.
        let size = rate.map_or(PORTION_CLAIMS, |rate| PORTION_CLAIMS.min(rate.get() as usize));
        let portions: Vec<Vec<i64>> = ids.chunks(size).map(<[i64]>::to_vec).collect();
        let matched = Matched::new(matched_at, &rules);
        let bookmark = serde_json::to_value(&matched).map_err(|error| HostError::Technical(error.to_string()))?;
        let host_name = scheduler.host_name();
        let mut transaction = host.inner.store.begin_write()?;
        if !transaction.has_leased_activity(activity.id, host_name)? {
            return Ok(Unit::Idle);
        }
        transaction.create_work(activity.id, &portions)?;
        transaction.set_activity_counts(
            activity.id,
            ActivityCounts {
                total: Some(ids.len() as u64),
                ..ActivityCounts::default()
            },
        )?;
        transaction.set_bookmark(activity.id, &bookmark)?;
        // From here on portions are leased, not the whole.
        transaction.release_activity(activity.id, host_name)?;
        transaction.commit()?;
        scheduler.let_go(activity.id);
        scheduler.set_matching(activity.id, None);
        self.has_matched = true;
        Ok(Unit::Worked(0))
    }

    fn next_portion(&mut self, host: &Host, activity: &Activity) -> Result<Option<WorkChunk>, HostError> {
        if let Some(chunk) = self.next.take() {
            return Ok(Some(chunk));
        }
        let scheduler = &host.inner.scheduler;
        let is_first = !self.has_asked_for_work;
        let leased = host.inner.store.write(|transaction| {
            if is_first {
                // What this host had before trouble made it forget.
                transaction.release_work(activity.id, scheduler.host_name())?;
            }
            let leased = transaction.lease_work(activity.id, scheduler.host_name(), scheduler.lease())?;
            if let Some(chunk) = &leased {
                // Who else holds one of them is found out when it is its turn.
                transaction.lock_claims(&chunk.claims, &self.holder, scheduler.lease())?;
            }
            Ok(leased)
        })?;
        self.has_asked_for_work = true;
        Ok(leased)
    }

    /// Claims, history, events, result lines and the leases: all of it in one transaction. Decided by these rules, on so
    /// many threads.
    fn apply(
        &mut self,
        host: &Host,
        activity: &Activity,
        (rules, workers): (&RuleSet, usize),
        matched_at: u64,
        chunk: WorkChunk,
    ) -> Result<Unit, HostError> {
        let started = std::time::Instant::now();
        let store = &host.inner.store;
        self.known.refresh()?;
        let rights = host.rights_of(&activity.payer, &activity.user)?;
        let rematch = StillMatches {
            host,
            payer: &activity.payer,
            request: &self.request,
            criteria: &rules.criteria,
            matched_at,
        };
        let reprocessing = Reprocessing {
            host,
            payer: &activity.payer,
            origin: Origin {
                user: &activity.user,
                activity: Some(activity.id),
                decided_by: rules.claim_status.decided_by(),
            },
            rules: &rules.claim_status,
            holder: Some(&self.holder),
            known: &self.known,
            rights: &rights,
            rematch: Some(&rematch),
            workers,
        };
        let read = store.claims_by_id(&activity.payer, &chunk.claims)?;
        if read.len() != chunk.claims.len() {
            return Err(StoreError::Corrupt {
                what: "claims of a run are not there any more".to_owned(),
            }
            .into());
        }
        let options = &self.request.options;
        let asked: Vec<Asked<'_>> = read.into_iter().map(|encoded| Asked { encoded, options }).collect();
        let decided = reprocessing.decide(&asked)?;
        let scheduler = &host.inner.scheduler;
        let written = reprocessing.write(&asked, decided, |transaction| {
            Ok(transaction.finish_work(activity.id, chunk.number, scheduler.host_name())?)
        })?;
        let Some(Written {
            mut transaction,
            results,
        }) = written
        else {
            // Another host has finished it first, or the run was cancelled.
            return Ok(Unit::Idle);
        };
        let failed = results
            .iter()
            .filter(|result| result.result == ResultOutcome::Failure)
            .count() as u64;
        let handled = results.len() as u64;
        transaction.put_results(activity.id, chunk.number, &results)?;
        transaction.add_activity_counts(activity.id, handled - failed, failed)?;
        transaction.unlock_claims(&chunk.claims, &self.holder)?;
        let mut next = None;
        // A payer that is slowed down takes its next portion when its time has come, so that nothing is held meanwhile.
        if !scheduler.is_stopping() && host.inner.throttle.rate(&activity.payer).is_none() {
            next = transaction.lease_work(activity.id, scheduler.host_name(), scheduler.lease())?;
            if let Some(chunk) = &next {
                transaction.lock_claims(&chunk.claims, &self.holder, scheduler.lease())?;
            }
        }
        transaction.commit()?;
        self.next = next;
        crate::metrics::claims_handled(&activity.code, handled - failed, failed, started.elapsed());
        Ok(Unit::Worked(handled))
    }
}

/// What keeps a run from going on here whose component is not to be had here.
pub(super) fn elsewhere(fault: &Fault) -> String {
    format!("{fault}; the run began with it, and goes on where it is, or can be cancelled")
}

/// Ends the run once nothing of its work is left, whoever did it.
fn finish(host: &Host, activity: &Activity) -> Result<Unit, HostError> {
    if host.inner.store.unfinished_work(activity.id)? > 0 {
        return Ok(Unit::Idle);
    }
    let mut transaction = host.inner.store.begin_write()?;
    let counts = host.activity(&activity.payer, activity.id)?.counts;
    let status = if counts.failed > 0 {
        ActivityStatus::CompletedWithErrors
    } else {
        ActivityStatus::Completed
    };
    if ending::write(host, transaction.as_mut(), activity, &Ending::with_results(status))? {
        transaction.commit()?;
    }
    Ok(Unit::Ended)
}

/// The claims that one worker has found, by code and id.
#[derive(Default)]
struct Gather {
    claims: Vec<(String, i64)>,
}

impl Collect for Gather {
    fn take(&mut self, block: &Block, claims: &[u32]) {
        self.claims.extend(
            claims
                .iter()
                .map(|&claim| (block.claim_code(claim).to_owned(), block.claim_id(claim))),
        );
    }
}
