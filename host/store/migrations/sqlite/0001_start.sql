-- Claims, reference data, activities with their results, data files.
-- Text is compared in byte order (BINARY, the default collation).

-- "Repr": tells a database of Reprise from any other SQLite file.
PRAGMA application_id = 0x52657072;

CREATE TABLE payer (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

-- `change` counts transactions that changed claims, `reference` those that changed reference data.
CREATE TABLE counter (
    name TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO counter (name, value) VALUES ('change', 0), ('reference', 0);

-- `body` is the encoded claim. Columns beside it are only what is looked up.
CREATE TABLE claim (
    id INTEGER PRIMARY KEY,
    payer_id INTEGER NOT NULL REFERENCES payer (id),
    code TEXT NOT NULL,
    change_sequence INTEGER NOT NULL,
    body BLOB,
    UNIQUE (payer_id, code)
) STRICT;

CREATE INDEX claim_by_change ON claim (change_sequence);

-- `body` is the row in the import format.
CREATE TABLE reference (
    id INTEGER PRIMARY KEY,
    payer_id INTEGER NOT NULL REFERENCES payer (id),
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (payer_id, kind, key)
) STRICT;

CREATE TABLE activity (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    payer_id INTEGER NOT NULL REFERENCES payer (id),
    code TEXT NOT NULL,
    parameters TEXT NOT NULL,
    correlation_id TEXT,
    status TEXT NOT NULL,
    total INTEGER,
    succeeded INTEGER NOT NULL DEFAULT 0,
    failed INTEGER NOT NULL DEFAULT 0,
    created_at_ms INTEGER NOT NULL,
    ended_at_ms INTEGER
) STRICT;

CREATE INDEX activity_unfinished ON activity (id) WHERE status IN ('initial', 'in process');

CREATE TABLE activity_message (
    activity_id INTEGER NOT NULL REFERENCES activity (id),
    number INTEGER NOT NULL,
    key TEXT NOT NULL,
    arguments TEXT NOT NULL,
    PRIMARY KEY (activity_id, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE activity_result_chunk (
    id INTEGER PRIMARY KEY,
    activity_id INTEGER NOT NULL REFERENCES activity (id),
    number INTEGER NOT NULL,
    body BLOB NOT NULL,
    UNIQUE (activity_id, number)
) STRICT;

CREATE TABLE data_file_set (
    id INTEGER PRIMARY KEY,
    payer_id INTEGER NOT NULL REFERENCES payer (id),
    code TEXT NOT NULL,
    description TEXT,
    locked INTEGER NOT NULL DEFAULT 0,
    UNIQUE (payer_id, code)
) STRICT;

-- Never given twice, so that who reads discarded content reads nothing, not somebody else's.
CREATE TABLE content (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    length_bytes INTEGER NOT NULL DEFAULT 0,
    chunk_count INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE content_chunk (
    id INTEGER PRIMARY KEY,
    content_id INTEGER NOT NULL REFERENCES content (id),
    number INTEGER NOT NULL,
    body BLOB NOT NULL,
    UNIQUE (content_id, number)
) STRICT;

-- What a data file holds was handed in, or is made from the results of an activity.
CREATE TABLE data_file (
    id INTEGER PRIMARY KEY,
    data_file_set_id INTEGER NOT NULL REFERENCES data_file_set (id),
    code TEXT NOT NULL,
    description TEXT,
    content_id INTEGER UNIQUE REFERENCES content (id),
    activity_id INTEGER UNIQUE REFERENCES activity (id),
    UNIQUE (data_file_set_id, code),
    CHECK (content_id IS NULL OR activity_id IS NULL)
) STRICT;
