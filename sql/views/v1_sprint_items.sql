-- v1_sprint_items: issues in sprints: what each contributes to the sprint's report.
-- unit: points, and numbers of entries
-- grain: one row per board, sprint and issue
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
FROM current_sprint_items
