-- v1_issues: issues with their present fields.
-- unit: instants in UTC
-- grain: one row per issue
SELECT
    source,
    issue_id,
    issue_key,
    project_key,
    summary,
    issue_type,
    subtask,
    parent_id,
    status_id,
    status,
    status_category,
    resolution,
    resolved_at,
    created_at,
    updated_at,
    assignee,
    assignee_id,
    priority,
    labels,
    components,
    standing,
    gone_at,
    history_known,
    changes
FROM current_issues
