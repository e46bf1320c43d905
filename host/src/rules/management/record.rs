//! The record of activations, read as a stack: what decided before what decides now.

use reprise_store::{Activation, ActivationKind};

use super::RulesManagement;
use crate::HostError;

/// How many entries are read at once.
const PAGE: u32 = 1_000;

/// What was activated and not gone back from since, the last of it last: generations by number, or none where the
/// platform's default was to decide. Under all of it lies what decided before anything was activated.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct DecidedBefore {
    stack: Vec<Option<i64>>,
}

impl DecidedBefore {
    /// Reads a record, the first entry first.
    pub(crate) fn of<'r>(record: impl IntoIterator<Item = &'r Activation>) -> Self {
        let mut read = Self::default();
        for entry in record {
            match entry.kind {
                ActivationKind::Activate | ActivationKind::Deactivate => read.stack.push(entry.generation),
                ActivationKind::Rollback | ActivationKind::Quarantine => read.go_back(entry.generation),
            }
        }
        read
    }

    /// Takes off what was gone back from. Whoever went further back than one step named where to; what was never activated,
    /// or was gone back from itself, comes in the place of what it was gone back from.
    fn go_back(&mut self, to: Option<i64>) {
        self.stack.pop();
        let is_there = |below: &Self| below.stack.last().copied().flatten() == to;
        if is_there(self) {
            return;
        }
        match self.stack.iter().rposition(|held| *held == to) {
            Some(position) => self.stack.truncate(position + 1),
            None if to.is_none() => self.stack.clear(),
            None => self.stack.push(to),
        }
    }

    /// What decided before what decides now was activated: a generation, or the platform's default. Nothing if nothing
    /// was activated that could be gone back from.
    pub(crate) fn previous(&self) -> Option<Option<i64>> {
        let (_, below) = self.stack.split_last()?;
        Some(below.last().copied().flatten())
    }

    /// The generations that decided before what decides now was activated, the last of them first, down to where the
    /// platform's default was to decide.
    pub(crate) fn earlier(&self) -> impl Iterator<Item = i64> {
        self.stack.iter().rev().skip(1).map_while(|generation| *generation)
    }

    /// Whether what decides now is the first that was ever activated.
    pub(crate) fn is_at_first(&self) -> bool {
        self.stack.len() <= 1
    }
}

impl RulesManagement<'_> {
    /// The whole record of whose rules these are, read as a stack.
    pub(super) fn decided_before(&self) -> Result<DecidedBefore, HostError> {
        let mut record = Vec::new();
        let mut before = None;
        loop {
            let page = self.store.activations(self.payer, before, PAGE)?;
            let is_last = page.len() < PAGE as usize;
            before = page.last().map(|entry| entry.id);
            record.extend(page);
            if is_last {
                return Ok(DecidedBefore::of(record.iter().rev()));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use reprise_store::{Activation, ActivationKind};

    use super::DecidedBefore;

    /// What is read of a record that is written short: `+` and a generation or `-` activates it or deactivates, `<` goes
    /// back to it, `!` does since it was quarantined.
    fn check(record: &str, previous: Option<Option<i64>>) {
        let entries: Vec<_> = (1..)
            .zip(record.split_whitespace())
            .map(|(id, entry)| {
                let generation = entry[1..].parse().ok();
                let kind = match &entry[..1] {
                    "+" if generation.is_none() => ActivationKind::Deactivate,
                    "+" => ActivationKind::Activate,
                    "<" => ActivationKind::Rollback,
                    _ => ActivationKind::Quarantine,
                };
                Activation {
                    id,
                    payer: Some("ACME".to_owned()),
                    generation,
                    kind,
                    user: "jane".to_owned(),
                    reason: "a story".to_owned(),
                    at_ms: id,
                }
            })
            .collect();
        assert_eq!(DecidedBefore::of(&entries).previous(), previous, "{record}");
    }

    #[test]
    fn what_decided_before_is_what_was_activated_before_it() {
        check("", None);
        check("+1", Some(None));
        check("+1 +2", Some(Some(1)));
        check("+1 +-", Some(Some(1)));
        check("+1 +- +2", Some(None));
    }

    #[test]
    fn two_rollbacks_go_two_back() {
        check("+1 +2 +3 <2", Some(Some(1)));
        check("+1 +2 +3 <2 <1", Some(None));
        check("+1 +2 +3 <2 <1 <-", None);
        check("+1 +2 <1 +3", Some(Some(1)));
        check("+1 +- <1", Some(None));
    }

    #[test]
    fn a_quarantine_goes_back_as_a_rollback_does() {
        check("+1 +2 +3 !2", Some(Some(1)));
        check("+1 +2 !1 <-", None);
        check("+1 +2 +3 !1", Some(None));
        check("+1 !-", None);
    }

    #[test]
    fn whoever_names_a_generation_goes_back_to_where_it_decided() {
        check("+1 +2 +3 <1", Some(None));
        check("+1 +2 +3 <1 +4", Some(Some(1)));
        // What was gone back from before is gone forward to: what is under it stays.
        check("+1 +2 <1 <2", Some(None));
        check("+1 +2 +3 <2 <3", Some(Some(1)));
    }
}
