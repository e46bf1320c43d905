//! Does activities: chooses whose turn it is, does one unit of its work, and goes on when trouble with the database is
//! over.

use std::collections::{HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use reprise_model::{Message, MessageKey};
use reprise_store::{Activity, ActivityStatus, Serving, StoreError};

use super::job::{Job, MatchingProgress, Unit};
use super::lanes::Lanes;
use super::listing::Listing;
use super::run::Run;
use super::throttle::Pace;
use super::{CRITERIA_ACTIVITY, IMPORT_ACTIVITY, ending, import};
use crate::host::Inner;
use crate::rules::Turn;
use crate::{Host, HostError};

/// How often is looked for work that another process has asked for, or has left behind.
const LOOK_AGAIN: Duration = Duration::from_millis(200);
/// How long trouble with the database is waited out at first, and at most.
const TROUBLE_WAIT: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(15));
/// What was handed in and is no data file's after so long is of a process that has died.
const UPLOAD_AGE_MAX: Duration = Duration::from_secs(24 * 60 * 60);
/// Leases are renewed so many times before they would end.
const RENEWALS: u32 = 3;

/// Who does activities in this process, and how far they are.
pub(crate) struct Scheduler {
    /// By which name this process leases work. No other process has it.
    host_name: String,
    lease: Duration,
    signal: Arc<Signal>,
    serving: Mutex<Option<Serving>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    progress: Mutex<HashMap<i64, MatchingProgress>>,
    trouble: Mutex<HashMap<i64, String>>,
    /// The activities that this process has leased as a whole.
    held: Mutex<HashSet<i64>>,
}

/// Wakes the threads of a scheduler, and tells them when to end.
#[derive(Default)]
pub(crate) struct Signal {
    state: Mutex<SignalState>,
    changed: Condvar,
}

#[derive(Default)]
struct SignalState {
    /// Raised with each waking.
    count: u64,
    stopped: bool,
}

impl Signal {
    /// Waits until somebody wakes, at most so long. `seen` is the count that was seen last.
    pub(crate) fn wait(&self, seen: &mut u64, longest: Duration) {
        let state = lock(&self.state);
        let waited = self
            .changed
            .wait_timeout_while(state, longest, |state| state.count == *seen && !state.stopped)
            .unwrap_or_else(PoisonError::into_inner);
        *seen = waited.0.count;
    }

    pub(crate) fn is_stopped(&self) -> bool {
        lock(&self.state).stopped
    }

    pub(crate) fn wake(&self) {
        lock(&self.state).count += 1;
        self.changed.notify_all();
    }

    pub(crate) fn stop(&self) {
        lock(&self.state).stopped = true;
        self.changed.notify_all();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Scheduler {
    pub(crate) fn new(lease: Duration) -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self {
            host_name: format!("{}-{:x}", std::process::id(), since.as_nanos()),
            lease,
            signal: Arc::default(),
            serving: Mutex::default(),
            threads: Mutex::default(),
            progress: Mutex::default(),
            trouble: Mutex::default(),
            held: Mutex::default(),
        }
    }

    pub(crate) fn host_name(&self) -> &str {
        &self.host_name
    }

    pub(crate) const fn lease(&self) -> Duration {
        self.lease
    }

    /// Look for work now.
    pub(crate) fn wake(&self) {
        self.signal.wake();
    }

    pub(crate) fn is_stopping(&self) -> bool {
        self.signal.is_stopped()
    }

    pub(crate) fn matching(&self, activity: i64) -> Option<MatchingProgress> {
        lock(&self.progress).get(&activity).copied()
    }

    pub(super) fn set_matching(&self, activity: i64, progress: Option<MatchingProgress>) {
        match progress {
            Some(progress) => lock(&self.progress).insert(activity, progress),
            None => lock(&self.progress).remove(&activity),
        };
    }

    /// What keeps an activity from going on.
    pub(crate) fn trouble(&self, activity: i64) -> Option<String> {
        lock(&self.trouble).get(&activity).cloned()
    }

    /// Says what keeps an activity from going on here.
    pub(super) fn set_trouble(&self, activity: i64, sentence: String) {
        lock(&self.trouble).insert(activity, sentence);
    }

    pub(super) fn hold(&self, activity: i64) {
        lock(&self.held).insert(activity);
    }

    pub(super) fn let_go(&self, activity: i64) {
        lock(&self.held).remove(&activity);
    }
}

impl Host {
    /// Take part in the work on the database, or say why this process cannot. Nothing is done before
    /// [`Self::start_activities`].
    pub fn begin_serving(&self) -> Result<(), HostError> {
        let mut serving = lock(&self.inner.scheduler.serving);
        if serving.is_none() {
            let taken = self.inner.store.begin_serving()?;
            // Where nobody else can be handing content in now, it is sure to be what a dead process has left; else what is
            // as old as no upload becomes is.
            let age = if taken.is_alone() {
                Duration::ZERO
            } else {
                UPLOAD_AGE_MAX
            };
            self.inner
                .store
                .write(|transaction| transaction.discard_unattached_content(age))?;
            self.provide_rules()?;
            *serving = Some(taken);
        }
        Ok(())
    }

    /// Start doing activities, those too that an earlier process left unfinished. What was asked for before waits until
    /// then.
    pub fn start_activities(&self) -> Result<(), HostError> {
        self.begin_serving()?;
        let scheduler = &self.inner.scheduler;
        let mut threads = lock(&scheduler.threads);
        if !threads.is_empty() || scheduler.is_stopping() {
            return Ok(());
        }
        let no_thread = |error: std::io::Error| HostError::Technical(format!("no thread for activities: {error}"));
        let signal = Arc::clone(&scheduler.signal);
        let host = Arc::downgrade(&self.inner);
        let doing = std::thread::Builder::new().name("activities".to_owned());
        threads.push(doing.spawn(move || do_activities(&host, &signal)).map_err(no_thread)?);
        let signal = Arc::clone(&scheduler.signal);
        let (host, lease) = (Arc::downgrade(&self.inner), scheduler.lease);
        let keeping = std::thread::Builder::new().name("leases".to_owned());
        threads.push(
            keeping
                .spawn(move || keep_leases(&host, &signal, lease))
                .map_err(no_thread)?,
        );
        let signal = Arc::clone(&scheduler.signal);
        let host = Arc::downgrade(&self.inner);
        let notifying = std::thread::Builder::new().name("notifications".to_owned());
        let notify = move || crate::notifications::send_notifications(&host, &signal);
        threads.push(notifying.spawn(notify).map_err(no_thread)?);
        let signal = Arc::clone(&scheduler.signal);
        let host = Arc::downgrade(&self.inner);
        let sending = std::thread::Builder::new().name("webhooks".to_owned());
        let send = move || crate::webhooks::send_events(&host, &signal);
        threads.push(sending.spawn(send).map_err(no_thread)?);
        let signal = Arc::clone(&scheduler.signal);
        let host = Arc::downgrade(&self.inner);
        let watching = std::thread::Builder::new().name("in-process".to_owned());
        let watch = move || crate::intake::watch_in_process(&host, &signal);
        threads.push(watching.spawn(watch).map_err(no_thread)?);
        let signal = Arc::clone(&scheduler.signal);
        let host = Arc::downgrade(&self.inner);
        let keeping = std::thread::Builder::new().name("token-uses".to_owned());
        let keep = move || crate::access::keep_token_uses(&host, &signal);
        threads.push(keeping.spawn(keep).map_err(no_thread)?);
        let signal = Arc::clone(&scheduler.signal);
        let host = Arc::downgrade(&self.inner);
        let keeping = std::thread::Builder::new().name("index-image".to_owned());
        let keep = move || crate::index_image::keep_index_image(&host, &signal);
        threads.push(keeping.spawn(keep).map_err(no_thread)?);
        for (name, look) in [
            ("rules", crate::rules::look_after_rules as fn(&Weak<Inner>)),
            ("rules-at-hand", crate::rules::have_rules_at_hand),
        ] {
            let host = Arc::downgrade(&self.inner);
            let looking = std::thread::Builder::new().name(name.to_owned());
            threads.push(looking.spawn(move || look(&host)).map_err(no_thread)?);
        }
        Ok(())
    }

    /// End doing activities after the unit of work that is under way, and keep an image of the line index for the next start.
    /// What is not done yet is gone on with by the next process, or by another host.
    pub fn stop_activities(&self) {
        let scheduler = &self.inner.scheduler;
        scheduler.signal.stop();
        self.inner.rules.faults().signal().stop();
        let threads: Vec<_> = lock(&scheduler.threads).drain(..).collect();
        for thread in threads {
            // A thread that has panicked has said so already, and has nothing left to do.
            let _ = thread.join();
        }
        let mut serving = lock(&scheduler.serving);
        // Whoever did not serve has no image to keep; whoever comes next finds it whole.
        if serving.is_some() {
            self.keep_last_index_image();
        }
        serving.take();
    }
}

/// What a thread that does activities remembers between units.
#[derive(Default)]
struct Turns {
    jobs: HashMap<i64, Box<dyn Job>>,
    lanes: Lanes,
    pace: Pace,
    /// Before when there is no use in trying again.
    not_before: HashMap<i64, Instant>,
    /// How long to wait after the next trouble.
    trouble_wait: HashMap<i64, Duration>,
    started: HashMap<i64, Instant>,
    /// Why the database could not be asked for work the last time.
    unasked: Option<String>,
}

fn do_activities(host: &Weak<Inner>, signal: &Signal) {
    let mut turns = Turns::default();
    let mut seen = 0;
    while !signal.is_stopped() {
        let Some(inner) = host.upgrade() else { return };
        let worked = Host { inner }.do_turn(&mut turns);
        if !worked {
            signal.wait(&mut seen, LOOK_AGAIN);
        }
    }
    let Some(inner) = host.upgrade() else { return };
    let host = Host { inner };
    for (activity, job) in &mut turns.jobs {
        if let Err(error) = job.give_back(&host, *activity) {
            tracing::warn!(activity, %error, "a portion of work could not be given back; others wait for its lease to end");
        }
    }
}

/// Renews what this process has leased as a whole. Portions of work are not renewed: they take moments.
fn keep_leases(host: &Weak<Inner>, signal: &Signal, lease: Duration) {
    let mut last = Instant::now();
    let mut seen = 0;
    while !signal.is_stopped() {
        signal.wait(&mut seen, lease / RENEWALS);
        if last.elapsed() < lease / RENEWALS {
            continue;
        }
        last = Instant::now();
        let Some(inner) = host.upgrade() else { return };
        let held: Vec<i64> = lock(&inner.scheduler.held).iter().copied().collect();
        if held.is_empty() {
            continue;
        }
        let renewed = inner.store.write(|transaction| {
            for activity in held {
                transaction.lease_activity(activity, &inner.scheduler.host_name, lease)?;
            }
            Ok(())
        });
        if let Err(error) = renewed {
            tracing::warn!(%error, "leases could not be renewed");
        }
    }
}

impl Host {
    /// Lease an activity as a whole and have it in process, and answer how it stands then; none if another host has it or
    /// has ended it. What was read of it before may be what that host has left behind.
    pub(super) fn begin_alone(&self, activity: &Activity) -> Result<Option<Activity>, HostError> {
        let scheduler = &self.inner.scheduler;
        let leased = self.inner.store.write(|transaction| {
            let leased = transaction.lease_activity(activity.id, &scheduler.host_name, scheduler.lease)?;
            if leased {
                transaction.change_activity_status(activity.id, ActivityStatus::Initial, ActivityStatus::InProcess)?;
            }
            Ok(leased)
        })?;
        if !leased {
            return Ok(None);
        }
        scheduler.hold(activity.id);
        self.activity(&activity.payer, activity.id).map(Some)
    }

    /// The payer's turn to have claims decided by these components, given by their digests, if it has one now. It is not
    /// waited for: one thread does the activities of all payers.
    pub(super) fn turn_now(&self, payer: &str, rules: &[&str]) -> Option<Turn> {
        self.inner.rules.faults().turns().take_now(payer, rules)
    }

    /// Do a unit of work, if there is any, and answer whether there was.
    fn do_turn(&self, turns: &mut Turns) -> bool {
        let queued = match self.inner.store.queued_activities() {
            Ok(queued) => queued,
            Err(error) => {
                let sentence = error.to_string();
                if turns.unasked.as_ref() != Some(&sentence) {
                    tracing::warn!(error = sentence, "the database cannot be asked for work");
                    turns.unasked = Some(sentence);
                }
                return false;
            }
        };
        turns.unasked = None;
        let is_queued: HashSet<i64> = queued.iter().map(|activity| activity.id).collect();
        let ended: Vec<i64> = turns
            .started
            .keys()
            .copied()
            .filter(|id| !is_queued.contains(id))
            .collect();
        for id in ended {
            // Another host has ended it.
            self.drop_what_is_remembered(turns, id);
        }
        let now = Instant::now();
        let ready: Vec<&Activity> = queued
            .iter()
            .filter(|activity| turns.not_before.get(&activity.id).is_none_or(|moment| *moment <= now))
            .filter(|activity| {
                let begun = activity.code == IMPORT_ACTIVITY || activity.bookmark.is_some();
                let paced = turns.jobs.get(&activity.id).map_or(begun, |job| job.is_paced());
                !paced || activity.cancelled_by.is_some() || turns.pace.may_go_on(&activity.payer, now)
            })
            .collect();
        let Some(activity) = turns.lanes.choose(&ready) else {
            return false;
        };
        turns.started.entry(activity.id).or_insert(now);
        let done = self.do_unit(turns, activity);
        self.conclude(turns, activity, done);
        true
    }

    fn do_unit(&self, turns: &mut Turns, activity: &Activity) -> Result<Unit, HostError> {
        if let Some(user) = &activity.cancelled_by {
            return ending::cancel(self, activity, user);
        }
        let job = match turns.jobs.entry(activity.id) {
            std::collections::hash_map::Entry::Occupied(known) => known.into_mut(),
            std::collections::hash_map::Entry::Vacant(place) => {
                // What is queued comes without its parameters.
                let whole = self.activity(&activity.payer, activity.id)?;
                place.insert(self.job(&whole)?)
            }
        };
        catch_unwind(AssertUnwindSafe(|| job.unit(self, activity))).unwrap_or_else(|_| {
            Err(HostError::Technical(
                "the activity ended in a fault of Reprise itself".to_owned(),
            ))
        })
    }

    fn job(&self, activity: &Activity) -> Result<Box<dyn Job>, HostError> {
        match activity.code.as_str() {
            CRITERIA_ACTIVITY => {
                let request = self.submitted_request(activity)?;
                if request.reprocess {
                    Ok(Box::new(Run::new(self, activity, request)))
                } else {
                    Ok(Box::new(Listing::new(request)))
                }
            }
            IMPORT_ACTIVITY => Ok(Box::new(import::Import::new(self, activity)?)),
            code => Err(HostError::Technical(format!("there is no activity {code}"))),
        }
    }

    /// Note how a unit has ended.
    fn conclude(&self, turns: &mut Turns, activity: &Activity, done: Result<Unit, HostError>) {
        let id = activity.id;
        let scheduler = &self.inner.scheduler;
        match done {
            Ok(Unit::Worked(claims)) => {
                turns
                    .pace
                    .handled(&self.inner.throttle, &activity.payer, claims, Instant::now());
                turns.trouble_wait.remove(&id);
                lock(&scheduler.trouble).remove(&id);
            }
            // It can be done in a moment, when something is ready that is not yet.
            Ok(Unit::Idle) | Err(HostError::NotYet(_)) => {
                // What it had in mind may be another host's by now.
                turns.jobs.remove(&id);
                scheduler.let_go(id);
                scheduler.set_matching(id, None);
                turns.not_before.insert(id, Instant::now() + LOOK_AGAIN);
            }
            Ok(Unit::Ended) => self.forget(turns, activity, true),
            Err(HostError::Store(error)) if passes(&error) => self.wait_out(turns, activity, &error),
            Err(error) => {
                tracing::warn!(activity = id, payer = activity.payer, %error, "activity failed");
                match ending::fail(self, activity, &error) {
                    Ok(()) => self.forget(turns, activity, false),
                    Err(unrecorded) => self.wait_out(turns, activity, &unrecorded),
                }
            }
        }
    }

    /// The activity is not ended by trouble that passes: it says what the trouble is and goes on later.
    fn wait_out(&self, turns: &mut Turns, activity: &Activity, error: &StoreError) {
        let id = activity.id;
        let scheduler = &self.inner.scheduler;
        let wait = turns.trouble_wait.get(&id).copied().unwrap_or(TROUBLE_WAIT.0);
        turns.trouble_wait.insert(id, (wait * 2).min(TROUBLE_WAIT.1));
        turns.not_before.insert(id, Instant::now() + wait);
        // What it had in mind may be what the database did not take.
        turns.jobs.remove(&id);
        scheduler.let_go(id);
        scheduler.set_matching(id, None);
        let sentence = error.to_string();
        let known = lock(&scheduler.trouble).insert(id, sentence.clone());
        if known.as_ref() == Some(&sentence) {
            return;
        }
        tracing::warn!(activity = id, payer = activity.payer, %error, "activity is interrupted");
        let message = Message::new(MessageKey::Interrupted, [&sentence]);
        // Often it cannot be written for the same reason; then it is only shown while it lasts.
        let _ = self
            .inner
            .store
            .write(|transaction| transaction.append_activity_messages(id, &[message]));
    }

    fn forget(&self, turns: &mut Turns, activity: &Activity, done: bool) {
        let id = activity.id;
        let elapsed = self.drop_what_is_remembered(turns, id);
        crate::metrics::activity_ended(&activity.code, done, elapsed);
        tracing::info!(activity = id, elapsed_ms = elapsed.as_millis(), "activity ended");
    }

    /// Answers how long ago this process began with it.
    fn drop_what_is_remembered(&self, turns: &mut Turns, id: i64) -> Duration {
        let scheduler = &self.inner.scheduler;
        turns.jobs.remove(&id);
        turns.not_before.remove(&id);
        turns.trouble_wait.remove(&id);
        turns.lanes.forget(id);
        scheduler.let_go(id);
        scheduler.set_matching(id, None);
        lock(&scheduler.trouble).remove(&id);
        turns
            .started
            .remove(&id)
            .map_or(Duration::ZERO, |started| started.elapsed())
    }
}

/// Whether trouble with the database passes by itself or by what an administrator does, so that waiting helps.
fn passes(error: &StoreError) -> bool {
    matches!(
        error,
        StoreError::Busy { .. } | StoreError::DiskFull | StoreError::Unavailable { .. }
    )
}
