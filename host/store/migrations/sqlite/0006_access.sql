-- Access: who may ask for something, by which tokens, and in which roles; and the audit log.

-- Raised with each transaction that changes who may do what.
INSERT INTO counter (name, value) VALUES ('access', 0);

-- One without a payer is the platform's. `roles` is a JSON list of names.
CREATE TABLE principal (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    payer_id INTEGER REFERENCES payer (id),
    name TEXT NOT NULL,
    subject TEXT UNIQUE,
    roles TEXT NOT NULL,
    created_at_ms INTEGER NOT NULL,
    disabled_at_ms INTEGER
) STRICT;

-- Two, since to the first one no payer is like any other.
CREATE UNIQUE INDEX principal_by_name ON principal (payer_id, name);
CREATE UNIQUE INDEX principal_of_platform ON principal (name) WHERE payer_id IS NULL;

-- `restrictions` is a JSON list, in order.
CREATE TABLE role (
    payer_id INTEGER NOT NULL REFERENCES payer (id),
    name TEXT NOT NULL,
    restrictions TEXT NOT NULL,
    PRIMARY KEY (payer_id, name)
) STRICT, WITHOUT ROWID;

-- Of a token's secret only a digest is here.
CREATE TABLE access_token (
    id TEXT PRIMARY KEY,
    principal_id INTEGER NOT NULL REFERENCES principal (id),
    digest BLOB NOT NULL,
    created_at_ms INTEGER NOT NULL,
    expires_at_ms INTEGER,
    revoked_at_ms INTEGER,
    last_used_at_ms INTEGER
) STRICT;

CREATE INDEX access_token_by_principal ON access_token (principal_id, created_at_ms);

-- What was done to claims is in their histories; this is everything else. One without a payer is the platform's.
-- `claim_id` may be of a claim that there is not: somebody has asked for it all the same.
CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    payer_id INTEGER REFERENCES payer (id),
    claim_id INTEGER,
    at_ms INTEGER NOT NULL,
    user_name TEXT NOT NULL,
    operation TEXT NOT NULL,
    object TEXT NOT NULL,
    refused INTEGER NOT NULL,
    rules TEXT,
    details TEXT NOT NULL
) STRICT;

-- Each ends with `id`, as every index of such a table does.
CREATE INDEX audit_by_payer ON audit (payer_id);
CREATE INDEX audit_by_claim ON audit (claim_id) WHERE claim_id IS NOT NULL;

-- The record is what somebody can be held to: it is only ever added to, whoever has a connection.
CREATE TRIGGER audit_stays BEFORE UPDATE ON audit
    BEGIN SELECT RAISE(ABORT, 'the audit log is only ever added to'); END;
CREATE TRIGGER audit_is_kept BEFORE DELETE ON audit
    BEGIN SELECT RAISE(ABORT, 'the audit log is only ever added to'); END;
CREATE TRIGGER claim_history_stays BEFORE UPDATE ON claim_history
    BEGIN SELECT RAISE(ABORT, 'the audit log is only ever added to'); END;
CREATE TRIGGER claim_history_is_kept BEFORE DELETE ON claim_history
    BEGIN SELECT RAISE(ABORT, 'the audit log is only ever added to'); END;

-- The code that a claim had before it was deleted. Of those that are deleted already it is not known.
ALTER TABLE claim ADD COLUMN deleted_code TEXT;
