-- v1_ledger: the sprint ledger: every change of a sprint's scope and of its completed work.
-- unit: changes in points, and in numbers of issues
-- grain: one row per board, sprint, issue and entry
SELECT
    source,
    board_id,
    sprint_id,
    issue_id,
    entry,
    issue_key,
    at,
    kind,
    reason,
    actor,
    change_id,
    sprint_change_id,
    done_change_id,
    estimate_change_id,
    before_points,
    after_points,
    scope_points,
    remaining_points,
    completed_points,
    scope_issues,
    remaining_issues,
    completed_issues
FROM current_ledger
