-- When a position was last known to be the log's own, in ms since 1970: whoever was away for too long has missed what the
-- log has forgotten since. Those that there are count as of this step.
ALTER TABLE positions ADD COLUMN followed_at BIGINT;
