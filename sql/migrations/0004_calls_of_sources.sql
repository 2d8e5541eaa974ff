-- What asking a source has cost, how far a first load has come, and what comes next; times in ms since 1970.
ALTER TABLE sources ADD COLUMN calls BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sources ADD COLUMN refused_calls BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sources ADD COLUMN quota_left_per_mille BIGINT;
ALTER TABLE sources ADD COLUMN read_per_mille BIGINT;
ALTER TABLE sources ADD COLUMN next_poll_at BIGINT;
ALTER TABLE sources ADD COLUMN reconciled_at BIGINT;
