-- sprint_boards: the boards that show a sprint, its origin first.
-- unit: none
-- grain: one row per board
-- $1: the sprint, as source/native-id
SELECT board_id, board_name, origin
FROM v1_sprints
WHERE sprint_id = $1
ORDER BY origin DESC, board_id
