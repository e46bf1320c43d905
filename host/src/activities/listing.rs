//! A criteria request with `reprocess=false`: lists the claims that it hits and what would become of each.

use reprise_model::{ResultMessages, ResultOutcome};
use reprise_request::CriteriaRequest;
use reprise_store::{Activity, ActivityCounts, ActivityStatus};

use super::begun::begun_by_criteria;
use super::ending::{self, Ending};
use super::job::{Job, MatchingProgress, Unit};
use crate::outcome::MatchedClaims;
use crate::{ByRules, Host, HostError};

/// Results are written in portions, so that memory does not grow with them.
const RESULT_PORTION: usize = 65_536;

pub(super) struct Listing {
    request: CriteriaRequest,
}

impl Listing {
    pub(super) const fn new(request: CriteriaRequest) -> Self {
        Self { request }
    }
}

impl Job for Listing {
    fn unit(&mut self, host: &Host, activity: &Activity) -> Result<Unit, HostError> {
        // Before the lease: while it is not the payer's turn, another host may do it.
        let Some(rules) = host.rules_of_now(&activity.payer)? else {
            return Ok(Unit::Idle);
        };
        if host.begin_alone(activity)?.is_none() {
            return Ok(Unit::Idle);
        }
        let scheduler = &host.inner.scheduler;
        let matched = host.matched_claims_by(&rules, &activity.payer, &self.request, |blocks_done, blocks| {
            scheduler.set_matching(activity.id, Some(MatchingProgress { blocks_done, blocks }));
        })?;
        drop(rules);
        record(host, activity, &matched)
    }

    fn is_paced(&self) -> bool {
        false
    }
}

/// Results, data file and status in one transaction: a process that dies before it leaves the activity to be done again,
/// one that dies after it has nothing left to do.
fn record(host: &Host, activity: &Activity, matched: &ByRules<MatchedClaims>) -> Result<Unit, HostError> {
    let ByRules {
        answer: matched,
        decided_by,
    } = matched;
    let mut transaction = host.inner.store.begin_write()?;
    if !transaction.has_leased_activity(activity.id, host.inner.scheduler.host_name())? {
        return Ok(Unit::Idle);
    }
    let mut counts = ActivityCounts {
        total: Some(matched.claims.len() as u64),
        ..ActivityCounts::default()
    };
    for portion in matched.claims.chunks(RESULT_PORTION) {
        let results: Vec<ResultMessages> = portion.iter().map(|claim| claim.dry_run_result()).collect();
        let failed = results
            .iter()
            .filter(|result| result.result == ResultOutcome::Failure)
            .count() as u64;
        counts.failed += failed;
        counts.succeeded += results.len() as u64 - failed;
        transaction.append_results(activity.id, &results)?;
    }
    if let Some(remark) = matched.remark() {
        transaction.append_activity_messages(activity.id, &remark.messages)?;
        transaction.append_results(activity.id, &[remark])?;
    }
    transaction.set_bookmark(activity.id, &begun_by_criteria(decided_by))?;
    transaction.set_activity_counts(activity.id, counts)?;
    let status = if counts.failed > 0 {
        ActivityStatus::CompletedWithErrors
    } else {
        ActivityStatus::Completed
    };
    if !ending::write(host, transaction.as_mut(), activity, &Ending::with_results(status))? {
        return Ok(Unit::Idle);
    }
    transaction.commit()?;
    Ok(Unit::Ended)
}
