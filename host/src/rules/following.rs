//! What a host that serves does about rules beside deciding: it says that it is alive and by which rules it decides, has
//! components at hand before they are asked for, and lets those go that nothing decides by any more.

use std::collections::{HashMap, HashSet};
use std::sync::Weak;
use std::time::{Duration, Instant};

use reprise_engine::Digest;
use reprise_store::{Activity, Generation, Installation, InstallationState, RulesOf};

use crate::activities::Signal;
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

/// What a host remembers between looks.
#[derive(Default)]
struct Looks {
    /// The change to rules that was looked at last.
    sequence: Option<u64>,
    /// When it was last said that this host is alive, and by which change it decided.
    said: Option<(Instant, u64)>,
    /// The last generations of each owner that decides, and which of them decided when they were read.
    recent: HashMap<Option<String>, (i64, Vec<Generation>)>,
    /// What went wrong last, and when that was said.
    trouble: Option<(String, Instant)>,
}

/// Follows rules until the host stops.
pub(crate) fn watch_rules(host: &Weak<Inner>, signal: &Signal) {
    let mut looks = Looks::default();
    let mut seen = 0;
    while !signal.is_stopped() {
        let Some(inner) = host.upgrade() else { return };
        let host = Host { inner };
        match host.look_after_rules(&mut looks) {
            Ok(()) => looks.trouble = None,
            Err(error) => looks.say(&error),
        }
        drop(host);
        signal.wait(&mut seen, LOOK_AGAIN);
    }
    let Some(inner) = host.upgrade() else { return };
    let forgotten = inner
        .store
        .write(|transaction| transaction.forget_host(inner.scheduler.host_name()));
    if let Err(error) = forgotten {
        tracing::warn!(%error, "that this host ends could not be said; others wait for it for a moment");
    }
}

impl Looks {
    fn say(&mut self, error: &HostError) {
        let sentence = error.to_string();
        let is_known = self
            .trouble
            .as_ref()
            .is_some_and(|(said, when)| *said == sentence && when.elapsed() < SAY_AGAIN);
        if !is_known {
            tracing::warn!(%error, "rules cannot be followed; it is tried again");
            self.trouble = Some((sentence, Instant::now()));
        }
    }
}

impl Host {
    fn look_after_rules(&self, looks: &mut Looks) -> Result<(), HostError> {
        self.settle_faults()?;
        self.follow_rules()?;
        let sequence = self.rules_sequence();
        if looks.sequence != Some(sequence) {
            self.have_at_hand(looks)?;
            looks.sequence = Some(sequence);
        }
        self.give_sign_of_life(looks, sequence)?;
        self.retire_drained()
    }

    fn give_sign_of_life(&self, looks: &mut Looks, sequence: u64) -> Result<(), HostError> {
        let is_fresh = |(when, said): &(Instant, u64)| *said == sequence && when.elapsed() < SIGN_OF_LIFE;
        if looks.said.as_ref().is_some_and(is_fresh) {
            return Ok(());
        }
        self.inner
            .store
            .write(|transaction| transaction.note_host(self.inner.scheduler.host_name(), None, sequence))?;
        looks.said = Some((Instant::now(), sequence));
        Ok(())
    }

    /// Loads what decides, what may be gone back to and what is likely to be activated; forgets the rest.
    fn have_at_hand(&self, looks: &mut Looks) -> Result<(), HostError> {
        let store = self.inner.store.as_ref();
        let kept = self.inner.rule_settings.kept_generations;
        let active = store.active_generations()?;
        let mut recent = HashMap::with_capacity(active.len());
        for generation in active {
            let owner = generation.payer.clone();
            let known = looks.recent.remove(&owner);
            let generations = match known {
                Some((number, generations)) if number == generation.number => generations,
                _ => store.generations(owner.as_deref(), None, kept)?,
            };
            let number = generation.number;
            // What decides may be older than the last ones: somebody went back to it.
            let mut wanted = vec![generation];
            wanted.extend(generations);
            recent.insert(owner, (number, wanted));
        }
        looks.recent = recent;
        let mut wanted: HashSet<Digest> = looks
            .recent
            .values()
            .flat_map(|(_, generations)| generations.iter().flat_map(digests))
            .collect();
        let mut checked: Vec<Installation> = store
            .installations(RulesOf::Everyone)?
            .into_iter()
            .filter(|installation| {
                installation.state == InstallationState::Checked && changed_within(installation, CHECKED_LATELY)
            })
            .collect();
        checked.sort_by_key(|installation| std::cmp::Reverse(installation.changed_at_ms));
        checked.truncate(CHECKED_MAX);
        wanted.extend(
            checked
                .iter()
                .filter_map(|installation| installation.digest.parse::<Digest>().ok()),
        );
        for digest in &wanted {
            if let Err(error) = self.inner.rules.prepare(store, *digest) {
                tracing::error!(%digest, %error, "a component cannot be had at hand");
            }
        }
        self.inner.rules.keep_only(wanted);
        Ok(())
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
