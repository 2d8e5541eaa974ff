//! Entering a sprint: cases 1, 2, 6 and 34.

use crate::jira::Change::{Sprints, Status};
use crate::jira::{DOING, DONE, story};
use crate::told::told;

#[test]
fn case_01_added_one_second_before_the_start() {
    let issue = story(1).points(5.0).at("02T08:59:59", Sprints("7"));
    let told = told([issue]);
    // Rule 3: the state at S has it, so it is committed. 5 + 0 - 0 + 0 = 5 = 0 + 5.
    told.shows(
        7,
        "committed 5, final_scope 5, not_completed 5",
        "committed 1, final_scope 1, not_completed 1",
    );
    assert_eq!(told.outcomes(7), "ACME-1 not_completed");
    assert_eq!(told.ledger(7, "ACME-1"), ["02T09:00 COMMIT 5"]);
}

#[test]
fn case_01_added_at_the_start_and_a_millisecond_after_it() {
    let at_start = story(1).points(5.0).at("02T09:00", Sprints("7"));
    let after = story(2).points(3.0).at("02T09:00:00.001", Sprints("7"));
    let told = told([at_start, after]);
    // Rule 3: what is at S belongs to the commitment, and the sprint is (S, E]. 5 + 3 - 0 + 0 = 8 = 0 + 8.
    told.shows(
        7,
        "committed 5, added 3, final_scope 8, not_completed 8",
        "committed 1, added 1, final_scope 2, not_completed 2",
    );
    assert_eq!(told.ledger(7, "ACME-1"), ["02T09:00 COMMIT 5"]);
    assert_eq!(told.ledger(7, "ACME-2"), ["02T09:00:00.001 ADD 1001:0 3"]);
}

#[test]
fn case_02_added_on_the_day_of_the_start_but_after_it() {
    let issue = story(1).points(5.0).at("02T15:30", Sprints("7"));
    let told = told([issue]);
    // Rule 1: it entered after S. 0 + 5 - 0 + 0 = 5 = 0 + 5.
    told.shows(7, "added 5, final_scope 5, not_completed 5", "added 1, final_scope 1, not_completed 1");
    assert_eq!(told.ledger(7, "ACME-1"), ["02T15:30 ADD 1001:0 5"]);
}

#[test]
fn case_02_taken_out_before_the_start_it_is_nothing() {
    let issue = story(1).points(5.0).at("01T10:00", Sprints("7")).at("02T08:00", Sprints(""));
    let told = told([issue]);
    // Rule 3: neither the state at S has it nor does it enter in (S, E].
    told.shows(7, "", "");
    assert_eq!(told.outcomes(7), "");
}

#[test]
fn case_06_done_before_the_start() {
    let done = story(1).points(5.0).at("01T10:00", Status(DONE)).at("01T11:00", Sprints("7"));
    let done_at_start = story(2).points(3.0).sprints("7").at("02T09:00", Status(DONE));
    let told = told([done, done_at_start]);
    // Rule 1: done at S (≤ S) it counts nothing.
    told.shows(7, "", "done_before_start 2");
    assert_eq!(told.outcomes(7), "ACME-1 done_before_start, ACME-2 done_before_start");
    assert_eq!(told.ledger(7, "ACME-1"), ["02T09:00 DONE_BEFORE_START 5"]);
}

#[test]
fn case_06_done_when_it_enters_the_running_sprint() {
    let before = story(1).points(5.0).at("01T10:00", Status(DONE)).at("04T10:00", Sprints("7"));
    let inside = story(2).points(3.0).at("03T10:00", Status(DONE)).at("04T10:00", Sprints("7"));
    let told = told([before, inside]);
    // Rule 1: done when it enters after S it is DONE_OUTSIDE and counts nothing; only for a re-entry does it matter
    // that the work was done while this sprint ran.
    told.shows(7, "", "done_outside 2");
    assert_eq!(told.outcomes(7), "ACME-1 done_outside, ACME-2 done_outside");
    assert_eq!(told.ledger(7, "ACME-1"), ["04T10:00 DONE_OUTSIDE 1002:0 5"]);
}

#[test]
fn case_06_done_before_the_start_and_taken_out_again() {
    let issue = story(1).points(5.0).sprints("7").at("01T10:00", Status(DONE)).at("04T10:00", Sprints(""));
    let told = told([issue]);
    // Rule 1: it never was in scope, so there is nothing that could be removed.
    told.shows(7, "", "done_before_start 1");
    assert_eq!(told.outcomes(7), "ACME-1 done_before_start");
}

#[test]
fn case_34_imported_with_a_history_older_than_its_creation() {
    let imported = story(1).points(5.0).created("05T10:00");
    let imported = imported.at("2026-02-20T10:00:00.000+0000", Sprints("7")).at("03T10:00", Status(DOING));
    let told = told([imported.updated("05T10:00")]);
    // Rule 4: it exists from its first change on, 20 February, and is in the sprint at S. 5 = 0 + 5.
    told.shows(
        7,
        "committed 5, final_scope 5, not_completed 5",
        "committed 1, final_scope 1, not_completed 1",
    );
    assert_eq!(told.ledger(7, "ACME-1"), ["02T09:00 COMMIT 5"]);
}

#[test]
fn case_34_created_in_the_running_sprint() {
    let inside = story(1).points(5.0).sprints("7").created("04T10:00").at("05T10:00", Status(DONE));
    let after = story(2).points(3.0).sprints("7").created("14T10:00");
    let told = told([inside, after]);
    // Rule 4: without a change its sprint always was 7, but it enters at its creation; one that was created after E
    // never was in it. 0 + 5 - 0 + 0 = 5 = 5 + 0.
    told.shows(7, "added 5, final_scope 5, completed 5", "added 1, final_scope 1, completed 1");
    assert_eq!(told.outcomes(7), "ACME-1 completed");
    assert_eq!(told.ledger(7, "ACME-1"), ["04T10:00 ADD 5 (created)", "05T10:00 DONE 1001:1 5"]);
}
