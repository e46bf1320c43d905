-- The images of line indexes that hosts have written, each known by a random id: what a host finds in a file and not here was
-- not made from this database, or not before what this database is now. Few, and none of them is needed.
CREATE TABLE index_image (
    id TEXT PRIMARY KEY,
    change_sequence INTEGER NOT NULL,
    digest TEXT NOT NULL,
    written_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
