//! What was parsed, into the store: the one place that holds the transaction.

use std::collections::BTreeMap;
use std::mem;

use reprise_store::{ExistingClaims, NewAuditEntry, Store, StoreError, WriteTransaction};
use serde_json::json;

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
    /// Outcomes of what is not committed yet, by payer and kind.
    uncommitted: Vec<(String, RecordKind, OutcomeCounts)>,
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
                let kind = RecordKind::Reference(reference.kind());
                count(&mut self.uncommitted, reference.payer(), kind, outcome);
            }
            let existing = if self.options.replace {
                ExistingClaims::Replace
            } else {
                ExistingClaims::Refuse
            };
            let outcomes = transaction.write_claims(&parsed.claims, existing)?;
            for ((claim, line), outcome) in parsed.claims.iter().zip(&parsed.claim_lines).zip(outcomes) {
                count(&mut self.uncommitted, claim.payer(), RecordKind::Claim, outcome);
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
        if let Some((mut transaction, _)) = self.open.take() {
            transaction.append_audit(&audit_entries(&self.options.user, &self.uncommitted))?;
            transaction.commit()?;
        }
        for (_, kind, counts) in mem::take(&mut self.uncommitted) {
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

fn count(
    counts: &mut Vec<(String, RecordKind, OutcomeCounts)>,
    payer: &str,
    kind: RecordKind,
    outcome: reprise_store::WriteOutcome,
) {
    // A few kinds of a few payers, nearly always the last one again.
    let is_known = |(of, known, _): &(String, RecordKind, OutcomeCounts)| *known == kind && of == payer;
    let place = counts.iter().rposition(is_known).unwrap_or_else(|| {
        counts.push((payer.to_owned(), kind, OutcomeCounts::default()));
        counts.len() - 1
    });
    counts[place].2.count(outcome);
}

/// What the audit log keeps of a transaction: for each payer how many lines of which kind it has changed. The claims
/// themselves say nothing of it: a history begins with what is done to a claim here.
fn audit_entries(user: &str, counts: &[(String, RecordKind, OutcomeCounts)]) -> Vec<NewAuditEntry> {
    let mut by_payer: BTreeMap<&str, serde_json::Map<String, serde_json::Value>> = BTreeMap::new();
    for (payer, kind, counts) in counts {
        if counts.inserted + counts.replaced > 0 {
            let shown = json!({ "new": counts.inserted, "replaced": counts.replaced });
            by_payer
                .entry(payer)
                .or_default()
                .insert(kind.as_str().to_owned(), shown);
        }
    }
    let entry = |(payer, details): (&str, serde_json::Map<_, _>)| NewAuditEntry {
        payer: Some(payer.to_owned()),
        user: user.to_owned(),
        operation: "import".to_owned(),
        object: "claims and reference data".to_owned(),
        claim: None,
        refused: false,
        rules: None,
        details: serde_json::Value::Object(details).to_string(),
    };
    by_payer.into_iter().map(entry).collect()
}
