-- The whole schema: claims, reference data, activities with their work and results, data files, locks, history, events,
-- deliveries, kept answers. Text is compared in byte order everywhere, whatever the database's own order is.
--
-- Tables that take thousands of rows a second (claims, their locks, their history, events) refer to others without
-- foreign keys: the server would look for each row's other row by itself, which costs more than the row. The statements
-- that write them look for all at once.

-- Now, in milliseconds since 1970-01-01T00:00:00Z: the same moment for the whole of a statement. It is asked row by row, and
-- date_part is several times faster than extract, which computes in decimals.
CREATE FUNCTION now_ms() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT (date_part('epoch', statement_timestamp()) * 1000)::bigint $$;

CREATE TABLE payer (
    id bigint PRIMARY KEY,
    name text COLLATE "C" NOT NULL UNIQUE
);

-- `change` counts transactions that changed claims, `reference` those that changed reference data; `event` is the
-- position of the last event. Half-empty pages, so that a new value lies where the old one did.
CREATE TABLE counter (
    name text COLLATE "C" PRIMARY KEY,
    value bigint NOT NULL
) WITH (fillfactor = 50);

INSERT INTO counter (name, value) VALUES ('change', 0), ('reference', 0), ('event', 0);

-- `body` is the encoded claim. Columns beside it are only what is looked up. The writer gives the ids, since a claim
-- keeps the one that it comes with.
CREATE TABLE claim (
    id bigint PRIMARY KEY,
    payer_id bigint NOT NULL,
    change_sequence bigint NOT NULL,
    code text COLLATE "C" NOT NULL,
    body bytea,
    UNIQUE (payer_id, code)
);

CREATE INDEX claim_by_change ON claim (change_sequence, id);

-- `body` is the row in the import format.
CREATE TABLE reference (
    payer_id bigint NOT NULL REFERENCES payer (id),
    kind text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    body text COLLATE "C" NOT NULL,
    PRIMARY KEY (payer_id, kind, key)
);

CREATE TABLE activity (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    payer_id bigint NOT NULL REFERENCES payer (id),
    code text COLLATE "C" NOT NULL,
    parameters text COLLATE "C" NOT NULL,
    correlation_id text COLLATE "C",
    user_name text COLLATE "C" NOT NULL,
    high_priority boolean NOT NULL,
    queued boolean NOT NULL,
    cancelled_by text COLLATE "C",
    bookmark text COLLATE "C",
    status text COLLATE "C" NOT NULL,
    total bigint,
    succeeded bigint NOT NULL DEFAULT 0,
    failed bigint NOT NULL DEFAULT 0,
    lease_host text COLLATE "C",
    lease_until_ms bigint,
    created_at_ms bigint NOT NULL DEFAULT now_ms(),
    ended_at_ms bigint
) WITH (fillfactor = 70);

CREATE INDEX activity_queued ON activity (id) WHERE queued AND status IN ('initial', 'in process');
CREATE INDEX activity_by_payer ON activity (payer_id, id);

-- Portions of the claims of an activity. `claims` holds their ids, encoded; nothing once the portion is finished.
CREATE TABLE activity_work (
    activity_id bigint NOT NULL REFERENCES activity (id),
    number bigint NOT NULL,
    claims bytea NOT NULL,
    finished boolean NOT NULL DEFAULT false,
    lease_host text COLLATE "C",
    lease_until_ms bigint,
    PRIMARY KEY (activity_id, number)
);

CREATE INDEX activity_work_unfinished ON activity_work (activity_id, number) WHERE NOT finished;

-- An empty currency is none: a claim without amounts.
CREATE TABLE activity_adjudication (
    activity_id bigint NOT NULL REFERENCES activity (id),
    currency text COLLATE "C" NOT NULL,
    claims bigint NOT NULL,
    allowed_change bigint NOT NULL,
    covered_change bigint NOT NULL,
    PRIMARY KEY (activity_id, currency)
);

CREATE TABLE activity_message (
    activity_id bigint NOT NULL REFERENCES activity (id),
    number bigint NOT NULL,
    key text COLLATE "C" NOT NULL,
    arguments text COLLATE "C" NOT NULL,
    PRIMARY KEY (activity_id, number)
);

CREATE TABLE activity_result_chunk (
    activity_id bigint NOT NULL REFERENCES activity (id),
    number bigint NOT NULL,
    body bytea NOT NULL,
    PRIMARY KEY (activity_id, number)
);

-- Who holds a claim. A row whose time is over counts as none, and is replaced by the next holder.
CREATE TABLE claim_lock (
    claim_id bigint PRIMARY KEY,
    holder text COLLATE "C" NOT NULL,
    until_ms bigint NOT NULL
);

CREATE TABLE claim_history (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    claim_id bigint NOT NULL,
    activity_id bigint,
    at_ms bigint NOT NULL DEFAULT now_ms(),
    operation text COLLATE "C" NOT NULL,
    user_name text COLLATE "C" NOT NULL,
    details text COLLATE "C" NOT NULL
);

CREATE INDEX claim_history_by_claim ON claim_history (claim_id, id);

CREATE TABLE event (
    payer_id bigint NOT NULL,
    position bigint NOT NULL,
    claim_id bigint NOT NULL,
    at_ms bigint NOT NULL DEFAULT now_ms(),
    kind text COLLATE "C" NOT NULL,
    details text COLLATE "C" NOT NULL,
    PRIMARY KEY (payer_id, position)
);

-- The payer by name: a request may name one who has nothing here, and is answered all the same. That there is one answer
-- for a key is seen to by whoever writes; the key's parts may be longer than an index takes, so the index has a digest.
CREATE TABLE kept_answer (
    payer text COLLATE "C" NOT NULL,
    user_name text COLLATE "C" NOT NULL,
    path text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    request_digest bytea NOT NULL,
    answer text COLLATE "C" NOT NULL,
    kept_at_ms bigint NOT NULL DEFAULT now_ms()
);

CREATE INDEX kept_answer_by_key ON kept_answer (md5(path || key));
CREATE INDEX kept_answer_by_age ON kept_answer (kept_at_ms);

CREATE TABLE delivery (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    activity_id bigint NOT NULL UNIQUE REFERENCES activity (id),
    status text COLLATE "C" NOT NULL,
    attempts bigint NOT NULL DEFAULT 0,
    next_attempt_at_ms bigint NOT NULL,
    last_error text COLLATE "C"
);

CREATE INDEX delivery_waiting ON delivery (next_attempt_at_ms, id) WHERE status = 'waiting';

CREATE TABLE data_file_set (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    payer_id bigint NOT NULL REFERENCES payer (id),
    code text COLLATE "C" NOT NULL,
    description text COLLATE "C",
    locked boolean NOT NULL DEFAULT false,
    UNIQUE (payer_id, code)
);

-- An id is never given twice, so that who reads discarded content reads nothing, not somebody else's.
CREATE TABLE content (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    length_bytes bigint NOT NULL DEFAULT 0,
    chunk_count bigint NOT NULL DEFAULT 0
);

CREATE TABLE content_chunk (
    content_id bigint NOT NULL REFERENCES content (id),
    number bigint NOT NULL,
    body bytea NOT NULL,
    PRIMARY KEY (content_id, number)
);

-- What a data file holds was handed in, or is made from the results of an activity.
CREATE TABLE data_file (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    data_file_set_id bigint NOT NULL REFERENCES data_file_set (id),
    code text COLLATE "C" NOT NULL,
    description text COLLATE "C",
    content_id bigint UNIQUE REFERENCES content (id),
    activity_id bigint UNIQUE REFERENCES activity (id),
    UNIQUE (data_file_set_id, code),
    CHECK (content_id IS NULL OR activity_id IS NULL)
);

-- Values beyond 2 kB are compressed. LZ4 takes a fifth of the time that PostgreSQL's own method takes, less than writing
-- them as they are, and makes them about as small. A server that was built without it does with its own.
DO $$
BEGIN
    ALTER TABLE claim ALTER body SET COMPRESSION lz4;
    ALTER TABLE reference ALTER body SET COMPRESSION lz4;
    ALTER TABLE activity_work ALTER claims SET COMPRESSION lz4;
    ALTER TABLE activity_result_chunk ALTER body SET COMPRESSION lz4;
    ALTER TABLE content_chunk ALTER body SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN
    NULL;
END
$$;
