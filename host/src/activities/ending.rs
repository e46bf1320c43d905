//! How an activity ends: its status, its data file, its notification, and what it gives back.

use reprise_model::{Message, MessageKey};
use reprise_store::{
    Activity, ActivityStatus, DataFileDefinition, DataFileOutcome, DataFileSetCreation, DataFileSetDefinition,
    StoreError, WriteTransaction,
};

use super::job::Unit;
use super::{CRITERIA_ACTIVITY, FILE_SET_PARAMETER, IMPORT_ACTIVITY, RESPONSE_SET_PARAMETER, text_parameter};
use crate::{Host, HostError};

/// The data file of a criteria request's results in its data file set.
const RESULT_FILE: &str = "RESULT";
/// The data file of a batch's results in its data file set.
const RESPONSE_FILE: &str = "RESPONSE";

/// How many codes are tried for the data file set of results.
const CODES_TRIED: u32 = 100;

/// How an activity ends.
pub(super) struct Ending {
    status: ActivityStatus,
    /// Whether its results become a data file.
    results: bool,
}

impl Ending {
    pub(super) const fn with_results(status: ActivityStatus) -> Self {
        Self { status, results: true }
    }

    const fn without_results(status: ActivityStatus) -> Self {
        Self { status, results: false }
    }
}

/// Ends an activity that is in process or initial, and answers whether it was: another host may have ended it.
pub(super) fn write(
    host: &Host,
    transaction: &mut dyn WriteTransaction,
    activity: &Activity,
    ending: &Ending,
) -> Result<bool, HostError> {
    let ended = transaction.change_activity_status(activity.id, ActivityStatus::InProcess, ending.status)?
        || transaction.change_activity_status(activity.id, ActivityStatus::Initial, ending.status)?;
    if !ended {
        return Ok(false);
    }
    // What is queued comes without its parameters.
    let activity = &host.activity(&activity.payer, activity.id)?;
    if activity.code == IMPORT_ACTIVITY
        && let Some(set) = text_parameter(&activity.parameters, FILE_SET_PARAMETER)
    {
        transaction.unlock_data_file_set(&activity.payer, set)?;
    }
    if ending.results && activity.result_file.is_none() {
        attach_results(transaction, activity)?;
    }
    if activity.code == CRITERIA_ACTIVITY && host.inner.notifications.is_some() {
        transaction.create_delivery(activity.id)?;
    }
    Ok(true)
}

/// The code of the data file set that an activity's results go to.
pub(super) fn result_set(activity: &Activity) -> String {
    text_parameter(&activity.parameters, RESPONSE_SET_PARAMETER)
        .map_or_else(|| format!("{}-{}", activity.code, activity.id), str::to_owned)
}

fn attach_results(transaction: &mut dyn WriteTransaction, activity: &Activity) -> Result<(), HostError> {
    let file = if activity.code == IMPORT_ACTIVITY {
        RESPONSE_FILE
    } else {
        RESULT_FILE
    };
    let mut set = DataFileSetDefinition {
        code: result_set(activity),
        description: Some(format!("Result of activity {}", activity.id)),
        files: vec![DataFileDefinition {
            code: file.to_owned(),
            description: None,
        }],
    };
    let wanted = set.code.clone();
    // Somebody may have taken the code meanwhile; the results of what was done must have a place all the same.
    for attempt in 1..CODES_TRIED {
        if transaction.create_data_file_set(&activity.payer, &set)? == DataFileSetCreation::Created {
            return match transaction.attach_results(&activity.payer, &set.code, file, activity.id)? {
                DataFileOutcome::Done => Ok(()),
                DataFileOutcome::Absent | DataFileOutcome::Locked => Err(HostError::Technical(format!(
                    "the data file of data file set `{}` cannot be filled",
                    set.code
                ))),
            };
        }
        set.code = format!("{wanted}-{}-{attempt}", activity.id);
    }
    let reason = format!("data file set `{wanted}` and those named after it are there already");
    Err(HostError::Technical(reason))
}

/// Ends an activity that somebody has asked to end: what it has done stays done, and its data file says what that is.
pub(super) fn cancel(host: &Host, activity: &Activity, user: &str) -> Result<Unit, HostError> {
    let mut transaction = host.inner.store.begin_write()?;
    let activity = &host.activity(&activity.payer, activity.id)?;
    let ending = Ending::with_results(ActivityStatus::Cancelled);
    if !write(host, transaction.as_mut(), activity, &ending)? {
        return Ok(Unit::Ended);
    }
    transaction.discard_work(activity.id)?;
    // Nobody writes beside this transaction, and nothing is counted any more once the work is discarded.
    let counts = activity.counts;
    let handled = counts.succeeded + counts.failed;
    let total = counts
        .total
        .map_or_else(|| "an unknown number".to_owned(), |total| total.to_string());
    let message = Message::new(MessageKey::Cancelled, [user, &handled.to_string(), &total]);
    transaction.append_activity_messages(activity.id, &[message])?;
    transaction.unlock_all(&holder(activity.id))?;
    transaction.commit()?;
    Ok(Unit::Ended)
}

/// Ends an activity by an error. What it has done stays done and is gone on with when it is recovered.
pub(super) fn fail(host: &Host, activity: &Activity, error: &HostError) -> Result<(), StoreError> {
    let status = match error {
        HostError::Refused(_)
        | HostError::NotAuthenticated(_)
        | HostError::Forbidden(_)
        | HostError::NotFound(_)
        | HostError::Conflict(_)
        | HostError::KeyReused(_) => ActivityStatus::BusinessError,
        HostError::NotYet(_) | HostError::RuleFault(_) | HostError::Store(_) | HostError::Technical(_) => {
            ActivityStatus::TechnicalError
        }
    };
    let mut transaction = host.inner.store.begin_write()?;
    let activity = match host.activity(&activity.payer, activity.id) {
        Ok(now) => now,
        Err(HostError::Store(error)) => return Err(error),
        Err(_) => return Ok(()),
    };
    // What was done has a data file that says so; a run that is recovered adds to it.
    let ending = if activity.counts.succeeded + activity.counts.failed > 0 {
        Ending::with_results(status)
    } else {
        Ending::without_results(status)
    };
    match write(host, transaction.as_mut(), &activity, &ending) {
        Ok(true) => {
            transaction.append_activity_messages(activity.id, &error.messages())?;
            transaction.unlock_all(&holder(activity.id))?;
            transaction.commit()
        }
        // Another host has ended it, in its own way.
        Ok(false) => Ok(()),
        Err(HostError::Store(error)) => Err(error),
        Err(other) => Err(StoreError::Other {
            reason: other.to_string(),
        }),
    }
}

/// By which name an activity holds claims, on every host.
pub(super) fn holder(activity: i64) -> String {
    format!("activity {activity}")
}
