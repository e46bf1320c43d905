-- When content began to be handed in, by which what a dead upload has left is told from what is still coming in. What is
-- there already may be coming in to a host that does not know this column yet: it counts from now.
ALTER TABLE content ADD COLUMN created_at_ms bigint NOT NULL DEFAULT now_ms();
