-- sprint_report: the numbers of one sprint on one board.
-- unit: points, and numbers of issues
-- grain: one row, without numbers while the sprint has not started
-- $1: the board, $2: the sprint, both as source/native-id
SELECT
    source,
    board_id,
    sprint_id,
    mode,
    sprint_name,
    state,
    started_at,
    closed_at,
    committed_points,
    committed_issues,
    added_points,
    added_issues,
    removed_points,
    removed_issues,
    reestimated_points,
    reestimated_issues,
    reestimated_added_points,
    reestimated_done_points,
    final_scope_points,
    final_scope_issues,
    completed_points,
    completed_issues,
    not_completed_points,
    not_completed_issues,
    done_before_start_issues,
    done_outside_issues,
    unestimated_issues,
    quality
FROM v1_sprint_reports
WHERE board_id = $1 AND sprint_id = $2
