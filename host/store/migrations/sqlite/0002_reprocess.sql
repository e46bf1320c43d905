-- Reprocessing: work that is queued, leased and cancelled; claims that are held; history, events and deliveries; answers
-- that are kept.

-- The position of the last event.
INSERT INTO counter (name, value) VALUES ('event', 0);

-- The defaults are for the activities that are there already: who asked was not known, and all were begun at once.
ALTER TABLE activity ADD COLUMN user_name TEXT NOT NULL DEFAULT 'anonymous';
ALTER TABLE activity ADD COLUMN high_priority INTEGER NOT NULL DEFAULT 0;
ALTER TABLE activity ADD COLUMN queued INTEGER NOT NULL DEFAULT 1;
ALTER TABLE activity ADD COLUMN cancelled_by TEXT;
ALTER TABLE activity ADD COLUMN bookmark TEXT;
ALTER TABLE activity ADD COLUMN lease_host TEXT;
ALTER TABLE activity ADD COLUMN lease_until_ms INTEGER;

DROP INDEX activity_unfinished;
CREATE INDEX activity_queued ON activity (id) WHERE queued = 1 AND status IN ('initial', 'in process');
CREATE INDEX activity_by_payer ON activity (payer_id);

-- Portions of the claims of an activity. `claims` holds their ids, encoded; nothing once the portion is finished.
CREATE TABLE activity_work (
    id INTEGER PRIMARY KEY,
    activity_id INTEGER NOT NULL REFERENCES activity (id),
    number INTEGER NOT NULL,
    claims BLOB NOT NULL,
    finished INTEGER NOT NULL DEFAULT 0,
    lease_host TEXT,
    lease_until_ms INTEGER,
    UNIQUE (activity_id, number)
) STRICT;

CREATE INDEX activity_work_unfinished ON activity_work (activity_id, number, lease_until_ms) WHERE finished = 0;

-- An empty currency is none: a claim without amounts.
CREATE TABLE activity_adjudication (
    activity_id INTEGER NOT NULL REFERENCES activity (id),
    currency TEXT NOT NULL,
    claims INTEGER NOT NULL,
    allowed_change INTEGER NOT NULL,
    covered_change INTEGER NOT NULL,
    PRIMARY KEY (activity_id, currency)
) STRICT, WITHOUT ROWID;

-- Who holds a claim. A row whose time is over counts as none, and is replaced by the next holder.
CREATE TABLE claim_lock (
    claim_id INTEGER PRIMARY KEY REFERENCES claim (id),
    holder TEXT NOT NULL,
    until_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE claim_history (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    claim_id INTEGER NOT NULL REFERENCES claim (id),
    operation TEXT NOT NULL,
    user_name TEXT NOT NULL,
    activity_id INTEGER REFERENCES activity (id),
    at_ms INTEGER NOT NULL,
    details TEXT NOT NULL
) STRICT;

CREATE INDEX claim_history_by_claim ON claim_history (claim_id, id);

-- A payer's events lie together in the order of their positions: a feed is one stretch of the table.
CREATE TABLE event (
    payer_id INTEGER NOT NULL REFERENCES payer (id),
    position INTEGER NOT NULL,
    kind TEXT NOT NULL,
    claim_id INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    details TEXT NOT NULL,
    PRIMARY KEY (payer_id, position)
) STRICT, WITHOUT ROWID;

-- The payer by name: a request may name one who has nothing here, and is answered all the same.
CREATE TABLE kept_answer (
    id INTEGER PRIMARY KEY,
    payer TEXT NOT NULL,
    user_name TEXT NOT NULL,
    path TEXT NOT NULL,
    key TEXT NOT NULL,
    request_digest BLOB NOT NULL,
    answer TEXT NOT NULL,
    kept_at_ms INTEGER NOT NULL,
    UNIQUE (payer, user_name, path, key)
) STRICT;

CREATE INDEX kept_answer_by_age ON kept_answer (kept_at_ms);

CREATE TABLE delivery (
    id INTEGER PRIMARY KEY,
    activity_id INTEGER NOT NULL UNIQUE REFERENCES activity (id),
    status TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    next_attempt_at_ms INTEGER NOT NULL,
    last_error TEXT
) STRICT;

CREATE INDEX delivery_waiting ON delivery (next_attempt_at_ms, id) WHERE status = 'waiting';
