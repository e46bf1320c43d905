//! Criteria requests as activities: accepted at once, done one after the other on a thread of their own.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError, Weak, mpsc};
use std::time::Instant;

use reprise_model::{Message, MessageKey, ResultMessages, ResultOutcome};
use reprise_request::{CriteriaRequest, Document, MediaType, RequestKind, read_criteria_request};
use reprise_store::{
    Activity, ActivityCounts, ActivityStatus, DataFileDefinition, DataFileOutcome, DataFileSetCreation,
    DataFileSetDefinition, NewActivity, StoreError,
};
use serde_json::json;

use crate::host::Inner;
use crate::outcome::MatchedClaims;
use crate::{Host, HostError};

/// The activity's code, as the integration point names it.
const CRITERIA_ACTIVITY: &str = "REPROCESSCLAIMS_CRITERIA";
/// The result's data file in the activity's data file set.
const RESULT_FILE: &str = "RESULT";
/// Results are written in portions, so that memory does not grow with them.
const RESULT_PORTION: usize = 65_536;

/// A criteria request as it came, to be kept with its activity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submission {
    /// The body, as text.
    pub body: String,
    /// What the body is.
    pub media_type: MediaType,
    /// What the caller knows the request by.
    pub correlation_id: Option<String>,
}

/// How far an activity in process is: blocks of the line index done, and all of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MatchingProgress {
    /// Blocks that are done.
    pub blocks_done: usize,
    /// All blocks.
    pub blocks: usize,
}

/// The activities that wait for their thread, and how far that one is.
pub(crate) struct ActivityRunner {
    queue: mpsc::Sender<Activity>,
    /// The queue's other end, until the thread is started. There is one thread at most, so that no activity is ever
    /// done beside itself.
    waiting: Mutex<Option<mpsc::Receiver<Activity>>>,
    progress: Mutex<HashMap<i64, MatchingProgress>>,
}

impl ActivityRunner {
    pub(crate) fn new() -> Self {
        let (queue, waiting) = mpsc::channel();
        Self {
            queue,
            waiting: Mutex::new(Some(waiting)),
            progress: Mutex::default(),
        }
    }

    fn enqueue(&self, activity: Activity) -> Result<(), HostError> {
        let ended = |_| HostError::Technical("the thread that does activities has ended".to_owned());
        self.queue.send(activity).map_err(ended)
    }

    fn set_progress(&self, activity: i64, progress: Option<MatchingProgress>) {
        let mut all = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        match progress {
            Some(progress) => all.insert(activity, progress),
            None => all.remove(&activity),
        };
    }
}

impl Host {
    /// Start doing activities, those too that an earlier process left unfinished. What was asked for before waits
    /// until then.
    pub fn start_activities(&self) -> Result<(), HostError> {
        let runner = &self.inner.runner;
        let Some(queue) = runner.waiting.lock().unwrap_or_else(PoisonError::into_inner).take() else {
            return Ok(());
        };
        // One that was asked for a moment ago may be queued twice; see `run_activity`.
        for activity in self.inner.store.unfinished_activities()? {
            runner.enqueue(activity)?;
        }
        let host = Arc::downgrade(&self.inner);
        std::thread::Builder::new()
            .name("activities".to_owned())
            .spawn(move || run_activities(&host, &queue))
            .map_err(|error| HostError::Technical(format!("no thread for activities: {error}")))?;
        Ok(())
    }

    /// Accept a criteria request: check it, record its activity, and have it done once activities are started. Answers
    /// the activity's id.
    pub fn start_criteria(
        &self,
        payer: &str,
        request: &CriteriaRequest,
        submission: Submission,
    ) -> Result<i64, HostError> {
        if request.reprocess {
            return Err(HostError::refused(
                MessageKey::NotYet,
                ["reprocess=\"true\" is not offered yet; reprocess=\"false\" lists the claims that it would reprocess"],
            ));
        }
        self.keep_in_step()?;
        self.validate(payer, request)?;
        let activity = NewActivity {
            payer: payer.to_owned(),
            code: CRITERIA_ACTIVITY.to_owned(),
            parameters: json!({ "mediaType": submission.media_type.as_str(), "body": submission.body }),
            correlation_id: submission.correlation_id,
        };
        let id = self
            .inner
            .store
            .write(|transaction| transaction.create_activity(&activity))?;
        let activity = self.activity(payer, id)?;
        self.inner.runner.enqueue(activity)?;
        Ok(id)
    }

    /// How far the matching of an activity is, while it is going on in this process.
    pub fn matching_progress(&self, activity: i64) -> Option<MatchingProgress> {
        self.inner
            .runner
            .progress
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&activity)
            .copied()
    }

    /// Do an activity and record how it ended. One that has ended already was queued twice.
    fn run_activity(&self, activity: &Activity) {
        let started = Instant::now();
        if let Ok(Some(known)) = self.inner.store.activity(&activity.payer, activity.id)
            && known.status.is_final()
        {
            return;
        }
        let done = catch_unwind(AssertUnwindSafe(|| self.dry_run(activity))).unwrap_or_else(|_| {
            Err(HostError::Technical(
                "the activity ended in a fault of Reprise itself".to_owned(),
            ))
        });
        self.inner.runner.set_progress(activity.id, None);
        if let Err(error) = &done {
            tracing::warn!(activity = activity.id, payer = activity.payer, %error, "activity failed");
            if let Err(unrecorded) = self.record_failure(activity, error) {
                tracing::error!(activity = activity.id, error = %unrecorded, "its failure could not be recorded");
            }
        }
        let elapsed = started.elapsed();
        crate::metrics::activity_ended(&activity.code, done.is_ok(), elapsed);
        tracing::info!(
            activity = activity.id,
            elapsed_ms = elapsed.as_millis(),
            "activity ended"
        );
    }

    fn dry_run(&self, activity: &Activity) -> Result<(), HostError> {
        let request = self.submitted_request(activity)?;
        self.inner.store.write(|transaction| {
            transaction.change_activity_status(activity.id, ActivityStatus::Initial, ActivityStatus::InProcess)
        })?;
        let runner = &self.inner.runner;
        let matched = self.matched_claims(&activity.payer, &request, |blocks_done, blocks| {
            runner.set_progress(activity.id, Some(MatchingProgress { blocks_done, blocks }));
        })?;
        self.record_dry_run(activity, &matched)
    }

    /// Results, data file and status in one transaction: a process that dies before it leaves the activity to be done
    /// again, one that dies after it has nothing left to do.
    fn record_dry_run(&self, activity: &Activity, matched: &MatchedClaims) -> Result<(), HostError> {
        let mut counts = ActivityCounts {
            total: Some(matched.claims.len() as u64),
            ..ActivityCounts::default()
        };
        self.inner.store.write(|transaction| {
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
            let set = DataFileSetDefinition {
                code: format!("{CRITERIA_ACTIVITY}-{}", activity.id),
                description: Some(format!("Result of activity {}", activity.id)),
                files: vec![DataFileDefinition {
                    code: RESULT_FILE.to_owned(),
                    description: None,
                }],
            };
            let created = transaction.create_data_file_set(&activity.payer, &set)?;
            let attached = transaction.attach_results(&activity.payer, &set.code, RESULT_FILE, activity.id)?;
            if created != DataFileSetCreation::Created || attached != DataFileOutcome::Done {
                return Err(StoreError::Other {
                    reason: format!("data file set `{}` is there already", set.code),
                });
            }
            transaction.set_activity_counts(activity.id, counts)?;
            let status = if counts.failed > 0 {
                ActivityStatus::CompletedWithErrors
            } else {
                ActivityStatus::Completed
            };
            transaction.change_activity_status(activity.id, ActivityStatus::InProcess, status)?;
            Ok(())
        })?;
        Ok(())
    }

    fn record_failure(&self, activity: &Activity, error: &HostError) -> Result<(), StoreError> {
        let status = match error {
            HostError::Refused(_) | HostError::NotFound(_) => ActivityStatus::BusinessError,
            HostError::NotYet(_) | HostError::RuleFault(_) | HostError::Store(_) | HostError::Technical(_) => {
                ActivityStatus::TechnicalError
            }
        };
        self.inner.store.write(|transaction| {
            transaction.append_activity_messages(activity.id, &error.messages())?;
            for from in [ActivityStatus::Initial, ActivityStatus::InProcess] {
                if transaction.change_activity_status(activity.id, from, status)? {
                    break;
                }
            }
            Ok(())
        })
    }

    /// The request that an activity was started with, read again as it was then.
    fn submitted_request(&self, activity: &Activity) -> Result<CriteriaRequest, HostError> {
        let corrupt = || HostError::Technical(format!("the request of activity {} cannot be read back", activity.id));
        let member = |name: &str| {
            activity
                .parameters
                .get(name)
                .and_then(serde_json::Value::as_str)
                .ok_or_else(corrupt)
        };
        let media_type =
            MediaType::from_content_type(member("mediaType")?).map_err(|message| refused(vec![message]))?;
        let document =
            Document::read(member("body")?.as_bytes(), media_type).map_err(|message| refused(vec![message]))?;
        read_criteria_request(&document, RequestKind::Criteria, self.names()).map_err(refused)
    }
}

fn refused(messages: Vec<Message>) -> HostError {
    HostError::Refused(messages)
}

fn run_activities(host: &Weak<Inner>, queue: &mpsc::Receiver<Activity>) {
    while let Ok(activity) = queue.recv() {
        let Some(inner) = host.upgrade() else { return };
        Host { inner }.run_activity(&activity);
    }
}
