//! Velocity over windows: the rows of the store, by window and mode.

use axum::http::StatusCode;
use tidemark_model::facts::{Mode, VelocityWindow};

use crate::support::Organisation;

#[test]
fn windows_are_those_of_the_store() {
    let organisation = Organisation::simulated(3);
    let stored = organisation.rows::<VelocityWindow>();
    let board = &stored[0].board_id;
    for mode in [None, Some(Mode::Final), Some(Mode::Eazybi)] {
        for window in ["3", "5", "7", "12"] {
            let named = mode.map(|mode| format!("&mode={mode}")).unwrap_or_default();
            let path = format!("/api/v1/boards/{board}/velocity-windows?window={window}&per_page=100{named}");
            let answered = organisation.json(&path)["data"].as_array().unwrap().clone();
            let mut expected: Vec<&VelocityWindow> = stored
                .iter()
                .filter(|row| row.board_id == *board && row.mode == mode.unwrap_or(Mode::JiraCloud))
                .filter(|row| row.window_sprints.to_string() == window)
                .collect();
            expected.sort_by(|one, other| {
                (other.closed_at, &other.sprint_id).cmp(&(one.closed_at, &one.sprint_id))
            });
            assert!(!expected.is_empty());
            assert_eq!(answered.len(), expected.len());
            for (row, stored) in answered.iter().zip(expected) {
                assert_eq!(row["sprint_id"], stored.sprint_id.as_str());
                let numbers = [
                    ("mean_points", stored.mean_points),
                    ("median_points", stored.median_points),
                    ("p25_points", stored.p25_points),
                    ("p75_points", stored.p75_points),
                    ("mean_issues", stored.mean_issues),
                    ("median_issues", stored.median_issues),
                    ("p25_issues", stored.p25_issues),
                    ("p75_issues", stored.p75_issues),
                ];
                for (name, number) in numbers {
                    assert_eq!(row[name].as_f64(), number, "{name}");
                }
            }
        }
    }
    let all = organisation.json(&format!("/api/v1/boards/{board}/velocity-windows?per_page=4"));
    let windows: Vec<i64> =
        all["data"].as_array().unwrap().iter().map(|row| row["window_sprints"].as_i64().unwrap()).collect();
    assert_eq!(windows, [3, 5, 7, 12], "those of one sprint stand together");
    let refused = organisation.get(&format!("/api/v1/boards/{board}/velocity-windows?window=4"));
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert!(refused.text().contains("one of 3, 5, 7, 12"), "{}", refused.text());
    for what in ["velocity-windows", "carry-over"] {
        let missing = organisation.get(&format!("/api/v1/boards/acme/999/{what}"));
        assert_eq!(missing.status, StatusCode::NOT_FOUND, "{what}");
    }
}
