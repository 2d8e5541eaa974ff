-- v1_carry_over: issues that came from the former sprint, or were left over: the legs of their way.
-- unit: points, numbers of sprints, and seconds
-- grain: one row per board, sprint and issue
SELECT
    source,
    board_id,
    sprint_id,
    issue_id,
    issue_key,
    sprint_name,
    started_at,
    closed_at,
    carried_in_from,
    gap_secs,
    carry_count,
    sprints_touched,
    carried_out,
    initial_points,
    final_points,
    burned_points
FROM current_carry_over
