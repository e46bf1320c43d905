-- Rule components: what is stored, who has installed what, what decides since when, who serves, whom is trusted.
--
-- A row without a payer is the platform's. Indexes have `coalesce(payer_id, 0)`, which no payer has as its id: to an index
-- on `payer_id` the platform would not even be like itself.

-- Raised with each transaction that appends an activation or changes the state of an installation.
INSERT INTO counter (name, value) VALUES ('rules', 0);

CREATE TABLE rule_component (
    digest text COLLATE "C" PRIMARY KEY,
    kind text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    version text COLLATE "C" NOT NULL,
    contract text COLLATE "C" NOT NULL,
    size_bytes bigint NOT NULL,
    stored_at_ms bigint NOT NULL DEFAULT now_ms(),
    bytes bytea NOT NULL
);

-- As in the first step: a server that was built without it does with its own.
DO $$
BEGIN
    ALTER TABLE rule_component ALTER bytes SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN
    NULL;
END
$$;

CREATE TABLE rule_installation (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    payer_id bigint REFERENCES payer (id),
    digest text COLLATE "C" NOT NULL REFERENCES rule_component (digest),
    state text COLLATE "C" NOT NULL,
    reason text COLLATE "C",
    installed_by text COLLATE "C" NOT NULL,
    installed_at_ms bigint NOT NULL DEFAULT now_ms(),
    changed_at_ms bigint NOT NULL DEFAULT now_ms()
);

CREATE UNIQUE INDEX rule_installation_by_owner ON rule_installation (coalesce(payer_id, 0), digest);

CREATE TABLE rule_generation (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    payer_id bigint REFERENCES payer (id),
    number bigint NOT NULL,
    criteria text COLLATE "C" REFERENCES rule_component (digest),
    claim_status text COLLATE "C" REFERENCES rule_component (digest),
    user_name text COLLATE "C" NOT NULL,
    reason text COLLATE "C" NOT NULL,
    created_at_ms bigint NOT NULL DEFAULT now_ms()
);

CREATE UNIQUE INDEX rule_generation_by_owner ON rule_generation (coalesce(payer_id, 0), number);

-- No index on `id` alone: the server would walk along it from the end, however far back an owner's last activation is.
CREATE TABLE rule_activation (
    id bigint GENERATED ALWAYS AS IDENTITY,
    payer_id bigint REFERENCES payer (id),
    generation_id bigint REFERENCES rule_generation (id),
    kind text COLLATE "C" NOT NULL,
    user_name text COLLATE "C" NOT NULL,
    reason text COLLATE "C" NOT NULL,
    at_ms bigint NOT NULL DEFAULT now_ms()
);

CREATE UNIQUE INDEX rule_activation_by_owner ON rule_activation (coalesce(payer_id, 0), id);

-- Decisions of long ago name components and generations: these stay what they were, whoever has a connection.
CREATE FUNCTION refuse_to_change() RETURNS trigger LANGUAGE plpgsql
    AS $$ BEGIN RAISE EXCEPTION '%', TG_ARGV[0]; END $$;

CREATE TRIGGER rule_component_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON rule_component
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change('a component that is stored is never changed or deleted');
CREATE TRIGGER rule_generation_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON rule_generation
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change('a generation is never changed or deleted');
CREATE TRIGGER rule_activation_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON rule_activation
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change('the record of activations is only ever added to');

-- Few, and written again every moment. Half-empty pages, so that a new value lies where the old one did.
CREATE TABLE serving_host (
    host text COLLATE "C" PRIMARY KEY,
    address text COLLATE "C",
    rules_sequence bigint NOT NULL,
    alive_at_ms bigint NOT NULL DEFAULT now_ms()
) WITH (fillfactor = 50);

-- `id` is of the key, not of the row.
CREATE TABLE trusted_key (
    payer_id bigint REFERENCES payer (id),
    id text COLLATE "C" NOT NULL,
    public_key bytea NOT NULL,
    comment text COLLATE "C" NOT NULL,
    added_by text COLLATE "C" NOT NULL,
    added_at_ms bigint NOT NULL DEFAULT now_ms(),
    expires_at_ms bigint,
    revoked_at_ms bigint
);

CREATE UNIQUE INDEX trusted_key_by_owner ON trusted_key (coalesce(payer_id, 0), id);

CREATE TABLE component_signature (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    payer_id bigint REFERENCES payer (id),
    digest text COLLATE "C" NOT NULL REFERENCES rule_component (digest),
    key_id text COLLATE "C" NOT NULL,
    manifest text COLLATE "C" NOT NULL,
    signature bytea NOT NULL,
    added_at_ms bigint NOT NULL DEFAULT now_ms()
);

CREATE UNIQUE INDEX component_signature_by_owner
    ON component_signature (coalesce(payer_id, 0), digest, key_id, signature);

CREATE TABLE rules_policy (
    payer_id bigint REFERENCES payer (id),
    require_signature boolean NOT NULL,
    return_after_quarantine boolean NOT NULL
);

CREATE UNIQUE INDEX rules_policy_by_owner ON rules_policy (coalesce(payer_id, 0));

-- The component may be one that is not stored: what has faulted is noted, whatever it was.
CREATE TABLE rule_fault (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    payer_id bigint NOT NULL REFERENCES payer (id),
    digest text COLLATE "C" NOT NULL,
    at_ms bigint NOT NULL DEFAULT now_ms(),
    host text COLLATE "C" NOT NULL,
    text text COLLATE "C" NOT NULL
);

CREATE INDEX rule_fault_by_component ON rule_fault (payer_id, digest, at_ms);
CREATE INDEX rule_fault_by_age ON rule_fault (at_ms);
