-- v1_velocity: completed work per closed sprint, and its mean over the board's last seven.
-- unit: points, and numbers of issues
-- grain: one row per board and closed sprint
SELECT
    source,
    board_id,
    sprint_id,
    mode,
    sprint_name,
    closed_at,
    position,
    committed_points,
    completed_points,
    completed_issues,
    sprints,
    velocity_points,
    velocity_issues
FROM current_velocity
WHERE mode = 'jira_cloud'
