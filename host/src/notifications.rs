//! Tells an endpoint of the operator's that an activity has ended, again and again until it is taken.
//!
//! What is to be told is recorded in the transaction that ends the activity, so it is never lost and never told of an
//! activity that did not end. It may be told twice: when the answer to an attempt that was taken gets lost.

use std::sync::Weak;
use std::time::Duration;

use reprise_request::{MediaType, NotificationStatus, render_notification};
use reprise_store::{ActivityStatus, Delivery, DeliveryOutcome};

use crate::activities::Signal;
use crate::host::Inner;
use crate::{Host, HostError};

/// How often is looked for what is due.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// How many are looked for at once.
const AT_ONCE: u32 = 16;
/// How long an attempt may take, from the connection to the end of the answer.
const ATTEMPT_TIME_MAX: Duration = Duration::from_secs(15);
/// How long is waited after the first attempt that was not taken; doubled after each, up to the second figure.
const RETRY_WAIT: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(600));
/// More attempts than this are not made by themselves: with the waits above, about a day's worth.
const ATTEMPTS_MAX: u32 = 150;

/// Whom to tell, and how.
#[derive(Clone, PartialEq, Eq)]
pub struct NotificationSettings {
    /// Where to send notifications.
    pub endpoint: String,
    /// What to prove ourselves with.
    pub authorization: Option<NotificationAuthorization>,
    /// In which form.
    pub media_type: MediaType,
    /// What links in a notification begin with, such as `http://127.0.0.1:8080`.
    pub public_url: String,
}

/// What an endpoint knows us by.
#[derive(Clone, PartialEq, Eq)]
pub enum NotificationAuthorization {
    /// A name and a password.
    Basic {
        /// The name.
        user: String,
        /// The password.
        password: String,
    },
    /// A token.
    Bearer(String),
}

/// Secrets are not printed.
impl std::fmt::Debug for NotificationSettings {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("NotificationSettings")
            .field("endpoint", &self.endpoint)
            .field("authorization", &self.authorization)
            .field("media_type", &self.media_type)
            .field("public_url", &self.public_url)
            .finish()
    }
}

/// Secrets are not printed.
impl std::fmt::Debug for NotificationAuthorization {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Basic { .. } => "Basic",
            Self::Bearer(_) => "Bearer",
        })
    }
}

impl NotificationAuthorization {
    fn header(&self) -> String {
        match self {
            Self::Basic { user, password } => {
                use base64::Engine as _;
                let encoded = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}"));
                format!("Basic {encoded}")
            }
            Self::Bearer(token) => format!("Bearer {token}"),
        }
    }
}

/// Sends what is due until the signal stops. Without an endpoint there is nothing to do.
pub(crate) fn send_notifications(host: &Weak<Inner>, signal: &Signal) {
    let mut seen = 0;
    while !signal.is_stopped() {
        let Some(inner) = host.upgrade() else { return };
        if inner.notifications.is_none() {
            return;
        }
        if let Err(error) = (Host { inner }).send_due() {
            tracing::warn!(%error, "notifications cannot be sent");
        }
        signal.wait(&mut seen, LOOK_AGAIN);
    }
}

impl Host {
    fn send_due(&self) -> Result<(), HostError> {
        for delivery in self.inner.store.due_deliveries(AT_ONCE)? {
            if self.inner.scheduler.is_stopping() {
                break;
            }
            // Another host may have taken it meanwhile. If this process dies, it is due again after a while.
            let lease = ATTEMPT_TIME_MAX * 2;
            let leased = self
                .inner
                .store
                .write(|transaction| transaction.lease_delivery(delivery.id, lease))?;
            let Some(attempt) = leased else { continue };
            let outcome = match self.attempt(&delivery) {
                Ok(()) => DeliveryOutcome::Taken,
                Err(error) => {
                    tracing::warn!(activity = delivery.activity, error, "a notification was not taken");
                    if delivery.attempts + 1 >= ATTEMPTS_MAX {
                        DeliveryOutcome::GiveUp { error }
                    } else {
                        let doubled = RETRY_WAIT.0.saturating_mul(1 << delivery.attempts.min(20));
                        let after = doubled.min(RETRY_WAIT.1);
                        DeliveryOutcome::TryAgain { after, error }
                    }
                }
            };
            crate::metrics::notification_attempted(outcome == DeliveryOutcome::Taken);
            self.inner
                .store
                .write(|transaction| transaction.record_delivery(delivery.id, attempt, &outcome))?;
        }
        Ok(())
    }

    /// Sends a notification; the error says, for people, why it was not taken.
    fn attempt(&self, delivery: &Delivery) -> Result<(), String> {
        let settings = self.inner.notifications.as_ref().ok_or("no endpoint is set")?;
        let activity = self
            .activity(&delivery.payer, delivery.activity)
            .map_err(|error| error.to_string())?;
        let status = match activity.status {
            ActivityStatus::Completed | ActivityStatus::CompletedWithErrors => NotificationStatus::Success,
            _ => NotificationStatus::Failure,
        };
        let id = activity.id.to_string();
        let correlation_id = activity.correlation_id.as_deref().unwrap_or(&id);
        let links: Vec<String> = activity
            .result_file
            .iter()
            .map(|name| {
                let base = settings.public_url.trim_end_matches('/');
                format!("{base}/api/datafilesets/{}/datafile/{}/data", name.set, name.file)
            })
            .collect();
        let body = render_notification(correlation_id, activity.id, status, &links, settings.media_type);
        let configuration = ureq::Agent::config_builder()
            .timeout_global(Some(ATTEMPT_TIME_MAX))
            .http_status_as_error(false)
            // Credentials are for the endpoint that was set, not for where it sends us.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .build();
        let agent = ureq::Agent::new_with_config(configuration);
        let mut request = agent
            .post(&settings.endpoint)
            .header("Content-Type", settings.media_type.as_str());
        if let Some(authorization) = &settings.authorization {
            request = request.header("Authorization", authorization.header());
        }
        let response = request
            .send(&body)
            .map_err(|error| format!("it could not be sent: {error}"))?;
        if response.status().is_success() {
            Ok(())
        } else {
            Err(format!("the endpoint answered {}", response.status()))
        }
    }
}
