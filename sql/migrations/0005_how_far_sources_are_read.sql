-- How far a source has been read, what is left of its first load, and what somebody should know; times in ms since 1970.
ALTER TABLE sources ADD COLUMN issues_read BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sources ADD COLUMN read_until BIGINT;
ALTER TABLE sources ADD COLUMN backlog BIGINT;
ALTER TABLE sources ADD COLUMN notice TEXT;
