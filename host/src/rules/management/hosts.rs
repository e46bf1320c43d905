//! Whether every host decides by what was activated just now.

use std::thread::sleep;
use std::time::{Duration, Instant};

use super::RulesManagement;
use crate::HostError;
use crate::rules::following::ALIVE_WITHIN;

/// How often is looked.
const INTERVAL: Duration = Duration::from_millis(25);

impl RulesManagement<'_> {
    /// Waits until every live host decides by what is committed now, at most so long; answers those that do not yet, by
    /// name.
    pub(super) fn wait_for_hosts(&self, wait_max: Duration) -> Result<Vec<String>, HostError> {
        let began = Instant::now();
        let sequence = self.store.rules_sequence()?;
        loop {
            let mut missing = self.store.serving_hosts(ALIVE_WITHIN)?;
            missing.retain(|host| host.rules_sequence < sequence);
            let left = wait_max.saturating_sub(began.elapsed());
            if missing.is_empty() || left.is_zero() {
                return Ok(missing.into_iter().map(|host| host.host).collect());
            }
            sleep(INTERVAL.min(left));
        }
    }
}
