//! What claims are looked up by at intake, in PostgreSQL: kept in step with the claims, and asked.
//!
//! INVARIANT: a claim has a row in `intake_claim` if and only if it has [`IntakeKeys`], and rows in `claim_procedure` for
//! the procedures that this row lists, no others.

use std::ops::ControlFlow;

use super::claims::{body, encoded};
use super::session::{Session, get};
use crate::claim_row::decode;
use crate::intake_keys::{IntakeKeys, decode_procedures, encode_procedures, not_taken_over, only_in};
use crate::{EncodedClaim, IntakeQuery, StoreError};

/// How many claims a statement is about at most.
const BATCH_CLAIMS_MAX: usize = 2048;

/// What a claim is looked up by from now on.
pub(super) struct KeyChange<'a> {
    pub(super) payer: i64,
    pub(super) claim: i64,
    /// The procedures that it is looked up by so far, encoded; none if it is looked up by nothing.
    pub(super) before: Option<Vec<u8>>,
    /// None if by nothing, or if the claim is gone.
    pub(super) keys: Option<&'a IntakeKeys>,
}

/// Keys as columns, for a statement.
#[derive(Default)]
pub(super) struct KeyColumns<'a> {
    pub(super) payers: Vec<i64>,
    pub(super) claims: Vec<i64>,
    pub(super) patients: Vec<Option<&'a str>>,
    pub(super) statuses: Vec<Option<i16>>,
    pub(super) edits_ms: Vec<Option<i64>>,
    pub(super) procedures: Vec<Vec<u8>>,
}

/// Pairs of a claim and a procedure as columns, for a statement.
#[derive(Default)]
pub(super) struct ProcedureColumns<'a> {
    pub(super) payers: Vec<i64>,
    pub(super) claims: Vec<i64>,
    pub(super) procedures: Vec<&'a str>,
}

impl<'a> KeyColumns<'a> {
    pub(super) fn push(&mut self, payer: i64, claim: i64, keys: &'a IntakeKeys) {
        let patient = keys.patient.as_ref();
        self.payers.push(payer);
        self.claims.push(claim);
        self.patients.push(patient.map(|keys| keys.patient.as_str()));
        self.statuses.push(patient.map(|keys| keys.status.number().into()));
        self.edits_ms.push(patient.and_then(|keys| keys.edited_at_ms));
        self.procedures.push(encode_procedures(&keys.procedures));
    }
}

impl<'a> ProcedureColumns<'a> {
    pub(super) fn extend(&mut self, payer: i64, claim: i64, procedures: impl Iterator<Item = &'a String>) {
        for procedure in procedures {
            self.payers.push(payer);
            self.claims.push(claim);
            self.procedures.push(procedure);
        }
    }
}

/// Brings what claims are looked up by up to date, each claim once.
pub(super) fn replace(session: &mut Session, changes: &[KeyChange<'_>]) -> Result<(), StoreError> {
    let before = changes
        .iter()
        .map(|change| {
            let procedures = change.before.as_deref();
            procedures.map_or(Ok(Vec::new()), |procedures| decode_procedures(change.claim, procedures))
        })
        .collect::<Result<Vec<_>, _>>()?;
    let changes: Vec<_> = changes.iter().zip(&before).collect();
    for batch in changes.chunks(BATCH_CLAIMS_MAX) {
        replace_batch(session, batch)?;
    }
    Ok(())
}

/// The changes, each with the procedures so far.
fn replace_batch(session: &mut Session, batch: &[(&KeyChange<'_>, &Vec<String>)]) -> Result<(), StoreError> {
    let (mut gone_payers, mut gone_claims) = (Vec::new(), Vec::new());
    let mut kept = KeyColumns::default();
    let (mut lost, mut added) = (ProcedureColumns::default(), ProcedureColumns::default());
    for (change, before) in batch {
        let (payer, claim) = (change.payer, change.claim);
        match change.keys {
            Some(keys) => {
                kept.push(payer, claim, keys);
                lost.extend(payer, claim, only_in(before, &keys.procedures));
                added.extend(payer, claim, only_in(&keys.procedures, before));
            }
            None if change.before.is_some() => {
                gone_payers.push(payer);
                gone_claims.push(claim);
                lost.extend(payer, claim, before.iter());
            }
            None => {}
        }
    }
    if gone_claims.is_empty() && kept.claims.is_empty() {
        return Ok(());
    }
    // The parts of a statement do not see each other. None of these touches a row that another does.
    session.execute(
        "WITH gone AS (
             DELETE FROM intake_claim USING unnest($1::bigint[], $2::bigint[]) AS gone (payer_id, claim_id)
             WHERE intake_claim.payer_id = gone.payer_id AND intake_claim.claim_id = gone.claim_id
         ), lost AS (
             DELETE FROM claim_procedure
             USING unnest($3::bigint[], $4::bigint[], $5::text[]) AS lost (payer_id, claim_id, procedure)
             WHERE claim_procedure.payer_id = lost.payer_id AND claim_procedure.procedure = lost.procedure
               AND claim_procedure.claim_id = lost.claim_id
         ), kept AS (
             INSERT INTO intake_claim (payer_id, claim_id, patient, status, edited_at_ms, procedures)
             SELECT * FROM unnest($6::bigint[], $7::bigint[], $8::text[], $9::smallint[], $10::bigint[], $11::bytea[])
             ON CONFLICT (payer_id, claim_id) DO UPDATE SET patient = excluded.patient, status = excluded.status,
                 edited_at_ms = excluded.edited_at_ms, procedures = excluded.procedures
         )
         INSERT INTO claim_procedure (payer_id, claim_id, procedure)
         SELECT * FROM unnest($12::bigint[], $13::bigint[], $14::text[])",
        &[
            &gone_payers,
            &gone_claims,
            &lost.payers,
            &lost.claims,
            &lost.procedures,
            &kept.payers,
            &kept.claims,
            &kept.patients,
            &kept.statuses,
            &kept.edits_ms,
            &kept.procedures,
            &added.payers,
            &added.claims,
            &added.procedures,
        ],
    )?;
    Ok(())
}

pub(super) fn with_procedures(
    session: &mut Session,
    payer: &str,
    procedures: &[&str],
) -> Result<Vec<EncodedClaim>, StoreError> {
    let rows = session.rows(
        "SELECT claim.id, claim.change_sequence, claim.body
         FROM (SELECT DISTINCT found.claim_id
               FROM unnest($2::text[]) AS wanted (procedure)
               CROSS JOIN LATERAL (SELECT claim_id FROM claim_procedure
                                   WHERE payer_id = (SELECT id FROM payer WHERE name = $1)
                                     AND procedure = wanted.procedure OFFSET 0) AS found) AS found
         JOIN claim ON claim.id = found.claim_id
         ORDER BY claim.id",
        &[&payer, &procedures],
    )?;
    encoded(payer, &rows)
}

pub(super) fn page(
    session: &mut Session,
    payer: &str,
    query: &IntakeQuery<'_>,
) -> Result<Vec<EncodedClaim>, StoreError> {
    // Planned for the values at hand: a condition that is not asked for is none. The ids are chosen first: what is passed
    // over costs no claim.
    let rows = session.rows(
        "SELECT claim.id, claim.change_sequence, claim.body
         FROM (SELECT claim_id FROM intake_claim
               WHERE payer_id = (SELECT id FROM payer WHERE name = $1) AND claim_id > $2 AND patient IS NOT NULL
                 AND ($3::text IS NULL OR patient = $3) AND ($4::smallint IS NULL OR status = $4)
                 AND ($5::bigint IS NULL OR edited_at_ms >= $5)
               ORDER BY claim_id LIMIT $6 OFFSET $7) AS chosen
         JOIN claim ON claim.id = chosen.claim_id
         ORDER BY claim.id",
        &[
            &payer,
            &query.after,
            &query.patient,
            &query.status.map(|status| i16::from(status.number())),
            &query.edited_from_ms,
            &i64::from(query.limit),
            // More than there are of anything.
            &i64::try_from(query.offset).unwrap_or(i64::MAX),
        ],
    )?;
    encoded(payer, &rows)
}

/// Notes what the claims are looked up by that were there before anything was.
pub(super) fn fill(session: &mut Session) -> Result<(), StoreError> {
    // A claim from the payer's side ends with seven fields of which it has none, which are seven zeros; no other that has a
    // patient and a status, or a procedure, does.
    let mut found: Vec<(i64, i64, Box<IntakeKeys>)> = Vec::new();
    let _: ControlFlow<()> = session.each_row(
        "SELECT id, payer_id, body FROM claim
         WHERE substring(body FROM greatest(octet_length(body) - 6, 1)) <> '\\x00000000000000'",
        &[],
        |row| {
            let id = get(row, 0)?;
            let claim = decode(id, body(row, 2)?).map_err(|error| not_taken_over(&error))?;
            let payer = get(row, 1)?;
            found.extend(IntakeKeys::of(&claim).map(|keys| (payer, id, keys)));
            Ok(ControlFlow::Continue(()))
        },
    )?;
    let changes: Vec<_> = found
        .iter()
        .map(|(payer, claim, keys)| KeyChange {
            payer: *payer,
            claim: *claim,
            before: None,
            keys: Some(keys),
        })
        .collect();
    replace(session, &changes)
}
