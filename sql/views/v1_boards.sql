-- v1_boards: the boards that sources list, with their newest configuration.
-- grain: one row per board
SELECT
    source,
    board_id,
    board_name,
    kind,
    estimation_field_id,
    column_names
FROM current_boards
