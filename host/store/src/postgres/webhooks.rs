//! Webhooks and their dead letters in PostgreSQL.

use std::time::Duration;

use postgres::Row;

use super::session::{Session, get};
use super::write::Raised;
use super::{duration_ms, from_stored, history, to_stored};
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
                                      AND event.position > webhook.position LIMIT $1) AS waiting),
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

pub(super) fn standing(session: &mut Session, payer: &str, code: &str) -> Result<Option<WebhookStanding>, StoreError> {
    let row = session.row(
        select_standing!("payer.name = $2 AND webhook.code = $3"),
        &[&to_stored(BEHIND_MAX)?, &payer, &code],
    )?;
    row.as_ref().map(read_standing).transpose()
}

pub(super) fn standings(session: &mut Session, payer: Option<&str>) -> Result<Vec<WebhookStanding>, StoreError> {
    let rows = session.rows(
        select_standing!("$2::text IS NULL OR payer.name = $2 ORDER BY payer.name, webhook.code"),
        &[&to_stored(BEHIND_MAX)?, &payer],
    )?;
    rows.iter().map(read_standing).collect()
}

pub(super) fn secrets(session: &mut Session) -> Result<Vec<(i64, WebhookSecret)>, StoreError> {
    let rows = session.rows("SELECT id, secret FROM webhook ORDER BY id", &[])?;
    let secret = |row: &Row| Ok((get(row, 0)?, WebhookSecret(get(row, 1)?)));
    rows.iter().map(secret).collect()
}

pub(super) fn active(session: &mut Session, host: &str) -> Result<Vec<ActiveWebhook>, StoreError> {
    let rows = session.rows(
        select_webhook!(
            ", now_ms(), webhook.resend_at_ms,
               webhook.lease_host IS NOT NULL AND webhook.lease_host <> $1 AND webhook.lease_until_ms > now_ms()",
            "webhook.paused_because IS NULL ORDER BY webhook.id"
        ),
        &[&host],
    )?;
    let active = |row: &Row| {
        let now: i64 = get(row, 13)?;
        let wait = |at_ms: i64| Duration::from_millis(u64::try_from(at_ms.saturating_sub(now)).unwrap_or(0));
        let webhook = read(row)?;
        Ok(ActiveWebhook {
            wait: wait(webhook.next_attempt_at_ms),
            resend_wait: get::<Option<i64>>(row, 14)?.map(wait),
            leased_elsewhere: get(row, 15)?,
            webhook,
        })
    };
    rows.iter().map(active).collect()
}

fn read(row: &Row) -> Result<Webhook, StoreError> {
    let code: String = get(row, 2)?;
    let filter = serde_json::from_str(get(row, 4)?)
        .map_err(|error| StoreError::corrupt(format!("the filter of webhook `{code}` cannot be read: {error}")))?;
    Ok(Webhook {
        id: get(row, 0)?,
        payer: get(row, 1)?,
        code,
        url: get(row, 3)?,
        filter,
        secret: WebhookSecret(get(row, 5)?),
        position: from_stored(get(row, 6)?)?,
        replays: from_stored(get(row, 7)?)?,
        attempts: attempts(get(row, 8)?)?,
        next_attempt_at_ms: get(row, 9)?,
        last_error: get(row, 10)?,
        paused_because: get(row, 11)?,
        created_at_ms: get(row, 12)?,
    })
}

fn attempts(stored: i64) -> Result<u32, StoreError> {
    u32::try_from(stored).map_err(|_| StoreError::corrupt(format!("an event was tried {stored} times")))
}

fn read_standing(row: &Row) -> Result<WebhookStanding, StoreError> {
    Ok(WebhookStanding {
        webhook: read(row)?,
        behind: from_stored(get(row, 13)?)?,
        dead_letters: from_stored(get(row, 14)?)?,
        resending: from_stored(get(row, 15)?)?,
    })
}

pub(super) fn dead_letters(
    session: &mut Session,
    payer: &str,
    code: &str,
    after: u64,
    limit: u32,
) -> Result<Vec<DeadLetter>, StoreError> {
    // No event has a position that is too large to be stored.
    let after = i64::try_from(after).unwrap_or(i64::MAX);
    let rows = session.rows(
        select_dead_letter!(
            "letter.webhook_id = (SELECT webhook.id FROM webhook JOIN payer ON payer.id = webhook.payer_id
                                  WHERE payer.name = $1 AND webhook.code = $2)
               AND letter.position > $3
             ORDER BY letter.position LIMIT $4"
        ),
        &[&payer, &code, &after, &i64::from(limit)],
    )?;
    rows.iter().map(read_dead_letter).collect()
}

pub(super) fn to_resend(session: &mut Session, webhook: i64, limit: u32) -> Result<Vec<DeadLetter>, StoreError> {
    let rows = session.rows(
        select_dead_letter!(
            "letter.webhook_id = $1 AND letter.resend_attempts IS NOT NULL AND webhook.resend_at_ms <= now_ms()
             ORDER BY letter.position LIMIT $2"
        ),
        &[&webhook, &i64::from(limit)],
    )?;
    rows.iter().map(read_dead_letter).collect()
}

fn read_dead_letter(row: &Row) -> Result<DeadLetter, StoreError> {
    let position = from_stored(get(row, 0)?)?;
    Ok(DeadLetter {
        event: Event {
            position,
            kind: get(row, 1)?,
            claim: get(row, 2)?,
            at_ms: get(row, 3)?,
            details: history::json(get(row, 4)?, || format!("the event at position {position}"))?,
        },
        attempts: attempts(get(row, 5)?)?,
        error: get(row, 6)?,
        at_ms: get(row, 7)?,
        resend_attempts: get::<Option<i64>>(row, 8)?.map(attempts).transpose()?,
    })
}

pub(super) fn create(
    session: &mut Session,
    raised: &mut Raised,
    webhook: &NewWebhook,
) -> Result<WebhookCreation, StoreError> {
    let payer = raised.payer(session, &webhook.payer)?;
    let taken: bool = session.one(
        "SELECT EXISTS (SELECT 1 FROM webhook WHERE payer_id = $1 AND code = $2)",
        &[&payer, &webhook.code],
    )?;
    if taken {
        return Ok(WebhookCreation::CodeTaken);
    }
    let count: i64 = session.one("SELECT count(*) FROM webhook WHERE payer_id = $1", &[&payer])?;
    if usize::try_from(count).unwrap_or(usize::MAX) >= WEBHOOKS_MAX {
        return Ok(WebhookCreation::TooMany);
    }
    let filter = serde_json::to_string(&webhook.filter).map_err(|error| StoreError::other(error.to_string()))?;
    let after = webhook.after.map(to_stored).transpose()?;
    let id = session.one(
        "INSERT INTO webhook (payer_id, code, url, filter, secret, position)
         VALUES ($1, $2, $3, $4, $5, coalesce($6, (SELECT value FROM counter WHERE name = 'event')))
         RETURNING id",
        &[&payer, &webhook.code, &webhook.url, &filter, &webhook.secret.0, &after],
    )?;
    changed(session)?;
    Ok(WebhookCreation::Created(id))
}

pub(super) fn delete(session: &mut Session, payer: &str, code: &str) -> Result<bool, StoreError> {
    let Some(webhook) = id_of(session, payer, code)? else {
        return Ok(false);
    };
    session.execute("DELETE FROM webhook_dead_letter WHERE webhook_id = $1", &[&webhook])?;
    session.execute("DELETE FROM webhook WHERE id = $1", &[&webhook])?;
    changed(session)?;
    Ok(true)
}

pub(super) fn pause(session: &mut Session, payer: &str, code: &str, reason: &str) -> Result<bool, StoreError> {
    let Some(webhook) = id_of(session, payer, code)? else {
        return Ok(false);
    };
    // What paused it first stays on record.
    session.execute(
        "UPDATE webhook SET paused_because = coalesce(paused_because, $2) WHERE id = $1",
        &[&webhook, &reason],
    )?;
    changed(session)?;
    Ok(true)
}

pub(super) fn replace_secret(session: &mut Session, webhook: i64, secret: &WebhookSecret) -> Result<bool, StoreError> {
    let replaced = session.execute("UPDATE webhook SET secret = $2 WHERE id = $1", &[&webhook, &secret.0])?;
    if replaced == 0 {
        return Ok(false);
    }
    changed(session)?;
    Ok(true)
}

pub(super) fn resume(session: &mut Session, payer: &str, code: &str) -> Result<bool, StoreError> {
    let Some(webhook) = id_of(session, payer, code)? else {
        return Ok(false);
    };
    session.execute(
        "UPDATE webhook SET paused_because = NULL, attempts = 0, next_attempt_at_ms = now_ms(), last_error = NULL,
                            resend_at_ms = CASE WHEN resend_at_ms IS NOT NULL THEN now_ms() END
         WHERE id = $1",
        &[&webhook],
    )?;
    changed(session)?;
    Ok(true)
}

pub(super) fn replay(session: &mut Session, payer: &str, code: &str, after: u64) -> Result<bool, StoreError> {
    let Some(webhook) = id_of(session, payer, code)? else {
        return Ok(false);
    };
    let after = to_stored(after)?;
    // The lease stays as it is, so that nobody begins while the turn that it is for still has a request under way.
    session.execute(
        "UPDATE webhook SET position = $2, replays = replays + 1, attempts = 0, next_attempt_at_ms = now_ms(),
                            last_error = NULL
         WHERE id = $1",
        &[&webhook, &after],
    )?;
    // Their events are sent with the others.
    session.execute(
        "DELETE FROM webhook_dead_letter WHERE webhook_id = $1 AND position > $2",
        &[&webhook, &after],
    )?;
    end_resending(session, webhook)?;
    changed(session)?;
    Ok(true)
}

pub(super) fn resend(
    session: &mut Session,
    payer: &str,
    code: &str,
    position: Option<u64>,
) -> Result<Option<u64>, StoreError> {
    let Some(webhook) = id_of(session, payer, code)? else {
        return Ok(None);
    };
    // No event has a position that is too large to be stored.
    let position = position.map(|position| i64::try_from(position).unwrap_or(i64::MAX));
    let asked = session.execute(
        "UPDATE webhook_dead_letter SET resend_attempts = 0
         WHERE webhook_id = $1 AND ($2::bigint IS NULL OR position = $2)",
        &[&webhook, &position],
    )?;
    if asked > 0 {
        session.execute("UPDATE webhook SET resend_at_ms = now_ms() WHERE id = $1", &[&webhook])?;
        changed(session)?;
    }
    Ok(Some(asked))
}

fn id_of(session: &mut Session, payer: &str, code: &str) -> Result<Option<i64>, StoreError> {
    // A text that PostgreSQL cannot hold is nobody's code.
    if !super::can_be_held(payer) || !super::can_be_held(code) {
        return Ok(None);
    }
    session.value(
        "SELECT webhook.id FROM webhook JOIN payer ON payer.id = webhook.payer_id
         WHERE payer.name = $1 AND webhook.code = $2",
        &[&payer, &code],
    )
}

/// Notes that somebody has changed something at a webhook.
fn changed(session: &mut Session) -> Result<(), StoreError> {
    session.execute("UPDATE counter SET value = value + 1 WHERE name = 'webhook'", &[])?;
    Ok(())
}

/// Notes that no dead letter is to be sent again, if that is so.
fn end_resending(session: &mut Session, webhook: i64) -> Result<(), StoreError> {
    session.execute(
        "UPDATE webhook SET resend_at_ms = NULL
         WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM webhook_dead_letter
                                       WHERE webhook_id = $1 AND resend_attempts IS NOT NULL)",
        &[&webhook],
    )?;
    Ok(())
}

pub(super) fn lease(
    session: &mut Session,
    webhook: i64,
    replays: u64,
    host: &str,
    lease: Duration,
) -> Result<bool, StoreError> {
    let leased = session.execute(
        "UPDATE webhook SET lease_host = $3, lease_until_ms = now_ms() + $4
         WHERE id = $1 AND replays = $2 AND paused_because IS NULL
           AND (lease_host IS NULL OR lease_host = $3 OR lease_until_ms <= now_ms())",
        &[&webhook, &to_stored(replays)?, &host, &duration_ms(lease)],
    )?;
    Ok(leased == 1)
}

pub(super) fn renew(
    session: &mut Session,
    webhooks: &[i64],
    host: &str,
    lease: Duration,
) -> Result<Vec<i64>, StoreError> {
    let rows = session.rows(
        "UPDATE webhook SET lease_until_ms = now_ms() + $3 WHERE id = ANY ($1) AND lease_host = $2 RETURNING id",
        &[&webhooks, &host, &duration_ms(lease)],
    )?;
    rows.iter().map(|row| get(row, 0)).collect()
}

pub(super) fn record(session: &mut Session, progress: &WebhookProgress) -> Result<bool, StoreError> {
    let webhook = progress.webhook;
    // The attempts are about the event after the position: where that has moved there were none yet.
    let recorded = session.execute(
        "UPDATE webhook SET attempts = CASE WHEN position = $4 THEN attempts ELSE 0 END,
                            last_error = CASE WHEN position = $4 THEN last_error END,
                            position = $4,
                            lease_host = CASE WHEN NOT $5 THEN lease_host END,
                            lease_until_ms = CASE WHEN NOT $5 THEN lease_until_ms END
         WHERE id = $1 AND lease_host = $2 AND replays = $3",
        &[
            &webhook,
            &progress.host,
            &to_stored(progress.replays)?,
            &to_stored(progress.position)?,
            &progress.ended,
        ],
    )?;
    if recorded == 0 {
        return Ok(false);
    }
    if let Some(failed) = &progress.failed {
        record_failed(session, webhook, failed)?;
    }
    if !progress.resent.is_empty() {
        let taken = progress.resent.iter().copied().map(to_stored);
        let taken = taken.collect::<Result<Vec<i64>, _>>()?;
        session.execute(
            "DELETE FROM webhook_dead_letter WHERE webhook_id = $1 AND position = ANY ($2)",
            &[&webhook, &taken],
        )?;
    }
    if let Some(failed) = &progress.not_resent {
        record_not_resent(session, webhook, failed)?;
    }
    if !progress.resent.is_empty() || progress.not_resent.is_some() {
        end_resending(session, webhook)?;
    }
    Ok(true)
}

fn record_failed(session: &mut Session, webhook: i64, failed: &FailedAttempt) -> Result<(), StoreError> {
    let error = &failed.error;
    match failed.then {
        AfterFailure::TryAgain(after) => {
            session.execute(
                "UPDATE webhook SET attempts = attempts + 1, next_attempt_at_ms = now_ms() + $2, last_error = $3
                 WHERE id = $1",
                &[&webhook, &duration_ms(after), error],
            )?;
        }
        AfterFailure::Pause => {
            session.execute(
                "UPDATE webhook SET attempts = attempts + 1, last_error = $2,
                                    paused_because = coalesce(paused_because, $2)
                 WHERE id = $1",
                &[&webhook, error],
            )?;
        }
        AfterFailure::GiveUp => {
            let position = to_stored(failed.position)?;
            session.execute(
                "INSERT INTO webhook_dead_letter (webhook_id, position, attempts, at_ms, error)
                 SELECT id, $2, attempts + 1, now_ms(), $3 FROM webhook WHERE id = $1",
                &[&webhook, &position, error],
            )?;
            session.execute(
                "UPDATE webhook SET position = $2, attempts = 0, last_error = NULL WHERE id = $1",
                &[&webhook, &position],
            )?;
        }
    }
    Ok(())
}

fn record_not_resent(session: &mut Session, webhook: i64, failed: &FailedAttempt) -> Result<(), StoreError> {
    let (position, error) = (to_stored(failed.position)?, &failed.error);
    let goes_on = failed.then != AfterFailure::GiveUp;
    session.execute(
        "UPDATE webhook_dead_letter SET attempts = attempts + 1, error = $3, at_ms = now_ms(),
                                        resend_attempts = CASE WHEN $4 THEN resend_attempts + 1 END
         WHERE webhook_id = $1 AND position = $2",
        &[&webhook, &position, error, &goes_on],
    )?;
    match failed.then {
        AfterFailure::TryAgain(after) => {
            session.execute(
                "UPDATE webhook SET resend_at_ms = now_ms() + $2 WHERE id = $1",
                &[&webhook, &duration_ms(after)],
            )?;
        }
        AfterFailure::Pause => {
            session.execute(
                "UPDATE webhook SET paused_because = coalesce(paused_because, $2) WHERE id = $1",
                &[&webhook, error],
            )?;
        }
        AfterFailure::GiveUp => {}
    }
    Ok(())
}
