-- sprint_items: the issues of one sprint on one board, by outcome and issue.
-- unit: points, and numbers of entries
-- grain: one row per issue
-- $1: the board, $2: the sprint, both as source/native-id
SELECT
    source,
    board_id,
    sprint_id,
    issue_id,
    issue_key,
    summary,
    issue_type,
    subtask,
    outcome,
    counted,
    committed,
    added,
    initial_points,
    final_points,
    committed_points,
    added_points,
    removed_points,
    reestimated_points,
    reestimated_added_points,
    reestimated_done_points,
    final_scope_points,
    completed_points,
    not_completed_points,
    added_entries,
    removed_entries,
    unestimated,
    done_at,
    marks
FROM v1_sprint_items
WHERE board_id = $1 AND sprint_id = $2
ORDER BY outcome, issue_id
