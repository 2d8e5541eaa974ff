//! Done and done no more: cases 7, 8 and 9.

use crate::jira::Change::{Sprints, Status};
use crate::jira::{DOING, DONE, TODO, story};
use crate::told::told;

#[test]
fn case_07_done_inside_reopened_and_not_done_at_the_end() {
    let issue = story(1).points(5.0).sprints("7").at("04T10:00", Status(DONE)).at("05T10:00", Status(DOING));
    let told = told([issue]);
    // Section 2: done then reopened before E is not completed; it stayed in scope. 5 + 0 - 0 + 0 = 5 = 0 + 5.
    told.shows(
        7,
        "committed 5, final_scope 5, not_completed 5",
        "committed 1, final_scope 1, not_completed 1",
    );
    assert_eq!(told.outcomes(7), "ACME-1 not_completed");
    assert_eq!(told.item(7, "ACME-1").done_at, None);
    let ledger = ["02T09:00 COMMIT 5", "04T10:00 DONE 1001:1 5", "05T10:00 REOPEN 1002:1 5"];
    assert_eq!(told.ledger(7, "ACME-1"), ledger);
}

#[test]
fn case_07_done_before_the_start_and_reopened_inside() {
    let issue = story(1).points(5.0).sprints("7").at("01T10:00", Status(DONE)).at("04T10:00", Status(TODO));
    let told = told([issue]);
    // Rule 1: it enters the scope by REOPEN, which `added` includes. 0 + 5 - 0 + 0 = 5 = 0 + 5.
    told.shows(7, "added 5, final_scope 5, not_completed 5", "added 1, final_scope 1, not_completed 1");
    assert_eq!(told.outcomes(7), "ACME-1 not_completed");
    let ledger = ["02T09:00 DONE_BEFORE_START 5", "04T10:00 REOPEN 1002:1 5"];
    assert_eq!(told.ledger(7, "ACME-1"), ledger);
}

#[test]
fn case_07_done_before_the_start_reopened_and_done_again() {
    let reopened =
        story(1).points(5.0).sprints("7").at("01T10:00", Status(DONE)).at("04T10:00", Status(TODO));
    let told = told([reopened.at("06T10:00", Status(DONE))]);
    // Rule 1: in scope since the REOPEN and done at E. 0 + 5 - 0 + 0 = 5 = 5 + 0.
    told.shows(7, "added 5, final_scope 5, completed 5", "added 1, final_scope 1, completed 1");
    assert_eq!(told.outcomes(7), "ACME-1 completed");
    let ledger = ["02T09:00 DONE_BEFORE_START 5", "04T10:00 REOPEN 1002:1 5", "06T10:00 DONE 1003:1 5"];
    assert_eq!(told.ledger(7, "ACME-1"), ledger);
}

#[test]
fn case_07_done_outside_and_reopened_in_the_sprint() {
    let entered = story(1).points(5.0).at("01T10:00", Status(DONE)).at("04T10:00", Sprints("7"));
    let told = told([entered.at("05T10:00", Status(TODO))]);
    // Rule 1: it counted nothing when it entered, and enters the scope by REOPEN. 0 + 5 - 0 + 0 = 5 = 0 + 5.
    told.shows(7, "added 5, final_scope 5, not_completed 5", "added 1, final_scope 1, not_completed 1");
    let ledger = ["04T10:00 DONE_OUTSIDE 1002:0 5", "05T10:00 REOPEN 1003:1 5"];
    assert_eq!(told.ledger(7, "ACME-1"), ledger);
}

#[test]
fn case_08_done_between_the_planned_end_and_the_close() {
    let late = story(1).points(5.0).sprints("7").at("13T15:00", Status(DONE));
    let last = story(2).points(3.0).sprints("7").at("13T17:00", Status(DONE));
    let told = told([late, last]);
    // Rule 3: E is the close, not the planned end, and includes what happens at E. 8 = 8 + 0.
    told.shows(7, "committed 8, final_scope 8, completed 8", "committed 2, final_scope 2, completed 2");
    assert_eq!(told.outcomes(7), "ACME-1 completed, ACME-2 completed");
    assert_eq!(told.ledger(7, "ACME-1"), ["02T09:00 COMMIT 5", "13T15:00 DONE 1001:1 5"]);
}

#[test]
fn case_09_done_after_the_close_on_the_same_day() {
    let evening = story(1).points(5.0).sprints("7").at("13T19:00", Status(DONE));
    let just_missed = story(2).points(3.0).sprints("7").at("13T17:00:00.001", Status(DONE));
    let told = told([evening, just_missed]);
    // Section 2: the state at the moment of the close decides. 8 = 0 + 8.
    told.shows(
        7,
        "committed 8, final_scope 8, not_completed 8",
        "committed 2, final_scope 2, not_completed 2",
    );
    assert_eq!(told.outcomes(7), "ACME-1 not_completed, ACME-2 not_completed");
    assert_eq!(told.ledger(7, "ACME-1"), ["02T09:00 COMMIT 5"]);
    assert_eq!(told.item(7, "ACME-1").done_at, None);
}
