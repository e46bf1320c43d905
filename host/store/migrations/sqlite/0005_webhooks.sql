-- Webhooks: endpoints that are sent events, how far each of them is, and the events that it did not take.

-- Raised with each change that somebody asks for at a webhook.
INSERT INTO counter (name, value) VALUES ('webhook', 0);

-- `filter` is a JSON object. `position`: every event up to it was taken, is not for this endpoint, or is a dead letter;
-- `attempts`, `next_attempt_at_ms` and `last_error` are about the event that comes next. `resend_at_ms` is when dead
-- letters are sent again, if there are any to be.
CREATE TABLE webhook (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    payer_id INTEGER NOT NULL REFERENCES payer (id),
    code TEXT NOT NULL,
    url TEXT NOT NULL,
    filter TEXT NOT NULL,
    secret TEXT NOT NULL,
    position INTEGER NOT NULL,
    replays INTEGER NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 0,
    next_attempt_at_ms INTEGER NOT NULL,
    last_error TEXT,
    paused_because TEXT,
    resend_at_ms INTEGER,
    lease_host TEXT,
    lease_until_ms INTEGER,
    created_at_ms INTEGER NOT NULL,
    UNIQUE (payer_id, code)
) STRICT;

-- The event is the one at `position`. `resend_attempts` is null unless somebody has asked for it to be sent again.
CREATE TABLE webhook_dead_letter (
    webhook_id INTEGER NOT NULL REFERENCES webhook (id),
    position INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    resend_attempts INTEGER,
    at_ms INTEGER NOT NULL,
    error TEXT NOT NULL,
    PRIMARY KEY (webhook_id, position)
) STRICT, WITHOUT ROWID;

CREATE INDEX webhook_dead_letter_resending ON webhook_dead_letter (webhook_id, position)
    WHERE resend_attempts IS NOT NULL;
