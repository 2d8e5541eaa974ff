-- How long the first load still takes, in seconds, and when a token of the account that asks expires, in ms since 1970.
ALTER TABLE sources ADD COLUMN time_left_s BIGINT;
ALTER TABLE sources ADD COLUMN token_expires_at BIGINT;
