-- Rule components: what is stored, who has installed what, what decides since when, who serves, whom is trusted.
--
-- A row without a payer is the platform's. Indexes have `coalesce(payer_id, 0)`, which no payer has as its id: to an index
-- on `payer_id` the platform would not even be like itself.

-- Raised with each transaction that appends an activation or changes the state of an installation.
INSERT INTO counter (name, value) VALUES ('rules', 0);

-- `bytes` comes last, so that nobody reads over it to get at the rest.
CREATE TABLE rule_component (
    digest TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    version TEXT NOT NULL,
    contract TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    stored_at_ms INTEGER NOT NULL,
    bytes BLOB NOT NULL
) STRICT;

CREATE TABLE rule_installation (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    payer_id INTEGER REFERENCES payer (id),
    digest TEXT NOT NULL REFERENCES rule_component (digest),
    state TEXT NOT NULL,
    reason TEXT,
    installed_by TEXT NOT NULL,
    installed_at_ms INTEGER NOT NULL,
    changed_at_ms INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX rule_installation_by_owner ON rule_installation (coalesce(payer_id, 0), digest);

CREATE TABLE rule_generation (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    payer_id INTEGER REFERENCES payer (id),
    number INTEGER NOT NULL,
    criteria TEXT REFERENCES rule_component (digest),
    claim_status TEXT REFERENCES rule_component (digest),
    user_name TEXT NOT NULL,
    reason TEXT NOT NULL,
    created_at_ms INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX rule_generation_by_owner ON rule_generation (coalesce(payer_id, 0), number);

CREATE TABLE rule_activation (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    payer_id INTEGER REFERENCES payer (id),
    generation_id INTEGER REFERENCES rule_generation (id),
    kind TEXT NOT NULL,
    user_name TEXT NOT NULL,
    reason TEXT NOT NULL,
    at_ms INTEGER NOT NULL
) STRICT;

-- Ends with `id`, as every index of such a table does.
CREATE INDEX rule_activation_by_owner ON rule_activation (coalesce(payer_id, 0));

-- Decisions of long ago name components and generations: these stay what they were, whoever has a connection.
CREATE TRIGGER rule_component_stays BEFORE UPDATE ON rule_component
    BEGIN SELECT RAISE(ABORT, 'a component that is stored is never changed or deleted'); END;
CREATE TRIGGER rule_component_is_kept BEFORE DELETE ON rule_component
    BEGIN SELECT RAISE(ABORT, 'a component that is stored is never changed or deleted'); END;
CREATE TRIGGER rule_generation_stays BEFORE UPDATE ON rule_generation
    BEGIN SELECT RAISE(ABORT, 'a generation is never changed or deleted'); END;
CREATE TRIGGER rule_generation_is_kept BEFORE DELETE ON rule_generation
    BEGIN SELECT RAISE(ABORT, 'a generation is never changed or deleted'); END;
CREATE TRIGGER rule_activation_stays BEFORE UPDATE ON rule_activation
    BEGIN SELECT RAISE(ABORT, 'the record of activations is only ever added to'); END;
CREATE TRIGGER rule_activation_is_kept BEFORE DELETE ON rule_activation
    BEGIN SELECT RAISE(ABORT, 'the record of activations is only ever added to'); END;

-- Few, and written again every moment.
CREATE TABLE serving_host (
    host TEXT PRIMARY KEY,
    address TEXT,
    rules_sequence INTEGER NOT NULL,
    alive_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- `id` is of the key, not of the row.
CREATE TABLE trusted_key (
    payer_id INTEGER REFERENCES payer (id),
    id TEXT NOT NULL,
    public_key BLOB NOT NULL,
    comment TEXT NOT NULL,
    added_by TEXT NOT NULL,
    added_at_ms INTEGER NOT NULL,
    expires_at_ms INTEGER,
    revoked_at_ms INTEGER
) STRICT;

CREATE UNIQUE INDEX trusted_key_by_owner ON trusted_key (coalesce(payer_id, 0), id);

CREATE TABLE component_signature (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    payer_id INTEGER REFERENCES payer (id),
    digest TEXT NOT NULL REFERENCES rule_component (digest),
    key_id TEXT NOT NULL,
    manifest TEXT NOT NULL,
    signature BLOB NOT NULL,
    added_at_ms INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX component_signature_by_owner
    ON component_signature (coalesce(payer_id, 0), digest, key_id, signature);

CREATE TABLE rules_policy (
    payer_id INTEGER REFERENCES payer (id),
    require_signature INTEGER NOT NULL,
    return_after_quarantine INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX rules_policy_by_owner ON rules_policy (coalesce(payer_id, 0));

-- The component may be one that is not stored: what has faulted is noted, whatever it was.
CREATE TABLE rule_fault (
    id INTEGER PRIMARY KEY,
    payer_id INTEGER NOT NULL REFERENCES payer (id),
    digest TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    host TEXT NOT NULL,
    text TEXT NOT NULL
) STRICT;

CREATE INDEX rule_fault_by_component ON rule_fault (payer_id, digest, at_ms);
CREATE INDEX rule_fault_by_age ON rule_fault (at_ms);
