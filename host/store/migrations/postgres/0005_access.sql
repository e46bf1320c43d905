-- Access: who may ask for something, by which tokens, and in which roles; and the audit log.

-- Raised with each transaction that changes who may do what.
INSERT INTO counter (name, value) VALUES ('access', 0);

-- One without a payer is the platform's. `roles` is a JSON list of names.
CREATE TABLE principal (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    payer_id bigint REFERENCES payer (id),
    name text COLLATE "C" NOT NULL,
    subject text COLLATE "C" UNIQUE,
    roles text COLLATE "C" NOT NULL,
    created_at_ms bigint NOT NULL DEFAULT now_ms(),
    disabled_at_ms bigint
);

-- Two, since to the first one no payer is like any other.
CREATE UNIQUE INDEX principal_by_name ON principal (payer_id, name);
CREATE UNIQUE INDEX principal_of_platform ON principal (name) WHERE payer_id IS NULL;

-- `restrictions` is a JSON list, in order.
CREATE TABLE role (
    payer_id bigint NOT NULL REFERENCES payer (id),
    name text COLLATE "C" NOT NULL,
    restrictions text COLLATE "C" NOT NULL,
    PRIMARY KEY (payer_id, name)
);

-- Of a token's secret only a digest is here. Half-empty pages, so that when it was used last is noted where it lies.
CREATE TABLE access_token (
    id text COLLATE "C" PRIMARY KEY,
    principal_id bigint NOT NULL REFERENCES principal (id),
    digest bytea NOT NULL,
    created_at_ms bigint NOT NULL DEFAULT now_ms(),
    expires_at_ms bigint,
    revoked_at_ms bigint,
    last_used_at_ms bigint
) WITH (fillfactor = 50);

CREATE INDEX access_token_by_principal ON access_token (principal_id, created_at_ms);

-- What was done to claims is in their histories; this is everything else. One without a payer is the platform's.
-- `claim_id` may be of a claim that there is not: somebody has asked for it all the same.
CREATE TABLE audit (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    payer_id bigint REFERENCES payer (id),
    claim_id bigint,
    at_ms bigint NOT NULL DEFAULT now_ms(),
    refused boolean NOT NULL,
    user_name text COLLATE "C" NOT NULL,
    operation text COLLATE "C" NOT NULL,
    object text COLLATE "C" NOT NULL,
    rules text COLLATE "C",
    details text COLLATE "C" NOT NULL
);

CREATE INDEX audit_by_payer ON audit (payer_id, id);
CREATE INDEX audit_by_claim ON audit (claim_id, id) WHERE claim_id IS NOT NULL;

-- The record is what somebody can be held to: it is only ever added to, whoever has a connection.
CREATE FUNCTION refuse_to_change_the_record() RETURNS trigger LANGUAGE plpgsql
    AS $$ BEGIN RAISE EXCEPTION 'the audit log is only ever added to'; END $$;

CREATE TRIGGER audit_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_the_record();
CREATE TRIGGER claim_history_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON claim_history
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_the_record();

-- The code that a claim had before it was deleted. Of those that are deleted already it is not known.
ALTER TABLE claim ADD COLUMN deleted_code text COLLATE "C";
