//! Connections for reading, kept for the next one who reads.
//!
//! A connection is made in the thread that asks for it, so that whoever asks is told at once and in full why there is
//! none. A pool that connects in the background, as r2d2's does, would have everybody wait for its time limit while the
//! server is down.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Instant;

use postgres::Config;

use super::connecting::{BUSY_WAIT, connect};
use super::session::Session;
use crate::StoreError;

/// More readers than this wait for one another: each connection is a process of the server.
const SESSIONS_MAX: usize = 16;

/// Connections for reading.
pub(super) struct Pool {
    config: Config,
    state: Mutex<State>,
    returned: Condvar,
}

#[derive(Default)]
struct State {
    idle: Vec<Session>,
    /// How many readers there are.
    readers: usize,
}

/// The place of a reader. Dropped, it is another's.
struct Place<'a>(&'a Pool);

impl Pool {
    pub(super) fn new(config: Config) -> Self {
        Self {
            config,
            state: Mutex::default(),
            returned: Condvar::new(),
        }
    }

    /// Does a piece of work with a connection. It is done anew with a new connection if one that lay idle turns out to
    /// be broken, so that a server that was started again is noticed by nobody.
    pub(super) fn with<T>(&self, work: impl Fn(&mut Session) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let place = self.take_place()?;
        if let Some(mut session) = self.take_idle() {
            match work(&mut session) {
                Err(StoreError::Unavailable { .. }) => self.forget(session),
                outcome => {
                    place.give_back(session);
                    return outcome;
                }
            }
        }
        let mut session = connect(&self.config)?;
        let outcome = work(&mut session);
        match outcome {
            Err(StoreError::Unavailable { .. }) => self.forget(session),
            _ => place.give_back(session),
        }
        outcome
    }

    /// Does a piece of work that cannot be done twice, with a connection that is asked before whether it is there. It
    /// is kept if the work succeeds and says so.
    pub(super) fn with_live<T>(
        &self,
        work: impl FnOnce(&mut Session) -> Result<(T, Keep), StoreError>,
    ) -> Result<T, StoreError> {
        let place = self.take_place()?;
        let live = self.take_idle().and_then(|mut session| match session.batch("") {
            Ok(()) => Some(session),
            Err(_) => {
                self.forget(session);
                None
            }
        });
        let mut session = match live {
            Some(session) => session,
            None => connect(&self.config)?,
        };
        let (value, keep) = work(&mut session)?;
        if keep == Keep::Yes {
            place.give_back(session);
        }
        Ok(value)
    }

    fn take_place(&self) -> Result<Place<'_>, StoreError> {
        let deadline = Instant::now() + BUSY_WAIT;
        let mut state = self.state();
        while state.readers >= SESSIONS_MAX {
            let now = Instant::now();
            if now >= deadline {
                return Err(StoreError::Unavailable {
                    reason: format!(
                        "none of the {SESSIONS_MAX} connections to the database became free within {} seconds; try \
                         again",
                        BUSY_WAIT.as_secs()
                    ),
                });
            }
            let waited = self.returned.wait_timeout(state, deadline - now);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        state.readers += 1;
        Ok(Place(self))
    }

    fn take_idle(&self) -> Option<Session> {
        self.state().idle.pop()
    }

    /// Drops a connection that is broken, and those that lay idle with it: what broke one will have broken them.
    fn forget(&self, session: Session) {
        let idle = std::mem::take(&mut self.state().idle);
        drop((session, idle));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing that panics is done under the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a connection is good for more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keep {
    /// It is.
    Yes,
    /// The server may still be sending.
    No,
}

impl Place<'_> {
    fn give_back(&self, session: Session) {
        self.0.state().idle.push(session);
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.state().readers -= 1;
        self.0.returned.notify_one();
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        let idle = std::mem::take(&mut self.state().idle);
        close(idle);
    }
}

/// Closes connections, whatever thread this is. The driver refuses to on one that drives asynchronous tasks, where the
/// last owner of a store may well be dropped.
pub(super) fn close<T: Send>(sessions: T) {
    thread::scope(|scope| {
        scope.spawn(|| drop(sessions));
    });
}
