-- Webhooks: endpoints that are sent events, how far each of them is, and the events that it did not take.

-- Raised with each change that somebody asks for at a webhook.
INSERT INTO counter (name, value) VALUES ('webhook', 0);

-- `filter` is a JSON object. `position`: every event up to it was taken, is not for this endpoint, or is a dead letter;
-- `attempts`, `next_attempt_at_ms` and `last_error` are about the event that comes next. `resend_at_ms` is when dead
-- letters are sent again, if there are any to be.
CREATE TABLE webhook (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    payer_id bigint NOT NULL REFERENCES payer (id),
    code text COLLATE "C" NOT NULL,
    url text COLLATE "C" NOT NULL,
    filter text COLLATE "C" NOT NULL,
    secret text COLLATE "C" NOT NULL,
    position bigint NOT NULL,
    replays bigint NOT NULL DEFAULT 0,
    attempts bigint NOT NULL DEFAULT 0,
    next_attempt_at_ms bigint NOT NULL DEFAULT now_ms(),
    last_error text COLLATE "C",
    paused_because text COLLATE "C",
    resend_at_ms bigint,
    lease_host text COLLATE "C",
    lease_until_ms bigint,
    created_at_ms bigint NOT NULL DEFAULT now_ms(),
    UNIQUE (payer_id, code)
) WITH (fillfactor = 50);

-- The event is the one at `position`. `resend_attempts` is null unless somebody has asked for it to be sent again.
CREATE TABLE webhook_dead_letter (
    webhook_id bigint NOT NULL REFERENCES webhook (id),
    position bigint NOT NULL,
    attempts bigint NOT NULL,
    resend_attempts bigint,
    at_ms bigint NOT NULL,
    error text COLLATE "C" NOT NULL,
    PRIMARY KEY (webhook_id, position)
);

CREATE INDEX webhook_dead_letter_resending ON webhook_dead_letter (webhook_id, position)
    WHERE resend_attempts IS NOT NULL;
