//! Leaving a sprint: cases 3, 4 and 5.

use crate::archive::{active, jira};
use crate::jira::Change::{Points, Sprints, Status};
use crate::jira::{DONE, story};
use crate::told::told;

#[test]
fn case_03_removed_and_added_again() {
    let out = story(1).points(5.0).sprints("7").at("04T10:00", Sprints(""));
    let told = told([out.at("06T10:00", Sprints("7"))]);
    // Rule 1: REMOVE and ADD both count, in gross. 5 + 5 - 5 + 0 = 5 = 0 + 5.
    told.shows(
        7,
        "committed 5, added 5, removed 5, final_scope 5, not_completed 5",
        "committed 1, added 1, removed 1, final_scope 1, not_completed 1",
    );
    assert_eq!(told.outcomes(7), "ACME-1 not_completed");
    let ledger = ["02T09:00 COMMIT 5", "04T10:00 REMOVE 1001:0 5", "06T10:00 ADD 1002:0 5"];
    assert_eq!(told.ledger(7, "ACME-1"), ledger);
}

#[test]
fn case_03_estimated_anew_while_it_is_out() {
    let out = story(1).points(5.0).sprints("7").at("04T10:00", Sprints(""));
    let told = told([out.at("05T10:00", Points("8")).at("06T10:00", Sprints("7"))]);
    // The table of the cases: it leaves with 5 and enters with 8, which is no re-estimate. 5 + 8 - 5 + 0 = 8 = 0 + 8.
    told.shows(
        7,
        "committed 5, added 8, removed 5, final_scope 8, not_completed 8",
        "committed 1, added 1, removed 1, final_scope 1, not_completed 1",
    );
    let ledger = ["02T09:00 COMMIT 5", "04T10:00 REMOVE 1001:0 5", "06T10:00 ADD 1003:0 8"];
    assert_eq!(told.ledger(7, "ACME-1"), ledger);
}

#[test]
fn case_03_done_while_it_is_out() {
    let out = story(1).points(5.0).sprints("7").at("04T10:00", Sprints(""));
    let told = told([out.at("05T10:00", Status(DONE)).at("06T10:00", Sprints("7"))]);
    // Rule 1: a re-entry whose present done fell inside this sprint is ADD. 5 + 5 - 5 + 0 = 5 = 5 + 0.
    told.shows(
        7,
        "committed 5, added 5, removed 5, final_scope 5, completed 5",
        "committed 1, added 1, removed 1, final_scope 1, completed 1",
    );
    assert_eq!(told.outcomes(7), "ACME-1 completed");
}

#[test]
fn case_04_added_and_removed() {
    let issue = story(1).points(3.0).at("04T10:00", Sprints("7")).at("05T10:00", Sprints(""));
    let told = told([issue]);
    // Section 5: in both gross figures, and nothing in net. 0 + 3 - 3 + 0 = 0.
    told.shows(7, "added 3, removed 3", "added 1, removed 1");
    assert_eq!(told.outcomes(7), "ACME-1 removed");
    let ledger = ["04T10:00 ADD 1001:0 3", "05T10:00 REMOVE 1002:0 3"];
    assert_eq!(told.ledger(7, "ACME-1"), ledger);
}

#[test]
fn case_04_removed_with_another_estimate_than_it_was_added_with() {
    let added = story(1).points(3.0).at("04T10:00", Sprints("7")).at("05T10:00", Points("8"));
    let told = told([added.at("06T10:00", Sprints(""))]);
    // Section 5: valued at entry and at removal, the change between them is a re-estimate. 0 + 3 - 8 + 5 = 0.
    told.shows(7, "added 3, removed 8, reestimated 5", "added 1, removed 1, reestimated 1");
    assert_eq!(told.report(7).reestimated_added_points, told.report(7).reestimated_points);
}

#[test]
fn case_04_removed_after_it_was_done() {
    let done = story(1).points(5.0).sprints("7").at("04T10:00", Status(DONE));
    let told = told([done.at("05T10:00", Sprints(""))]);
    // Rule 1: it leaves by REMOVE also while it is done. 5 + 0 - 5 + 0 = 0.
    told.shows(7, "committed 5, removed 5", "committed 1, removed 1");
    assert_eq!(told.outcomes(7), "ACME-1 removed");
    let ledger = ["02T09:00 COMMIT 5", "04T10:00 DONE 1001:1 5", "05T10:00 REMOVE 1002:0 5"];
    assert_eq!(told.ledger(7, "ACME-1"), ledger);
}

#[test]
fn case_05_moved_to_a_parallel_active_sprint() {
    let issue = story(1).points(5.0).sprints("7").at("04T10:00", Sprints("8"));
    let told = jira([issue]).sprint(active(8, "02T10:00", "20T12:00")).told();
    // Section 5: removed here, added there. 5 + 0 - 5 + 0 = 0, and 0 + 5 - 0 + 0 = 5 = 0 + 5.
    told.shows(7, "committed 5, removed 5", "committed 1, removed 1");
    told.shows(8, "added 5, final_scope 5, not_completed 5", "added 1, final_scope 1, not_completed 1");
    assert_eq!(told.outcomes(7), "ACME-1 removed");
    assert_eq!(told.outcomes(8), "ACME-1 not_completed");
    assert_eq!(told.ledger(7, "ACME-1"), ["02T09:00 COMMIT 5", "04T10:00 REMOVE 1001:0 5"]);
    assert_eq!(told.ledger(8, "ACME-1"), ["04T10:00 ADD 1001:0 5"]);
}
