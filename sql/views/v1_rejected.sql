-- v1_rejected: the records that could not be taken, with the reason and the original.
-- grain: one row per source, stage, input and reason
SELECT
    source,
    stage,
    input,
    reason,
    detail,
    original,
    original_hex
FROM current_rejected
