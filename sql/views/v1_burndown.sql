-- v1_burndown: a sprint's scope, remaining and completed work over time, from the ledger.
-- unit: points, and numbers of issues; `_change` is what happened at the instant, the others are what held after it
-- grain: one row per board, sprint and instant at which the ledger has an entry
SELECT
    source,
    board_id,
    sprint_id,
    at,
    entries,
    scope_points_change,
    remaining_points_change,
    completed_points_change,
    scope_issues_change,
    remaining_issues_change,
    completed_issues_change,
    round(sum(scope_points_change) OVER running, 6) + 0.0 AS scope_points,
    round(sum(remaining_points_change) OVER running, 6) + 0.0 AS remaining_points,
    round(sum(completed_points_change) OVER running, 6) + 0.0 AS completed_points,
    sum(scope_issues_change) OVER running AS scope_issues,
    sum(remaining_issues_change) OVER running AS remaining_issues,
    sum(completed_issues_change) OVER running AS completed_issues
FROM (
    SELECT
        source,
        board_id,
        sprint_id,
        at,
        CAST(count(*) AS BIGINT) AS entries,
        -- Points are exact to a millionth: rounding keeps sums the same in whatever order they are added.
        round(sum(scope_points), 6) + 0.0 AS scope_points_change,
        round(sum(remaining_points), 6) + 0.0 AS remaining_points_change,
        round(sum(completed_points), 6) + 0.0 AS completed_points_change,
        sum(scope_issues) AS scope_issues_change,
        sum(remaining_issues) AS remaining_issues_change,
        sum(completed_issues) AS completed_issues_change
    FROM current_ledger
    -- Carried over is who goes on, not what changes.
    WHERE kind NOT IN ('CARRY_IN', 'CARRY_OUT')
    GROUP BY source, board_id, sprint_id, at
) AS instants
WINDOW running AS (
    PARTITION BY source, board_id, sprint_id
    ORDER BY at
    ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
)
