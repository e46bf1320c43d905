//! What the scheduler knows of an activity: that it is done in units, and that a unit can find nothing to do.

use reprise_store::Activity;

use crate::{Host, HostError};

/// How far an activity's matching is: blocks of the line index done, and all of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MatchingProgress {
    /// Blocks that are done.
    pub blocks_done: usize,
    /// All blocks.
    pub blocks: usize,
}

/// What a unit of work came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Something was done; so many claims were handled.
    Worked(u64),
    /// There is nothing to do for this host now: another has what is left, or it is not the payer's turn.
    Idle,
    /// The activity has ended.
    Ended,
}

/// An activity that is being done.
pub(crate) trait Job: Send {
    /// Do the next unit of work. `activity` is how it stands now.
    ///
    /// An error ends the activity, but for trouble with the database: then the same unit is tried again later, so it
    /// has to be one that can be.
    fn unit(&mut self, host: &Host, activity: &Activity) -> Result<Unit, HostError>;

    /// Give back what it has in mind for its next unit, so that nobody waits for it: there will be none.
    fn give_back(&mut self, _host: &Host, _activity: i64) -> Result<(), HostError> {
        Ok(())
    }

    /// Whether its next unit changes claims, which a payer may have slowed down.
    fn is_paced(&self) -> bool;
}
