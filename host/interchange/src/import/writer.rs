//! What was parsed, into the store: the one place that holds the transaction.

use std::mem;

use reprise_store::{ExistingClaims, Store, StoreError, WriteTransaction};

use super::parsed::Parsed;
use super::report::{ImportReport, OutcomeCounts, RecordKind, RefusedLine};
use super::{ImportOptions, Source};
use crate::{Position, Progress};

/// How many records a transaction holds before it is committed, where the import is not one transaction.
const TRANSACTION_RECORDS: u64 = 16_384;

/// Writes blocks in order and keeps the accounts.
pub(super) struct Writer<'a> {
    store: &'a dyn Store,
    options: &'a ImportOptions,
    progress: &'a mut dyn Progress,
    /// The transaction that is open, and how many records it holds.
    open: Option<(Box<dyn WriteTransaction + 'a>, u64)>,
    /// Of what is committed: outcomes; of all that was seen: the rest.
    report: ImportReport,
    /// Outcomes of what is not committed yet.
    uncommitted: Vec<(RecordKind, OutcomeCounts)>,
    position: Position,
    /// How many lines of the source came before what is written now.
    lines_before: u64,
}

impl<'a> Writer<'a> {
    pub(super) fn new(
        store: &'a dyn Store,
        options: &'a ImportOptions,
        sources: &[Source],
        progress: &'a mut dyn Progress,
    ) -> Self {
        let bytes_total = sources.iter().map(Source::length_bytes).sum();
        let position = Position {
            bytes_total,
            ..Position::default()
        };
        Self {
            store,
            options,
            progress,
            open: None,
            report: ImportReport::default(),
            uncommitted: Vec::new(),
            position,
            lines_before: 0,
        }
    }

    /// The number of the line that comes next in the source.
    pub(super) fn next_line(&self) -> u64 {
        self.lines_before + 1
    }

    /// Whether the import is strict and has failed: then there is nothing to write any more.
    pub(super) fn has_refused_all(&self) -> bool {
        self.options.strict && self.report.refused > 0
    }

    /// Writes what was parsed from a block.
    pub(super) fn write(&mut self, parsed: Parsed) -> Result<(), StoreError> {
        if parsed.is_first {
            self.lines_before = 0;
        }
        let lines_before = self.lines_before;
        self.lines_before += parsed.lines_with_blank;
        let mut refused = parsed.refused;
        self.report.lines += parsed.lines;
        self.report.bytes = parsed.bytes_read;
        self.position.bytes = parsed.bytes_read;
        self.position.claims += parsed.claims.len() as u64;
        self.position.references += parsed.references.len() as u64;
        let strict_failure = self.options.strict && !refused.is_empty();
        let is_empty = parsed.claims.is_empty() && parsed.references.is_empty();
        if !is_empty && !strict_failure && !self.has_refused_all() {
            let (transaction, records) = match &mut self.open {
                Some(open) => open,
                closed => closed.insert((self.store.begin_write()?, 0)),
            };
            *records += (parsed.claims.len() + parsed.references.len()) as u64;
            for (reference, outcome) in parsed
                .references
                .iter()
                .zip(transaction.write_references(&parsed.references)?)
            {
                count(&mut self.uncommitted, RecordKind::Reference(reference.kind()), outcome);
            }
            let existing = if self.options.replace {
                ExistingClaims::Replace
            } else {
                ExistingClaims::Refuse
            };
            let outcomes = transaction.write_claims(&parsed.claims, existing)?;
            for ((claim, line), outcome) in parsed.claims.iter().zip(&parsed.claim_lines).zip(outcomes) {
                count(&mut self.uncommitted, RecordKind::Claim, outcome);
                if outcome == reprise_store::WriteOutcome::Conflict {
                    refused.push((
                        *line,
                        format!(
                            "claim `{}` is there already with other content; `--replace` would replace it",
                            claim.code()
                        ),
                    ));
                }
            }
            refused.sort_by_key(|(line, _)| *line);
        }
        for (line_of_block, reason) in refused {
            let line = lines_before + line_of_block;
            self.refuse(RefusedLine {
                source: parsed.source.clone(),
                line,
                reason,
            });
        }
        if self.has_refused_all() {
            // Nobody needs to wait for a transaction that will not be committed.
            self.open = None;
            self.uncommitted.clear();
        } else if !self.options.strict
            && self
                .open
                .as_ref()
                .is_some_and(|(_, records)| *records >= TRANSACTION_RECORDS)
        {
            self.commit()?;
        }
        self.progress.advanced(&self.position);
        Ok(())
    }

    fn refuse(&mut self, line: RefusedLine) {
        self.report.refused += 1;
        self.position.refused += 1;
        self.progress.refused(&line);
        if self.report.refused_lines.len() < ImportReport::REFUSED_LINES_MAX {
            self.report.refused_lines.push(line);
        }
    }

    /// While nothing comes, others may write.
    pub(super) fn pause(&mut self) -> Result<(), StoreError> {
        if self.options.strict { Ok(()) } else { self.commit() }
    }

    /// Commits what is written.
    pub(super) fn commit(&mut self) -> Result<(), StoreError> {
        if let Some((transaction, _)) = self.open.take() {
            transaction.commit()?;
        }
        for (kind, counts) in mem::take(&mut self.uncommitted) {
            let total = self.report.kinds.entry(kind).or_default();
            total.inserted += counts.inserted;
            total.replaced += counts.replaced;
            total.unchanged += counts.unchanged;
            total.conflict += counts.conflict;
        }
        Ok(())
    }

    /// The accounts.
    pub(super) fn into_report(self) -> ImportReport {
        self.report
    }
}

fn count(counts: &mut Vec<(RecordKind, OutcomeCounts)>, kind: RecordKind, outcome: reprise_store::WriteOutcome) {
    // A few kinds, nearly always the last one again.
    let place = counts.iter().rposition(|(known, _)| *known == kind).unwrap_or_else(|| {
        counts.push((kind, OutcomeCounts::default()));
        counts.len() - 1
    });
    counts[place].1.count(outcome);
}
