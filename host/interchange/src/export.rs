//! A store in the import format: reference data first, then claims by payer and code.
//!
//! What is exported and then imported into an empty database is the same claims, under the same ids, and the same
//! reference data; exported again, the same bytes.

use std::io::{self, Write};
use std::mem;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use reprise_model::Reference;
use reprise_store::{ClaimDecoder, ClaimScan, EncodedClaim, Store, StoreError};
use serde::Serialize;

use crate::pipeline::{self, Next};
use crate::{Position, Progress};

/// How many rows of reference data are handed to a worker at once.
const REFERENCES_AT_ONCE: usize = 512;

/// What was exported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ExportReport {
    /// Claims.
    pub claims: u64,
    /// Rows of reference data.
    pub references: u64,
    /// Bytes written.
    pub bytes: u64,
    /// How long it took.
    pub elapsed: Duration,
}

/// Why an export did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The payer that was asked for has nothing in the store.
    #[error("payer `{payer}` has nothing in this database; {}", if .known.is_empty() { "it is empty".to_owned() } else { format!("the payers in it are {}", .known.join(", ")) })]
    UnknownPayer {
        /// The payer that was asked for.
        payer: String,
        /// The payers that there are.
        known: Vec<String>,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What was exported cannot be written.
    #[error("the export cannot be written: {0}")]
    Write(io::Error),
}

enum Piece {
    References(Vec<Reference>),
    Claims(Vec<EncodedClaim>),
}

/// Lines, and of how many records.
#[derive(Default)]
struct Lines {
    bytes: Vec<u8>,
    claims: u64,
    references: u64,
}

/// Exports one payer, or all.
pub fn export(
    store: &dyn Store,
    payer: Option<&str>,
    writer: &mut dyn Write,
    progress: &mut dyn Progress,
) -> Result<ExportReport, ExportError> {
    let started = Instant::now();
    if let Some(payer) = payer {
        let known = store.payers()?;
        if !known.iter().any(|known| known == payer) {
            return Err(ExportError::UnknownPayer {
                payer: payer.to_owned(),
                known,
            });
        }
    }
    let mut position = Position {
        claims_total: Some(store.claim_count(payer)?),
        ..Position::default()
    };
    let mut failure = None;
    let scanned = pipeline::run(
        pipeline::workers(),
        |hand_over| scan(store, payer, hand_over),
        lines,
        |next| {
            let Next::Made(made) = next else {
                return ControlFlow::Continue(());
            };
            let written = made.and_then(|lines| {
                writer.write_all(&lines.bytes).map_err(ExportError::Write)?;
                position.bytes += lines.bytes.len() as u64;
                position.claims += lines.claims;
                position.references += lines.references;
                progress.advanced(&position);
                Ok(())
            });
            failure = written.err();
            if failure.is_some() {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        },
    );
    if let Some(error) = failure {
        return Err(error);
    }
    scanned?;
    writer.flush().map_err(ExportError::Write)?;
    Ok(ExportReport {
        claims: position.claims,
        references: position.references,
        bytes: position.bytes,
        elapsed: started.elapsed(),
    })
}

fn scan(
    store: &dyn Store,
    payer: Option<&str>,
    hand_over: &mut dyn FnMut(Piece) -> ControlFlow<()>,
) -> Result<(), StoreError> {
    let mut gathered = Vec::with_capacity(REFERENCES_AT_ONCE);
    store.scan_references(payer, &mut |reference| {
        gathered.push(reference);
        if gathered.len() < REFERENCES_AT_ONCE {
            return ControlFlow::Continue(());
        }
        hand_over(Piece::References(mem::take(&mut gathered)))
    })?;
    if hand_over(Piece::References(gathered)).is_continue() {
        store.scan_claims(ClaimScan::ByCode { payer }, &mut |claims| {
            hand_over(Piece::Claims(claims))
        })?;
    }
    Ok(())
}

fn lines(piece: Piece) -> Result<Lines, ExportError> {
    let mut lines = Lines::default();
    match piece {
        Piece::References(references) => {
            lines.references = references.len() as u64;
            for reference in &references {
                line(&mut lines.bytes, reference)?;
            }
        }
        Piece::Claims(claims) => {
            lines.claims = claims.len() as u64;
            let mut decoder = ClaimDecoder::new();
            for claim in &claims {
                line(&mut lines.bytes, decoder.decode(claim)?)?;
            }
        }
    }
    Ok(lines)
}

fn line(bytes: &mut Vec<u8>, record: &impl Serialize) -> Result<(), ExportError> {
    serde_json::to_writer(&mut *bytes, record).map_err(|error| ExportError::Write(error.into()))?;
    bytes.push(b'\n');
    Ok(())
}
