//! Webhooks and their dead letters in SQLite.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, Row};

use super::clock::{end_of_lease_ms, now_ms};
use super::write::Raised;
use super::{from_stored, history, to_stored};
use crate::webhook::{BEHIND_MAX, WEBHOOKS_MAX};
use crate::{
    ActiveWebhook, AfterFailure, DeadLetter, Event, FailedAttempt, NewWebhook, StoreError, Webhook, WebhookCreation,
    WebhookProgress, WebhookSecret, WebhookStanding,
};

/// A webhook's columns, and further ones.
macro_rules! select_webhook {
    ($more:literal, $condition:literal) => {
        concat!(
            "SELECT webhook.id, payer.name, webhook.code, webhook.url, webhook.filter, webhook.secret, webhook.position,
                    webhook.replays, webhook.attempts, webhook.next_attempt_at_ms, webhook.last_error,
                    webhook.paused_because, webhook.created_at_ms",
            $more,
            " FROM webhook JOIN payer ON payer.id = webhook.payer_id WHERE ",
            $condition
        )
    };
}

/// A webhook's columns, and what there is still to do for it.
macro_rules! select_standing {
    ($condition:literal) => {
        select_webhook!(
            ", (SELECT count(*) FROM (SELECT 1 FROM event WHERE event.payer_id = webhook.payer_id
                                      AND event.position > webhook.position LIMIT ?1)),
               (SELECT count(*) FROM webhook_dead_letter WHERE webhook_id = webhook.id),
               (SELECT count(*) FROM webhook_dead_letter WHERE webhook_id = webhook.id AND resend_attempts IS NOT NULL)",
            $condition
        )
    };
}

/// A dead letter's columns, its event's first.
macro_rules! select_dead_letter {
    ($condition:literal) => {
        concat!(
            "SELECT event.position, event.kind, event.claim_id, event.at_ms, event.details, letter.attempts, letter.error,
                    letter.at_ms, letter.resend_attempts
             FROM webhook_dead_letter AS letter
             JOIN webhook ON webhook.id = letter.webhook_id
             JOIN event ON event.payer_id = webhook.payer_id AND event.position = letter.position
             WHERE ",
            $condition
        )
    };
}

pub(super) fn standing(
    connection: &Connection,
    payer: &str,
    code: &str,
) -> Result<Option<WebhookStanding>, StoreError> {
    let mut statement = connection.prepare_cached(select_standing!("payer.name = ?2 AND webhook.code = ?3"))?;
    let mut rows = statement.query((to_stored(BEHIND_MAX)?, payer, code))?;
    rows.next()?.map(read_standing).transpose()
}

pub(super) fn standings(connection: &Connection, payer: Option<&str>) -> Result<Vec<WebhookStanding>, StoreError> {
    let mut statement = connection.prepare_cached(select_standing!(
        "?2 IS NULL OR payer.name = ?2 ORDER BY payer.name, webhook.code"
    ))?;
    let mut rows = statement.query((to_stored(BEHIND_MAX)?, payer))?;
    let mut standings = Vec::new();
    while let Some(row) = rows.next()? {
        standings.push(read_standing(row)?);
    }
    Ok(standings)
}

pub(super) fn secrets(connection: &Connection) -> Result<Vec<(i64, WebhookSecret)>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT id, secret FROM webhook ORDER BY id")?;
    let secrets = statement.query_map([], |row| Ok((row.get(0)?, WebhookSecret(row.get(1)?))))?;
    Ok(secrets.collect::<Result<_, _>>()?)
}

pub(super) fn active(connection: &Connection, host: &str) -> Result<Vec<ActiveWebhook>, StoreError> {
    let mut statement = connection.prepare_cached(select_webhook!(
        ", webhook.resend_at_ms,
           webhook.lease_host IS NOT NULL AND webhook.lease_host <> ?1 AND webhook.lease_until_ms > ?2",
        "webhook.paused_because IS NULL ORDER BY webhook.id"
    ))?;
    let now = now_ms();
    let wait = |at_ms: i64| Duration::from_millis(u64::try_from(at_ms.saturating_sub(now)).unwrap_or(0));
    let mut rows = statement.query((host, now))?;
    let mut active = Vec::new();
    while let Some(row) = rows.next()? {
        let webhook = read(row)?;
        let resend_at_ms: Option<i64> = row.get(13)?;
        active.push(ActiveWebhook {
            wait: wait(webhook.next_attempt_at_ms),
            resend_wait: resend_at_ms.map(wait),
            leased_elsewhere: row.get(14)?,
            webhook,
        });
    }
    Ok(active)
}

fn read(row: &Row<'_>) -> Result<Webhook, StoreError> {
    let code: String = row.get(2)?;
    let filter: String = row.get(4)?;
    let filter = serde_json::from_str(&filter)
        .map_err(|error| StoreError::corrupt(format!("the filter of webhook `{code}` cannot be read: {error}")))?;
    Ok(Webhook {
        id: row.get(0)?,
        payer: row.get(1)?,
        code,
        url: row.get(3)?,
        filter,
        secret: WebhookSecret(row.get(5)?),
        position: from_stored(row.get(6)?)?,
        replays: from_stored(row.get(7)?)?,
        attempts: row.get(8)?,
        next_attempt_at_ms: row.get(9)?,
        last_error: row.get(10)?,
        paused_because: row.get(11)?,
        created_at_ms: row.get(12)?,
    })
}

fn read_standing(row: &Row<'_>) -> Result<WebhookStanding, StoreError> {
    Ok(WebhookStanding {
        webhook: read(row)?,
        behind: from_stored(row.get(13)?)?,
        dead_letters: from_stored(row.get(14)?)?,
        resending: from_stored(row.get(15)?)?,
    })
}

pub(super) fn dead_letters(
    connection: &Connection,
    payer: &str,
    code: &str,
    after: u64,
    limit: u32,
) -> Result<Vec<DeadLetter>, StoreError> {
    let mut statement = connection.prepare_cached(select_dead_letter!(
        "letter.webhook_id = (SELECT webhook.id FROM webhook JOIN payer ON payer.id = webhook.payer_id
                              WHERE payer.name = ?1 AND webhook.code = ?2)
           AND letter.position > ?3
         ORDER BY letter.position LIMIT ?4"
    ))?;
    // No event has a position that is too large to be stored.
    let after = i64::try_from(after).unwrap_or(i64::MAX);
    let mut rows = statement.query((payer, code, after, limit))?;
    let mut letters = Vec::new();
    while let Some(row) = rows.next()? {
        letters.push(read_dead_letter(row)?);
    }
    Ok(letters)
}

pub(super) fn to_resend(connection: &Connection, webhook: i64, limit: u32) -> Result<Vec<DeadLetter>, StoreError> {
    let mut statement = connection.prepare_cached(select_dead_letter!(
        "letter.webhook_id = ?1 AND letter.resend_attempts IS NOT NULL AND webhook.resend_at_ms <= ?2
         ORDER BY letter.position LIMIT ?3"
    ))?;
    let mut rows = statement.query((webhook, now_ms(), limit))?;
    let mut letters = Vec::new();
    while let Some(row) = rows.next()? {
        letters.push(read_dead_letter(row)?);
    }
    Ok(letters)
}

fn read_dead_letter(row: &Row<'_>) -> Result<DeadLetter, StoreError> {
    let position = from_stored(row.get(0)?)?;
    let details: String = row.get(4)?;
    Ok(DeadLetter {
        event: Event {
            position,
            kind: row.get(1)?,
            claim: row.get(2)?,
            at_ms: row.get(3)?,
            details: history::json(&details, || format!("the event at position {position}"))?,
        },
        attempts: row.get(5)?,
        error: row.get(6)?,
        at_ms: row.get(7)?,
        resend_attempts: row.get(8)?,
    })
}

pub(super) fn create(
    connection: &Connection,
    raised: &mut Raised,
    webhook: &NewWebhook,
) -> Result<WebhookCreation, StoreError> {
    let payer = raised.payer(connection, &webhook.payer)?;
    let (count, taken): (i64, bool) = connection
        .prepare_cached("SELECT count(*), count(iif(code = ?2, 1, NULL)) > 0 FROM webhook WHERE payer_id = ?1")?
        .query_row((payer, &webhook.code), |row| Ok((row.get(0)?, row.get(1)?)))?;
    if taken {
        return Ok(WebhookCreation::CodeTaken);
    }
    if usize::try_from(count).unwrap_or(usize::MAX) >= WEBHOOKS_MAX {
        return Ok(WebhookCreation::TooMany);
    }
    let filter = serde_json::to_string(&webhook.filter).map_err(|error| StoreError::other(error.to_string()))?;
    let after = webhook.after.map(to_stored).transpose()?;
    let now = now_ms();
    let mut insert = connection.prepare_cached(
        "INSERT INTO webhook (payer_id, code, url, filter, secret, position, next_attempt_at_ms, created_at_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, coalesce(?6, (SELECT value FROM counter WHERE name = 'event')), ?7, ?7)
         RETURNING id",
    )?;
    let values = (
        payer,
        &webhook.code,
        &webhook.url,
        filter,
        &webhook.secret.0,
        after,
        now,
    );
    let id = insert.query_row(values, |row| row.get(0))?;
    changed(connection)?;
    Ok(WebhookCreation::Created(id))
}

pub(super) fn delete(connection: &Connection, payer: &str, code: &str) -> Result<bool, StoreError> {
    let Some(webhook) = id_of(connection, payer, code)? else {
        return Ok(false);
    };
    connection
        .prepare_cached("DELETE FROM webhook_dead_letter WHERE webhook_id = ?1")?
        .execute([webhook])?;
    connection
        .prepare_cached("DELETE FROM webhook WHERE id = ?1")?
        .execute([webhook])?;
    changed(connection)?;
    Ok(true)
}

pub(super) fn pause(connection: &Connection, payer: &str, code: &str, reason: &str) -> Result<bool, StoreError> {
    let Some(webhook) = id_of(connection, payer, code)? else {
        return Ok(false);
    };
    // What paused it first stays on record.
    connection
        .prepare_cached("UPDATE webhook SET paused_because = coalesce(paused_because, ?2) WHERE id = ?1")?
        .execute((webhook, reason))?;
    changed(connection)?;
    Ok(true)
}

pub(super) fn replace_secret(
    connection: &Connection,
    webhook: i64,
    secret: &WebhookSecret,
) -> Result<bool, StoreError> {
    let replaced = connection
        .prepare_cached("UPDATE webhook SET secret = ?2 WHERE id = ?1")?
        .execute((webhook, &secret.0))?;
    if replaced == 0 {
        return Ok(false);
    }
    changed(connection)?;
    Ok(true)
}

pub(super) fn resume(connection: &Connection, payer: &str, code: &str) -> Result<bool, StoreError> {
    let Some(webhook) = id_of(connection, payer, code)? else {
        return Ok(false);
    };
    connection
        .prepare_cached(
            "UPDATE webhook SET paused_because = NULL, attempts = 0, next_attempt_at_ms = ?2, last_error = NULL,
                                resend_at_ms = iif(resend_at_ms IS NULL, NULL, ?2)
             WHERE id = ?1",
        )?
        .execute((webhook, now_ms()))?;
    changed(connection)?;
    Ok(true)
}

pub(super) fn replay(connection: &Connection, payer: &str, code: &str, after: u64) -> Result<bool, StoreError> {
    let Some(webhook) = id_of(connection, payer, code)? else {
        return Ok(false);
    };
    let after = to_stored(after)?;
    // The lease stays as it is, so that nobody begins while the turn that it is for still has a request under way.
    connection
        .prepare_cached(
            "UPDATE webhook SET position = ?2, replays = replays + 1, attempts = 0, next_attempt_at_ms = ?3,
                                last_error = NULL
             WHERE id = ?1",
        )?
        .execute((webhook, after, now_ms()))?;
    // Their events are sent with the others.
    connection
        .prepare_cached("DELETE FROM webhook_dead_letter WHERE webhook_id = ?1 AND position > ?2")?
        .execute((webhook, after))?;
    end_resending(connection, webhook)?;
    changed(connection)?;
    Ok(true)
}

pub(super) fn resend(
    connection: &Connection,
    payer: &str,
    code: &str,
    position: Option<u64>,
) -> Result<Option<u64>, StoreError> {
    let Some(webhook) = id_of(connection, payer, code)? else {
        return Ok(None);
    };
    // No event has a position that is too large to be stored.
    let position = position.map(|position| i64::try_from(position).unwrap_or(i64::MAX));
    let asked = connection
        .prepare_cached(
            "UPDATE webhook_dead_letter SET resend_attempts = 0
             WHERE webhook_id = ?1 AND (?2 IS NULL OR position = ?2)",
        )?
        .execute((webhook, position))?;
    if asked > 0 {
        connection
            .prepare_cached("UPDATE webhook SET resend_at_ms = ?2 WHERE id = ?1")?
            .execute((webhook, now_ms()))?;
        changed(connection)?;
    }
    Ok(Some(u64::try_from(asked).unwrap_or(u64::MAX)))
}

fn id_of(connection: &Connection, payer: &str, code: &str) -> Result<Option<i64>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT webhook.id FROM webhook JOIN payer ON payer.id = webhook.payer_id
         WHERE payer.name = ?1 AND webhook.code = ?2",
    )?;
    Ok(statement.query_row((payer, code), |row| row.get(0)).optional()?)
}

/// Notes that somebody has changed something at a webhook.
fn changed(connection: &Connection) -> Result<(), StoreError> {
    connection
        .prepare_cached("UPDATE counter SET value = value + 1 WHERE name = 'webhook'")?
        .execute([])?;
    Ok(())
}

/// Notes that no dead letter is to be sent again, if that is so.
fn end_resending(connection: &Connection, webhook: i64) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "UPDATE webhook SET resend_at_ms = NULL
             WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM webhook_dead_letter
                                           WHERE webhook_id = ?1 AND resend_attempts IS NOT NULL)",
        )?
        .execute([webhook])?;
    Ok(())
}

pub(super) fn lease(
    connection: &Connection,
    webhook: i64,
    replays: u64,
    host: &str,
    lease: Duration,
) -> Result<bool, StoreError> {
    let now = now_ms();
    let mut statement = connection.prepare_cached(
        "UPDATE webhook SET lease_host = ?3, lease_until_ms = ?4
         WHERE id = ?1 AND replays = ?2 AND paused_because IS NULL
           AND (lease_host IS NULL OR lease_host = ?3 OR lease_until_ms <= ?5)",
    )?;
    let values = (webhook, to_stored(replays)?, host, end_of_lease_ms(now, lease), now);
    Ok(statement.execute(values)? == 1)
}

pub(super) fn renew(
    connection: &Connection,
    webhooks: &[i64],
    host: &str,
    lease: Duration,
) -> Result<Vec<i64>, StoreError> {
    let until_ms = end_of_lease_ms(now_ms(), lease);
    let mut statement =
        connection.prepare_cached("UPDATE webhook SET lease_until_ms = ?3 WHERE id = ?1 AND lease_host = ?2")?;
    let mut renewed = Vec::new();
    for webhook in webhooks {
        if statement.execute((webhook, host, until_ms))? == 1 {
            renewed.push(*webhook);
        }
    }
    Ok(renewed)
}

pub(super) fn record(connection: &Connection, progress: &WebhookProgress) -> Result<bool, StoreError> {
    let webhook = progress.webhook;
    // The attempts are about the event after the position: where that has moved there were none yet.
    let mut statement = connection.prepare_cached(
        "UPDATE webhook SET attempts = iif(position = ?4, attempts, 0), last_error = iif(position = ?4, last_error, NULL),
                            position = ?4,
                            lease_host = iif(?5, NULL, lease_host), lease_until_ms = iif(?5, NULL, lease_until_ms)
         WHERE id = ?1 AND lease_host = ?2 AND replays = ?3",
    )?;
    let values = (
        webhook,
        &progress.host,
        to_stored(progress.replays)?,
        to_stored(progress.position)?,
        progress.ended,
    );
    if statement.execute(values)? == 0 {
        return Ok(false);
    }
    if let Some(failed) = &progress.failed {
        record_failed(connection, webhook, failed)?;
    }
    let mut taken =
        connection.prepare_cached("DELETE FROM webhook_dead_letter WHERE webhook_id = ?1 AND position = ?2")?;
    for position in &progress.resent {
        taken.execute((webhook, to_stored(*position)?))?;
    }
    if let Some(failed) = &progress.not_resent {
        record_not_resent(connection, webhook, failed)?;
    }
    if !progress.resent.is_empty() || progress.not_resent.is_some() {
        end_resending(connection, webhook)?;
    }
    Ok(true)
}

fn record_failed(connection: &Connection, webhook: i64, failed: &FailedAttempt) -> Result<(), StoreError> {
    let (now, error) = (now_ms(), &failed.error);
    match failed.then {
        AfterFailure::TryAgain(after) => {
            let mut statement = connection.prepare_cached(
                "UPDATE webhook SET attempts = attempts + 1, next_attempt_at_ms = ?2, last_error = ?3 WHERE id = ?1",
            )?;
            statement.execute((webhook, end_of_lease_ms(now, after), error))?;
        }
        AfterFailure::Pause => {
            let mut statement = connection.prepare_cached(
                "UPDATE webhook SET attempts = attempts + 1, last_error = ?2,
                                    paused_because = coalesce(paused_because, ?2)
                 WHERE id = ?1",
            )?;
            statement.execute((webhook, error))?;
        }
        AfterFailure::GiveUp => {
            let position = to_stored(failed.position)?;
            let mut statement = connection.prepare_cached(
                "INSERT INTO webhook_dead_letter (webhook_id, position, attempts, at_ms, error)
                 SELECT id, ?2, attempts + 1, ?3, ?4 FROM webhook WHERE id = ?1",
            )?;
            statement.execute((webhook, position, now, error))?;
            let mut statement = connection
                .prepare_cached("UPDATE webhook SET position = ?2, attempts = 0, last_error = NULL WHERE id = ?1")?;
            statement.execute((webhook, position))?;
        }
    }
    Ok(())
}

fn record_not_resent(connection: &Connection, webhook: i64, failed: &FailedAttempt) -> Result<(), StoreError> {
    let (now, error) = (now_ms(), &failed.error);
    let goes_on = failed.then != AfterFailure::GiveUp;
    let mut statement = connection.prepare_cached(
        "UPDATE webhook_dead_letter SET attempts = attempts + 1, error = ?3, at_ms = ?4,
                                        resend_attempts = iif(?5, resend_attempts + 1, NULL)
         WHERE webhook_id = ?1 AND position = ?2",
    )?;
    statement.execute((webhook, to_stored(failed.position)?, error, now, goes_on))?;
    match failed.then {
        AfterFailure::TryAgain(after) => {
            let mut statement = connection.prepare_cached("UPDATE webhook SET resend_at_ms = ?2 WHERE id = ?1")?;
            statement.execute((webhook, end_of_lease_ms(now, after)))?;
        }
        AfterFailure::Pause => {
            let mut statement = connection
                .prepare_cached("UPDATE webhook SET paused_because = coalesce(paused_because, ?2) WHERE id = ?1")?;
            statement.execute((webhook, error))?;
        }
        AfterFailure::GiveUp => {}
    }
    Ok(())
}
