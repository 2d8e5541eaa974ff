-- v1_velocity_windows: statistics of what a board's last 3, 5, 7 and 12 closed sprints completed.
-- unit: points, and numbers of issues
-- grain: one row per board, closed sprint and window
SELECT
    source,
    board_id,
    sprint_id,
    mode,
    window_sprints,
    closed_at,
    sprints,
    mean_points,
    median_points,
    p25_points,
    p75_points,
    mean_issues,
    median_issues,
    p25_issues,
    p75_issues
FROM current_velocity_windows
WHERE mode = 'jira_cloud'
