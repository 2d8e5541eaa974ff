-- sprint_header: what a sprint is: name, state, goal and dates.
-- unit: instants in UTC
-- grain: one row, or none where the board does not show the sprint
-- $1: the board, $2: the sprint, both as source/native-id
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
FROM v1_sprints
WHERE board_id = $1 AND sprint_id = $2
