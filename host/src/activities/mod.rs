//! Activities: work that goes on after its request was answered. Asked for, started, watched, cancelled, recovered.
//!
//! `scheduler` chooses whose turn it is and does one unit of work after the other; `listing`, `run` and `import` know
//! what a unit of their activity is; `still_matches` asks again about claims that have changed since a run has matched;
//! `ending` is where each of them ends, in whichever way.

mod begun;
mod ending;
mod import;
mod job;
mod lanes;
mod listing;
mod run;
mod scheduler;
mod still_matches;
mod throttle;

use std::time::Duration;

use reprise_model::MessageKey;
use reprise_request::{
    ActivityRequest, CriteriaRequest, Document, MediaType, RequestKind, ResponseRoot, read_criteria_request,
};
use reprise_store::{Activity, ActivityStatus, AdjudicationTotal, Delivery, NewActivity, WriteTransaction};
use serde_json::json;

pub use job::MatchingProgress;
pub use throttle::Throttle;

pub(crate) use begun::rules_of;
pub(crate) use scheduler::{Scheduler, Signal};

use crate::access::rights::{CLAIMS_REPROCESS, CLAIMS_REPROCESS_CRITERIA};
use crate::access::{Rights, audited};
use crate::reprocess::KnownCodes;
use crate::{Done, Host, HostError, Once};

/// The code of a criteria request's activity, as the integration point names it.
pub const CRITERIA_ACTIVITY: &str = "REPROCESSCLAIMS_CRITERIA";
/// The code of a batch's activity.
pub const IMPORT_ACTIVITY: &str = "REPROCESSCLAIMS_IMPORT";
/// The parameter of a batch that names the data file set to read.
const FILE_SET_PARAMETER: &str = "dataFileSetCode";
/// The parameter of a batch that names the data file set to write.
const RESPONSE_SET_PARAMETER: &str = "responseDataFileSetCode";

/// How long the right to a piece of work lasts unless it is renewed. After a host has died, others wait this long.
pub(crate) const LEASE_DEFAULT: Duration = Duration::from_secs(10);

/// A criteria request as it came, to be kept with its activity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submission {
    /// The body, as text.
    pub body: String,
    /// What the body is.
    pub media_type: MediaType,
    /// What the caller knows the request by.
    pub correlation_id: Option<String>,
    /// Who sent it.
    pub user: String,
}

/// How an activity stands.
#[derive(Clone, Debug, PartialEq)]
pub struct ActivityView {
    /// What is recorded of it.
    pub activity: Activity,
    /// How far its matching is, while that is going on in this process.
    pub matching: Option<MatchingProgress>,
    /// What keeps it from going on, while something does.
    pub trouble: Option<String>,
    /// How many of the claims that it sent through processing have come out, and what that changed.
    pub adjudications: Vec<AdjudicationTotal>,
    /// The notification about its end, if one is sent.
    pub delivery: Option<Delivery>,
}

impl Host {
    /// Accept a criteria request of somebody with these rights: check it, record its activity, and have it done once
    /// activities are started. Answers the activity's id.
    pub fn start_criteria(
        &self,
        payer: &str,
        rights: &Rights,
        request: &CriteriaRequest,
        submission: Submission,
        once: Option<&Once>,
    ) -> Result<Done<i64>, HostError> {
        if let Some(kept) = self.kept(once)? {
            return Ok(kept);
        }
        KnownCodes::new(&self.inner.store, payer).require_rights(&request.options, rights)?;
        self.keep_in_step()?;
        self.validate(payer, request, &*self.rules_of(payer)?)?;
        let activity = NewActivity {
            payer: payer.to_owned(),
            code: CRITERIA_ACTIVITY.to_owned(),
            parameters: json!({ "mediaType": submission.media_type.as_str(), "body": submission.body }),
            correlation_id: submission.correlation_id,
            user: submission.user,
            high_priority: request.options.set_to_high_priority == Some(true),
            queued: true,
        };
        let details = json!({ "code": activity.code, "reprocess": request.reprocess });
        let done = self.write_once(once, |transaction| {
            let id = transaction.create_activity(&activity)?;
            note(
                transaction,
                payer,
                &activity.user,
                "start_reprocess_criteria",
                id,
                &details,
            )?;
            Ok(id)
        })?;
        self.inner.scheduler.wake();
        Ok(done)
    }

    /// Record an activity of a batch; if it is to be started at once, check its file, lock its data file set and have it
    /// done. Answers the activity's id.
    pub fn create_import(
        &self,
        payer: &str,
        user: &str,
        request: &ActivityRequest,
        correlation_id: Option<&str>,
        start: bool,
        once: Option<&Once>,
    ) -> Result<Done<i64>, HostError> {
        if let Some(kept) = self.kept(once)? {
            return Ok(kept);
        }
        let ActivityRequest::Import(asked) = request;
        let activity = NewActivity {
            payer: payer.to_owned(),
            code: IMPORT_ACTIVITY.to_owned(),
            parameters: json!({
                (FILE_SET_PARAMETER): asked.data_file_set,
                (RESPONSE_SET_PARAMETER): asked.response_data_file_set,
            }),
            correlation_id: correlation_id.map(str::to_owned),
            user: user.to_owned(),
            high_priority: false,
            queued: start,
        };
        if start && let Err(refusal) = self.check_import(payer, &activity.parameters) {
            return self.kept_or_refused(once, refusal);
        }
        let done = self.write_once(once, |transaction| {
            if start {
                import::lock(transaction, payer, &activity.parameters)?;
            }
            let id = transaction.create_activity(&activity)?;
            let details = json!({ "code": activity.code, "parameters": activity.parameters, "started": start });
            note(transaction, payer, user, "create_activity", id, &details)?;
            Ok(id)
        })?;
        self.inner.scheduler.wake();
        Ok(done)
    }

    /// Start an activity that was recorded and not started. It is the user's from then on, whoever recorded it: what it
    /// does takes the rights of whoever starts it.
    pub fn start_activity(
        &self,
        payer: &str,
        user: &str,
        rights: &Rights,
        id: i64,
        once: Option<&Once>,
    ) -> Result<Done<i64>, HostError> {
        if let Some(kept) = self.kept(once)? {
            return Ok(kept);
        }
        let activity = match self.startable(payer, user, rights, id) {
            Ok(activity) => activity,
            Err(refusal) => return self.kept_or_refused(once, refusal),
        };
        let done = self.write_once(once, |transaction| {
            transaction.assign_activity(id, user)?;
            if !transaction.queue_activity(id)? {
                refuse_unless_initial(&self.activity(payer, id)?)?;
            }
            if activity.code == IMPORT_ACTIVITY {
                import::lock(transaction, payer, &activity.parameters)?;
            }
            let details = json!({ "userBefore": activity.user });
            note(transaction, payer, user, "start_activity", id, &details)?;
            Ok(id)
        })?;
        self.inner.scheduler.wake();
        Ok(done)
    }

    /// The activity, if it can be started by somebody with these rights.
    fn startable(&self, payer: &str, user: &str, rights: &Rights, id: i64) -> Result<Activity, HostError> {
        let activity = self.activity(payer, id)?;
        require_right(&activity, user, rights)?;
        refuse_unless_initial(&activity)?;
        if activity.code == IMPORT_ACTIVITY {
            self.check_import(payer, &activity.parameters)?;
        }
        Ok(activity)
    }

    /// Have an activity go on that an error has ended. What it has done stays done; what is left is done as the user's.
    pub fn recover_activity(
        &self,
        payer: &str,
        user: &str,
        rights: &Rights,
        id: i64,
        once: Option<&Once>,
    ) -> Result<Done<i64>, HostError> {
        let done = self.write_once(once, |transaction| {
            let activity = self.activity(payer, id)?;
            require_right(&activity, user, rights)?;
            let recoverable = [ActivityStatus::TechnicalError, ActivityStatus::BusinessError];
            if !recoverable.contains(&activity.status) {
                return Err(HostError::conflict(&format!(
                    "Activity {id} cannot be recovered: its status is {}; only one that an error has ended can be",
                    activity.status
                )));
            }
            if activity.code == IMPORT_ACTIVITY {
                import::lock(transaction, payer, &activity.parameters)?;
            }
            transaction.assign_activity(id, user)?;
            transaction.change_activity_status(id, activity.status, ActivityStatus::InProcess)?;
            let details = json!({ "statusBefore": activity.status.as_str(), "userBefore": activity.user });
            note(transaction, payer, user, "recover_activity", id, &details)?;
            Ok(id)
        })?;
        self.inner.scheduler.wake();
        Ok(done)
    }

    /// Ask for an activity to end where it is. What it has done stays done, and its data file says what that is.
    pub fn cancel_activity(
        &self,
        payer: &str,
        user: &str,
        id: i64,
        once: Option<&Once>,
    ) -> Result<Done<i64>, HostError> {
        let done = self.write_once(once, |transaction| {
            let activity = self.activity(payer, id)?;
            if !transaction.ask_to_cancel(id, user)? {
                return Err(HostError::conflict(&format!(
                    "Activity {id} cannot be cancelled: its status is {}",
                    activity.status
                )));
            }
            // One that nobody has started has nothing to end.
            if activity.status == ActivityStatus::Initial && !activity.queued {
                transaction.change_activity_status(id, ActivityStatus::Initial, ActivityStatus::Cancelled)?;
            }
            let details = json!({ "statusBefore": activity.status.as_str() });
            note(transaction, payer, user, "cancel_activity", id, &details)?;
            Ok(id)
        })?;
        self.inner.scheduler.wake();
        Ok(done)
    }

    /// Have the notification about an activity's end sent again.
    pub fn retry_notification(
        &self,
        payer: &str,
        user: &str,
        id: i64,
        once: Option<&Once>,
    ) -> Result<Done<i64>, HostError> {
        let done = self.write_once(once, |transaction| {
            self.activity(payer, id)?;
            if transaction.retry_delivery(id)? {
                note(transaction, payer, user, "retry_notification", id, &json!({}))?;
                Ok(id)
            } else {
                Err(HostError::not_found(&format!(
                    "notification about activity {id} that was not taken"
                )))
            }
        })?;
        Ok(done)
    }

    /// How the payer's activity stands.
    pub fn activity_view(&self, payer: &str, id: i64) -> Result<ActivityView, HostError> {
        self.view(self.activity(payer, id)?)
    }

    /// How the payer's activities stand, the latest first: those before this one, or the last ones; at most so many.
    pub fn activity_views(&self, payer: &str, before: Option<i64>, limit: u32) -> Result<Vec<ActivityView>, HostError> {
        let activities = self.inner.store.activities(payer, before, limit)?;
        activities.into_iter().map(|activity| self.view(activity)).collect()
    }

    fn view(&self, activity: Activity) -> Result<ActivityView, HostError> {
        Ok(ActivityView {
            matching: self.inner.scheduler.matching(activity.id),
            trouble: self.inner.scheduler.trouble(activity.id),
            adjudications: self.inner.store.adjudications(&activity.payer, activity.id)?,
            delivery: self.inner.store.delivery(&activity.payer, activity.id)?,
            activity,
        })
    }

    /// The request that an activity was started with, read again as it was then.
    pub(crate) fn submitted_request(&self, activity: &Activity) -> Result<CriteriaRequest, HostError> {
        let corrupt = || HostError::Technical(format!("the request of activity {} cannot be read back", activity.id));
        let member = |name: &str| text_parameter(&activity.parameters, name).ok_or_else(corrupt);
        let refused = HostError::Refused;
        let media_type =
            MediaType::from_content_type(member("mediaType")?).map_err(|message| refused(vec![message]))?;
        let document =
            Document::read(member("body")?.as_bytes(), media_type).map_err(|message| refused(vec![message]))?;
        read_criteria_request(&document, RequestKind::Criteria, self.names()).map_err(refused)
    }
}

/// Keeps in the audit log that something is done to an activity, in the transaction that does it.
fn note(
    transaction: &mut dyn WriteTransaction,
    payer: &str,
    user: &str,
    operation: &str,
    activity: i64,
    details: &serde_json::Value,
) -> Result<(), HostError> {
    let entry = audited(Some(payer), user, operation, format!("activity {activity}"), details);
    Ok(transaction.append_audit(&[entry])?)
}

/// The root of the data file that holds the results of an activity.
pub(crate) fn result_root(activity: &Activity) -> ResponseRoot {
    if activity.code == IMPORT_ACTIVITY {
        ResponseRoot::Batch
    } else {
        ResponseRoot::Criteria
    }
}

fn text_parameter<'a>(parameters: &'a serde_json::Value, name: &str) -> Option<&'a str> {
    parameters.get(name).and_then(serde_json::Value::as_str)
}

/// Refuses whoever may not do by itself what the activity does.
fn require_right(activity: &Activity, user: &str, rights: &Rights) -> Result<(), HostError> {
    let right = if activity.code == IMPORT_ACTIVITY {
        CLAIMS_REPROCESS
    } else {
        CLAIMS_REPROCESS_CRITERIA
    };
    if rights.hold(right) {
        return Ok(());
    }
    let message = reprise_model::Message::new(MessageKey::NotAllowed, [user, right]);
    Err(HostError::Forbidden(message))
}

fn refuse_unless_initial(activity: &Activity) -> Result<(), HostError> {
    if activity.status == ActivityStatus::Initial && !activity.queued {
        return Ok(());
    }
    let status = if activity.status == ActivityStatus::Initial {
        "initial, and it is queued already"
    } else {
        activity.status.as_str()
    };
    Err(HostError::Conflict(reprise_model::Message::new(
        MessageKey::ActivityNotInitial,
        [&activity.id.to_string(), status],
    )))
}
