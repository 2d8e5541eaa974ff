//! What a board makes of statuses, fields and sprints: cases 19, 20, 21 and 25.

use serde_json::json;
use tidemark_model::facts::{LedgerEntry, Mode, SprintItem, SprintReport};

use crate::archive::{COLUMNS, board, jira};
use crate::jira::Change::{Points, PointsOf, Sprints, Status};
use crate::jira::{DOING, DONE, PARKED, POINTS_FIELD, RELEASED, Story, TODO, story};
use crate::told::{assert_row, told};

const OTHER_FIELD: &str = "customfield_10031";

fn five() -> Story {
    story(1).points(5.0).sprints("7")
}

#[test]
fn case_19_in_an_unmapped_status_all_the_time() {
    let told = told([five().status(PARKED)]);
    // The table of the cases: in scope at 0; rule 8: its estimate is not null, so it is not unestimated. 0 = 0 + 0.
    told.shows(7, "", "committed 1, final_scope 1, not_completed 1");
    assert_eq!(told.outcomes(7), "ACME-1 not_completed");
    assert_eq!(told.ledger(7, "ACME-1"), ["02T09:00 COMMIT 0"]);
}

#[test]
fn case_19_added_in_an_unmapped_status() {
    let told = told([story(1).points(5.0).status(PARKED).at("04T10:00", Sprints("7"))]);
    // As before, valued at entry: 0 + 0 - 0 + 0 = 0.
    told.shows(7, "", "added 1, final_scope 1, not_completed 1");
    assert_eq!(told.ledger(7, "ACME-1"), ["04T10:00 ADD 1001:0 0"]);
}

#[test]
fn case_19_moved_to_an_unmapped_status() {
    let told = told([five().at("04T10:00", Status(PARKED))]);
    // Rule 11: unmapping is a re-estimate with that reason. 5 + 0 - 0 - 5 = 0.
    told.shows(
        7,
        "committed 5, reestimated -5",
        "committed 1, reestimated 1, final_scope 1, not_completed 1",
    );
    let ledger = ["02T09:00 COMMIT 5", "04T10:00 REESTIMATE 1001:0 5->0 (unmapped)"];
    assert_eq!(told.ledger(7, "ACME-1"), ledger);
}

#[test]
fn case_19_moved_out_of_an_unmapped_status_and_done() {
    let told = told([five().status(PARKED).at("04T10:00", Status(DOING)).at("05T10:00", Status(DONE))]);
    // Rule 11: mapping is a re-estimate with that reason. 0 + 0 - 0 + 5 = 5 = 5 + 0.
    told.shows(
        7,
        "reestimated 5, final_scope 5, completed 5",
        "committed 1, reestimated 1, final_scope 1, completed 1",
    );
    let ledger = ["02T09:00 COMMIT 0", "04T10:00 REESTIMATE 1001:0 0->5 (mapped)", "05T10:00 DONE 1002:1 5"];
    assert_eq!(told.ledger(7, "ACME-1"), ledger);
}

#[test]
fn case_19_from_done_to_an_unmapped_status() {
    let told = told([five().at("04T10:00", Status(DONE)).at("05T10:00", Status(PARKED))]);
    // Section 0: done is the last column, so it is done no more, and counts 0. 5 + 0 - 0 - 5 = 0.
    told.shows(
        7,
        "committed 5, reestimated -5",
        "committed 1, reestimated 1, final_scope 1, not_completed 1",
    );
    assert_eq!(told.outcomes(7), "ACME-1 not_completed");
}

#[test]
fn case_19_estimated_anew_in_an_unmapped_status() {
    let parked = five().at("04T10:00", Status(PARKED)).at("05T10:00", Points("8"));
    let told = told([parked.at("06T10:00", Status(DOING))]);
    // Rule 11: while unmapped it counts 0, whatever its estimate is. 5 + 0 - 0 + (-5 + 0 + 8) = 8 = 0 + 8.
    told.shows(
        7,
        "committed 5, reestimated 3, final_scope 8, not_completed 8",
        "committed 1, reestimated 1, final_scope 1, not_completed 1",
    );
}

#[test]
fn case_20_the_columns_changed_after_the_close() {
    let issues = [
        five().at("04T10:00", Status(DONE)),
        story(2).points(3.0).sprints("7").at("04T10:00", Status(DONE)).at("05T10:00", Status(RELEASED)),
    ];
    let mut told = told(issues.clone());
    // Released is in no column: ACME-2 counts 0 from the 5th on. 8 + 0 - 0 - 3 = 5 = 5 + 0.
    told.shows(
        7,
        "committed 8, reestimated -3, final_scope 5, completed 5",
        "committed 2, reestimated 1, final_scope 2, completed 1, not_completed 1",
    );
    let columns: [&[&str]; 3] = [&[TODO], &[DOING, DONE], &[RELEASED]];
    told.again(&jira(issues).board(board(1, &columns, POINTS_FIELD)));
    // Rule 13: restated with the newest configuration, in which only released is done. 8 = 3 + 5.
    told.shows(
        7,
        "committed 8, final_scope 8, completed 3, not_completed 5",
        "committed 2, final_scope 2, completed 1, not_completed 1",
    );
    assert_eq!(told.outcomes(7), "ACME-1 not_completed, ACME-2 completed");
    assert_eq!(told.ledger(7, "ACME-1"), ["02T09:00 COMMIT 5"]);
    assert_eq!(told.ledger(7, "ACME-2"), ["02T09:00 COMMIT 3", "05T10:00 DONE 1002:0 3"]);
}

#[test]
fn case_20_other_columns_were_seen_earlier() {
    let columns: [&[&str]; 3] = [&[TODO], &[DOING, DONE], &[RELEASED]];
    let issue = five().at("04T10:00", Status(DONE));
    let told = jira([issue]).seen("03T10:00", "board", board(1, &columns, POINTS_FIELD)).told();
    // Rule 13: what is stated now is newer than any observation. 5 = 5 + 0.
    told.shows(7, "committed 5, final_scope 5, completed 5", "committed 1, final_scope 1, completed 1");
}

#[test]
fn case_21_the_estimation_field_changed() {
    let issue = five().at("03T10:00", Points("13")).with(OTHER_FIELD, json!(2.0));
    let issues = [issue.at("04T10:00", PointsOf(OTHER_FIELD, "3")), story(2).points(1.0).sprints("7")];
    let mut told = told(issues.clone());
    // By story points: 6 + 0 - 0 + 8 = 14 = 0 + 14.
    told.shows(
        7,
        "committed 6, reestimated 8, final_scope 14, not_completed 14",
        "committed 2, reestimated 1, final_scope 2, not_completed 2",
    );
    told.again(&jira(issues).board(board(1, &COLUMNS, OTHER_FIELD)));
    // Rule 13: restated with the newest field, its changes included. 2 + 0 - 0 + 1 = 3 = 0 + 3; ACME-2 has no value.
    told.shows(
        7,
        "committed 2, reestimated 1, final_scope 3, not_completed 3",
        "committed 2, reestimated 1, final_scope 2, not_completed 2, unestimated 1",
    );
    assert_eq!(told.ledger(7, "ACME-1"), ["02T09:00 COMMIT 2", "04T10:00 REESTIMATE 1002:0 2->3"]);
}

#[test]
fn case_25_a_sprint_on_two_boards() {
    let issue = five().with(OTHER_FIELD, json!(2.0)).at("04T10:00", Status(RELEASED));
    let columns: [&[&str]; 2] = [&[TODO, DOING, DONE], &[RELEASED]];
    // What GET /board/2/sprint lists, beside its configuration.
    let mut second = board(2, &columns, OTHER_FIELD);
    second["sprints"] = json!([{ "id": 7, "originBoardId": 1 }]);
    let told = jira([issue]).board(second).told();

    let mut reports = told.all::<SprintReport>();
    reports.retain(|report| report.mode == Mode::JiraCloud && report.sprint_id == "acme/7");
    let boards: Vec<&str> = reports.iter().map(|report| report.board_id.as_str()).collect();
    assert_eq!(boards, ["acme/1", "acme/2"]);
    // The table of the cases: one report per board, each by its own columns and field.
    // Board 1 does not show released: 5 + 0 - 0 - 5 = 0.
    assert_row(
        &reports[0],
        "committed 5, reestimated -5",
        "committed 1, reestimated 1, final_scope 1, not_completed 1",
    );
    // To board 2 it is done, and 2 large: 2 = 2 + 0.
    assert_row(
        &reports[1],
        "committed 2, final_scope 2, completed 2",
        "committed 1, final_scope 1, completed 1",
    );
    let outcomes: Vec<(String, &str)> =
        (told.all::<SprintItem>().into_iter()).map(|item| (item.board_id, item.outcome.as_str())).collect();
    assert_eq!(outcomes, [("acme/1".to_owned(), "not_completed"), ("acme/2".to_owned(), "completed")]);
    let entries = told.all::<LedgerEntry>().into_iter().filter(|entry| entry.board_id == "acme/2");
    let kinds: Vec<&str> = entries.map(|entry| entry.kind.as_str()).collect();
    assert_eq!(kinds, ["COMMIT", "DONE"]);
}
