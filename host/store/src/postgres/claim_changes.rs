//! Changing and deleting claims in PostgreSQL that are still what they were when they were seen, many with each statement.

use std::collections::{HashMap, HashSet};

use super::claim_writing::{BATCH_CLAIMS_MAX, batch_length};
use super::intake::KeyChange;
use super::session::{Session, get};
use super::write::Raised;
use super::{intake, to_stored};
use crate::{ClaimChange, ClaimDeletion, StoreError};

pub(super) fn change(
    session: &mut Session,
    raised: &mut Raised,
    changes: &[ClaimChange],
) -> Result<Vec<bool>, StoreError> {
    let mut outcomes = vec![false; changes.len()];
    for round in rounds(changes, |change| change.id) {
        let mut rest = round.as_slice();
        while !rest.is_empty() {
            let (batch, others) = rest.split_at(batch_length(rest, |place| changes[*place].claim.body.len()));
            change_batch(session, raised, changes, batch, &mut outcomes)?;
            rest = others;
        }
    }
    Ok(outcomes)
}

/// The places of elements, in rounds: a statement changes a claim once, so one that is to be changed again waits for the
/// next round.
fn rounds<T>(elements: &[T], id: impl Fn(&T) -> i64) -> Vec<Vec<usize>> {
    let mut rounds = Vec::new();
    let mut waiting: Vec<usize> = (0..elements.len()).collect();
    while !waiting.is_empty() {
        let mut ids = HashSet::new();
        let (round, again) = waiting.into_iter().partition(|place| ids.insert(id(&elements[*place])));
        rounds.push(round);
        waiting = again;
    }
    rounds
}

/// Makes the changes in these places, each to another claim.
fn change_batch(
    session: &mut Session,
    raised: &mut Raised,
    changes: &[ClaimChange],
    places: &[usize],
    outcomes: &mut [bool],
) -> Result<(), StoreError> {
    let (mut by_id, mut ids, mut seen) = (HashMap::new(), Vec::new(), Vec::new());
    let (mut payers, mut codes, mut bodies) = (Vec::new(), Vec::new(), Vec::new());
    for place in places {
        let change = &changes[*place];
        // A payer who has no claims has not this one either, and must not be added for it.
        let Some(payer) = raised.known_payer(session, &change.claim.payer)? else {
            continue;
        };
        by_id.insert(change.id, *place);
        ids.push(change.id);
        seen.push(to_stored(change.seen)?);
        payers.push(payer);
        codes.push(change.claim.code.as_str());
        bodies.push(change.claim.body.as_slice());
    }
    if ids.is_empty() {
        return Ok(());
    }
    let sequence = raised.next_change(session)?;
    let changed = session.rows(
        "UPDATE claim SET change_sequence = $1, body = change.body
         FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::bytea[])
              AS change (id, seen, payer_id, code, body)
         WHERE claim.id = change.id AND claim.change_sequence = change.seen
           AND claim.payer_id = change.payer_id AND claim.code = change.code
         RETURNING claim.id, claim.payer_id,
                   (SELECT procedures FROM intake_claim
                    WHERE intake_claim.payer_id = claim.payer_id AND intake_claim.claim_id = claim.id)",
        &[&sequence, &ids, &seen, &payers, &codes, &bodies],
    )?;
    let mut keys = Vec::new();
    for row in &changed {
        let claim = get(row, 0)?;
        if let Some(place) = by_id.get(&claim) {
            outcomes[*place] = true;
            keys.push(KeyChange {
                payer: get(row, 1)?,
                claim,
                before: get(row, 2)?,
                keys: changes[*place].claim.intake.as_deref(),
            });
        }
    }
    if changed.is_empty() {
        return Ok(());
    }
    intake::replace(session, &keys)?;
    raised.use_change(session)
}

pub(super) fn delete(
    session: &mut Session,
    raised: &mut Raised,
    deletions: &[ClaimDeletion],
) -> Result<Vec<bool>, StoreError> {
    let mut outcomes = vec![false; deletions.len()];
    for round in rounds(deletions, |deletion| deletion.id) {
        for batch in round.chunks(BATCH_CLAIMS_MAX) {
            delete_batch(session, raised, deletions, batch, &mut outcomes)?;
        }
    }
    Ok(outcomes)
}

/// Makes the deletions in these places, each of another claim.
fn delete_batch(
    session: &mut Session,
    raised: &mut Raised,
    deletions: &[ClaimDeletion],
    places: &[usize],
    outcomes: &mut [bool],
) -> Result<(), StoreError> {
    let (mut by_id, mut ids) = (HashMap::new(), Vec::new());
    let (mut seen, mut payers) = (Vec::new(), Vec::new());
    for place in places {
        let deletion = &deletions[*place];
        let Some(payer) = raised.known_payer(session, &deletion.payer)? else {
            continue;
        };
        by_id.insert(deletion.id, *place);
        ids.push(deletion.id);
        seen.push(to_stored(deletion.seen)?);
        payers.push(payer);
    }
    if ids.is_empty() {
        return Ok(());
    }
    let sequence = raised.next_change(session)?;
    let deleted = session.rows(
        "WITH deleted AS (
             UPDATE claim SET change_sequence = $1, code = chr(1) || claim.id, body = '', deleted_code = claim.code
             FROM unnest($2::bigint[], $3::bigint[], $4::bigint[]) AS deletion (id, seen, payer_id)
             WHERE claim.id = deletion.id AND claim.change_sequence = deletion.seen
               AND claim.payer_id = deletion.payer_id AND claim.code >= ' '
             RETURNING claim.id, claim.payer_id
         ), unlocked AS (
             DELETE FROM claim_lock USING deleted WHERE claim_lock.claim_id = deleted.id
         )
         SELECT deleted.id, deleted.payer_id,
                (SELECT procedures FROM intake_claim
                 WHERE intake_claim.payer_id = deleted.payer_id AND intake_claim.claim_id = deleted.id)
         FROM deleted",
        &[&sequence, &ids, &seen, &payers],
    )?;
    let mut keys = Vec::new();
    for row in &deleted {
        let claim = get(row, 0)?;
        if let Some(place) = by_id.get(&claim) {
            outcomes[*place] = true;
            keys.push(KeyChange {
                payer: get(row, 1)?,
                claim,
                before: get(row, 2)?,
                keys: None,
            });
        }
    }
    if deleted.is_empty() {
        return Ok(());
    }
    intake::replace(session, &keys)?;
    raised.use_change(session)
}
