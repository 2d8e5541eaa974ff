-- v1_sprints: sprints as their source states them now, on the boards that show them.
-- unit: instants in UTC
-- grain: one row per board and sprint
SELECT
    source,
    board_id,
    board_name,
    sprint_id,
    sprint_name,
    state,
    goal,
    started_at,
    planned_end_at,
    closed_at,
    origin,
    board_inferred
FROM current_sprints
