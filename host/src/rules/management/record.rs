//! The record of activations, read as a stack: what decided before what decides now.

use reprise_store::{Activation, ActivationKind};

use super::RulesManagement;
use crate::HostError;

/// How many entries are read at first. Most often the last two say what decided before.
const FIRST_PAGE: u32 = 16;
/// How many entries are read at once after that.
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

    /// Reads the end of a record, the first entry first, as far as it says what decided before what decides now; none if
    /// that takes entries before these.
    ///
    /// After each entry what it says decides, whatever came before it. So the first entry's generation has unknown ones
    /// under it, and nothing is known once an entry looks among those.
    fn of_end<'r>(record: impl IntoIterator<Item = &'r Activation>) -> Option<Self> {
        let mut entries = record.into_iter();
        let mut read = Self {
            stack: vec![entries.next()?.generation],
        };
        for entry in entries {
            match entry.kind {
                ActivationKind::Activate | ActivationKind::Deactivate => read.stack.push(entry.generation),
                ActivationKind::Rollback | ActivationKind::Quarantine => {
                    read.stack.pop();
                    let known = read.stack.iter().rposition(|held| *held == entry.generation)?;
                    read.stack.truncate(known + 1);
                }
            }
        }
        // Where the default decided before, it may be the end of what can be gone back to.
        let (_, below) = read.stack.split_last()?;
        below.last().copied().flatten().map(|_| read)
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
        self.read_back(PAGE, |_| None)
    }

    /// The same, read back only as far as it takes to know what decided before what decides now was activated: a record
    /// grows for as long as rules are swapped, and this is read while nobody else can write.
    pub(super) fn decided_just_before(&self) -> Result<DecidedBefore, HostError> {
        self.read_back(FIRST_PAGE, |record| DecidedBefore::of_end(record.iter().rev()))
    }

    /// Reads back page by page, the last entry first, until what was read is enough, or all is read.
    fn read_back(
        &self,
        first_page: u32,
        enough: impl Fn(&[Activation]) -> Option<DecidedBefore>,
    ) -> Result<DecidedBefore, HostError> {
        let mut record = Vec::new();
        let (mut before, mut entries) = (None, first_page);
        loop {
            let page = self.store.activations(self.payer, before, entries)?;
            let is_last = page.len() < entries as usize;
            before = page.last().map(|entry| entry.id);
            record.extend(page);
            if is_last {
                return Ok(DecidedBefore::of(record.iter().rev()));
            }
            if let Some(decided) = enough(&record) {
                return Ok(decided);
            }
            entries = PAGE;
        }
    }
}

#[cfg(test)]
mod tests {
    use reprise_store::{Activation, ActivationKind};

    use super::DecidedBefore;

    /// A record that is written short: `+` and a generation or `-` activates it or deactivates, `<` goes back to it, `!`
    /// does since it was quarantined.
    fn record(short: &str) -> Vec<Activation> {
        (1..)
            .zip(short.split_whitespace())
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
            .collect()
    }

    /// What is read of the whole record, and of its end wherever that says enough.
    #[track_caller]
    fn check(short: &str, previous: Option<Option<i64>>) {
        let entries = record(short);
        assert_eq!(DecidedBefore::of(&entries).previous(), previous, "{short}");
        for first in 0..entries.len() {
            if let Some(read) = DecidedBefore::of_end(&entries[first..]) {
                assert_eq!(read.previous(), previous, "{short}, from entry {first} on");
                assert!(!read.is_at_first(), "{short}, from entry {first} on");
            }
        }
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

    #[test]
    fn the_end_of_a_record_says_enough_as_soon_as_it_can() {
        for (short, entries) in [
            // Whoever tries something and goes back again does not make the record longer to read.
            ("+1 +2 <1 +2 <1 +2", Some(2)),
            ("+1 +2 +3 <2 <1 +4", Some(2)),
            ("+1 +2 +3 <2", Some(4)),
            ("+7 +1 +2 +3 <2", Some(4)),
            ("+1 +2 +3 +4 <1 +5 +6 <5", Some(4)),
            // What is under the first entry, nobody knows.
            ("+1", None),
            ("+1 +2 <1", None),
            ("+1 +- +2", None),
        ] {
            let record = record(short);
            let enough = (1..=record.len()).find(|last| {
                let end = &record[record.len() - last..];
                DecidedBefore::of_end(end).is_some()
            });
            assert_eq!(enough, entries, "{short}");
        }
    }

    #[test]
    fn the_end_of_a_record_never_says_anything_else_than_the_whole() {
        // Every record of five entries over three generations.
        let words = ["+1", "+2", "+3", "+-", "<1", "<2", "<3", "<-"];
        for number in 0..words.len().pow(5) {
            let places = (0..5).map(|place| words[number / words.len().pow(place) % words.len()]);
            let short = places.collect::<Vec<_>>().join(" ");
            check(&short, DecidedBefore::of(&record(&short)).previous());
        }
    }
}
