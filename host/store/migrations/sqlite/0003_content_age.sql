-- When content began to be handed in, by which what a dead upload has left is told from what is still coming in. What is
-- there already is older than that.
ALTER TABLE content ADD COLUMN created_at_ms INTEGER NOT NULL DEFAULT 0;
