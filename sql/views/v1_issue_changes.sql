-- v1_issue_changes: the change histories of issues, item by item.
-- unit: values as the source shows them, instants in UTC
-- grain: one row per issue, history entry and changed field
SELECT
    source,
    issue_id,
    issue_key,
    at,
    history_id,
    item,
    actor,
    field_id,
    field,
    from_value,
    from_text,
    to_value,
    to_text
FROM current_issue_changes
