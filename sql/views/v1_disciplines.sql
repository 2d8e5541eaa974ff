-- v1_disciplines: sprint reports by discipline, by the rules of Jira Cloud. A sprint's rows add up to its report.
-- unit: points, and numbers of issues
-- grain: one row per board, sprint and discipline
SELECT
    source,
    board_id,
    sprint_id,
    mode,
    discipline,
    committed_points,
    committed_issues,
    added_points,
    added_issues,
    removed_points,
    removed_issues,
    reestimated_points,
    reestimated_issues,
    final_scope_points,
    final_scope_issues,
    completed_points,
    completed_issues,
    not_completed_points,
    not_completed_issues,
    done_before_start_issues,
    done_outside_issues,
    unestimated_issues
FROM current_sprint_disciplines
WHERE mode = 'jira_cloud'
