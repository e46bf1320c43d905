//! What a host that serves does about rules beside deciding, on two threads: one notes faults and says that the host is
//! alive and how far it follows; the other has components at hand before they are asked for.

use std::collections::{HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use reprise_engine::Digest;
use reprise_store::{Activity, Generation, Installation, InstallationState, RulesOf};

use crate::host::Inner;
use crate::time::now_ms;
use crate::{Host, HostError};

/// How often is looked whether rules have changed elsewhere.
const LOOK_AGAIN: Duration = Duration::from_millis(500);
/// How often a host says that it is alive.
const SIGN_OF_LIFE: Duration = Duration::from_secs(2);
/// A host that has said nothing for so long is not waited for.
pub(crate) const ALIVE_WITHIN: Duration = Duration::from_secs(8);
/// A component that was checked so short a time ago is likely to be activated.
const CHECKED_LATELY: Duration = Duration::from_secs(60 * 60);
/// How many of those are kept at hand.
const CHECKED_MAX: usize = 16;
/// For how long an error is not said again.
const SAY_AGAIN: Duration = Duration::from_secs(60);

/// The shortest time between two looks, however often somebody wakes whoever looks.
const PAUSE: Duration = Duration::from_millis(20);
/// After how long it is tried again to load what could not be loaded.
const TRY_AGAIN: Duration = Duration::from_secs(5);

/// Says what goes wrong, once in a while.
#[derive(Default)]
struct Trouble(Option<(String, Instant)>);

impl Trouble {
    fn say(&mut self, sentence: String) {
        let is_known = self
            .0
            .as_ref()
            .is_some_and(|(said, when)| *said == sentence && when.elapsed() < SAY_AGAIN);
        if !is_known {
            tracing::warn!(reason = sentence, "rules cannot be looked after; it is tried again");
            self.0 = Some((sentence, Instant::now()));
        }
    }
}

/// Does something again and again until the host stops. What fails, or panics, is said and tried again.
fn again_and_again(host: &Weak<Inner>, mut look: impl FnMut(&Host) -> Result<(), HostError>) {
    let mut trouble = Trouble::default();
    let mut seen = 0;
    loop {
        let Some(inner) = host.upgrade() else { return };
        let host = Host { inner };
        let signal = Arc::clone(host.inner.rules.faults().signal());
        if signal.is_stopped() {
            return;
        }
        match catch_unwind(AssertUnwindSafe(|| look(&host))) {
            Ok(Ok(())) => trouble = Trouble::default(),
            Ok(Err(error)) => trouble.say(error.to_string()),
            Err(_) => trouble.say("whoever looks after rules ended before its work did".to_owned()),
        }
        // Nobody keeps a host that waits for its next turn to look.
        drop(host);
        std::thread::sleep(PAUSE);
        signal.wait(&mut seen, LOOK_AGAIN);
    }
}

/// Notes faults, follows rules and says that this host is alive, until it stops.
pub(crate) fn look_after_rules(host: &Weak<Inner>) {
    // When it was last said that this host is alive, and which change it had reached.
    let mut said: Option<(Instant, u64)> = None;
    again_and_again(host, |host| {
        // One after the other, each whatever became of the others.
        let settled = host.settle_faults();
        let followed = host.follow_rules();
        let returned = host.return_from_quarantined();
        let alive = host.give_sign_of_life(&mut said);
        let retired = host.retire_drained();
        settled.and(followed).and(returned).and(alive).and(retired)
    });
    let Some(inner) = host.upgrade() else { return };
    let forgotten = inner
        .store
        .write(|transaction| transaction.forget_host(inner.scheduler.host_name()));
    if let Err(error) = forgotten {
        tracing::warn!(%error, "that this host ends could not be said; others wait for it for a moment");
    }
}

/// Loads what decides or may soon, until the host stops. It may take long, so it is done apart.
pub(crate) fn have_rules_at_hand(host: &Weak<Inner>) {
    // The last generations of each owner that decides, and which of them decided when they were read.
    let mut recent = Recent::new();
    let mut met: Option<HashSet<Digest>> = None;
    // The change to rules that was looked at last, and when that is to be tried again.
    let mut looked_at: (Option<u64>, Option<Instant>) = (None, None);
    again_and_again(host, |host| {
        let sequence = host.rules_sequence();
        let is_due = looked_at.1.is_some_and(|when| when <= Instant::now());
        if looked_at.0 == Some(sequence) && !is_due {
            return Ok(());
        }
        let is_again = looked_at.0 == Some(sequence);
        let is_complete = host.have_at_hand(sequence, is_again, &mut recent, &mut met)?;
        looked_at = (Some(sequence), (!is_complete).then(|| Instant::now() + TRY_AGAIN));
        Ok(())
    });
}

/// By owner, the number of the generation that decides, and that one and the last ones.
type Recent = HashMap<Option<String>, (i64, Vec<Generation>)>;

impl Host {
    /// Says how far this host is: which change to rules it has at hand.
    fn give_sign_of_life(&self, said: &mut Option<(Instant, u64)>) -> Result<(), HostError> {
        let reached = self.inner.rules.reached();
        let is_fresh = |(when, before): &(Instant, u64)| *before == reached && when.elapsed() < SIGN_OF_LIFE;
        if said.as_ref().is_some_and(is_fresh) {
            return Ok(());
        }
        self.inner
            .store
            .write(|transaction| transaction.note_host(self.inner.scheduler.host_name(), None, reached))?;
        *said = Some((Instant::now(), reached));
        Ok(())
    }

    /// Loads what decides, what may be gone back to, what something goes on with and what is likely to be activated; forgets
    /// the rest. Answers whether all that decides is there.
    ///
    /// The change is reached once those are there that decide since it. What was met before, and cannot be loaded or is not
    /// loaded yet, is no reason to be named as one that does not follow: not for the payers of others.
    fn have_at_hand(
        &self,
        sequence: u64,
        is_again: bool,
        recent: &mut Recent,
        met: &mut Option<HashSet<Digest>>,
    ) -> Result<bool, HostError> {
        let store = self.inner.store.as_ref();
        let active = store.active_generations()?;
        let deciding: HashSet<Digest> = active.iter().flat_map(digests).collect();
        // What decides when a host starts is loaded when it is asked for, or a moment later.
        let before = met.replace(deciding.clone()).unwrap_or_else(|| deciding.clone());
        let mut is_complete = true;
        let mut load = |digest: &Digest| {
            let loaded = self.inner.rules.prepare(store, *digest);
            if let Err(error) = &loaded {
                tracing::error!(%digest, %error, "a component that decides cannot be loaded");
                is_complete = false;
            }
            loaded.is_ok()
        };
        let failed = deciding.difference(&before).filter(|digest| !load(digest)).count();
        if failed == 0 && !is_again {
            self.inner.rules.has_reached(sequence);
            self.inner.rules.faults().signal().wake();
        }
        for digest in deciding.intersection(&before) {
            load(digest);
            // Who has activated something meanwhile does not wait for all of them.
            if self.rules_sequence() != sequence {
                return Ok(false);
            }
        }
        if is_complete {
            self.inner.rules.has_reached(sequence);
        }
        let kept = self.inner.rule_settings.kept_generations;
        let mut now = HashMap::with_capacity(active.len());
        for generation in active {
            let owner = generation.payer.clone();
            let generations = match recent.remove(&owner) {
                Some((number, generations)) if number == generation.number => generations,
                _ => store.generations(owner.as_deref(), None, kept)?,
            };
            now.insert(owner, (generation.number, generations));
        }
        *recent = now;
        let mut wanted = deciding;
        let last = recent.values().flat_map(|(_, generations)| generations);
        wanted.extend(last.flat_map(digests));
        wanted.extend(self.soon_or_still()?);
        for digest in &wanted {
            if let Err(error) = self.inner.rules.prepare(store, *digest) {
                tracing::debug!(%digest, %error, "a component cannot be had at hand");
            }
        }
        self.inner.rules.keep_only(wanted);
        Ok(is_complete)
    }

    /// The components that something goes on with, and those that were checked lately.
    fn soon_or_still(&self) -> Result<Vec<Digest>, HostError> {
        let (mut checked, draining): (Vec<Installation>, Vec<Installation>) = self
            .inner
            .store
            .installations(RulesOf::Everyone)?
            .into_iter()
            .filter(|installation| match installation.state {
                InstallationState::Checked => changed_within(installation, CHECKED_LATELY),
                InstallationState::Draining => true,
                _ => false,
            })
            .partition(|installation| installation.state == InstallationState::Checked);
        checked.sort_by_key(|installation| std::cmp::Reverse(installation.changed_at_ms));
        checked.truncate(CHECKED_MAX);
        let all = draining.iter().chain(&checked);
        Ok(all
            .filter_map(|installation| installation.digest.parse().ok())
            .collect())
    }

    /// What decides no more retires once no run goes on with it, or when its time is over: a run that still needs it loads
    /// it again.
    fn retire_drained(&self) -> Result<(), HostError> {
        let store = self.inner.store.as_ref();
        if !self.inner.rules.drains() {
            return Ok(());
        }
        let installations = store.installations(RulesOf::Everyone)?;
        let draining = installations
            .into_iter()
            .filter(|installation| installation.state == InstallationState::Draining);
        let activities = store.queued_activities()?;
        let deadline = self.inner.rule_settings.drain_time_max;
        for installation in draining {
            let going_on = activities
                .iter()
                .filter(|activity| begun_with(activity, &installation))
                .count();
            let reason = match going_on {
                0 => "nothing goes on with it".to_owned(),
                _ if changed_within(&installation, deadline) => continue,
                runs => format!(
                    "it had {} s to end what goes on with it; {runs} activities still do",
                    deadline.as_secs()
                ),
            };
            store.write(|transaction| {
                transaction.set_installation_state(
                    installation.payer.as_deref(),
                    &installation.digest,
                    &[InstallationState::Draining],
                    InstallationState::Retired,
                    Some(&reason),
                )
            })?;
        }
        Ok(())
    }
}

fn digests(generation: &Generation) -> impl Iterator<Item = Digest> {
    [&generation.criteria, &generation.claim_status]
        .into_iter()
        .flatten()
        .filter_map(|digest| digest.parse().ok())
}

/// Whether it came to stand where it does within this time.
fn changed_within(installation: &Installation, within: Duration) -> bool {
    let age_ms = now_ms().saturating_sub(installation.changed_at_ms);
    u128::try_from(age_ms).is_ok_and(|age| age <= within.as_millis()) || age_ms < 0
}

/// Whether an activity has begun with a component, as far as that is known. One that has not begun takes what is in force
/// then.
fn begun_with(activity: &Activity, installation: &Installation) -> bool {
    let is_owner = installation
        .payer
        .as_deref()
        .is_none_or(|payer| payer == activity.payer);
    is_owner
        && activity
            .bookmark
            .as_ref()
            .is_some_and(|bookmark| bookmark.to_string().contains(&installation.digest))
}
