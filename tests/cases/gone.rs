//! Issues that move away, are deleted, or may no longer be seen: cases 16, 17 and 18.

use crate::archive::jira;
use crate::jira::Change::{Key, Points, Status};
use crate::jira::{DONE, Story, story};
use crate::told::told;

fn five() -> Story {
    story(1).points(5.0).sprints("7")
}

#[test]
fn case_16_moved_to_another_project_in_mid_sprint() {
    let moved = five().at("04T10:00", Key("BETA-9")).at("05T10:00", Status(DONE));
    let told = told([moved]);
    // The table of the cases: no change, and the present key is shown. 5 = 5 + 0.
    told.shows(7, "committed 5, final_scope 5, completed 5", "committed 1, final_scope 1, completed 1");
    assert_eq!(told.outcomes(7), "BETA-9 completed");
    assert_eq!(told.ledger(7, "BETA-9"), ["02T09:00 COMMIT 5", "05T10:00 DONE 1002:1 5"]);
}

#[test]
fn case_16_read_before_and_after_the_move() {
    let mut told = told([five()]);
    assert_eq!(told.outcomes(7), "ACME-1 not_completed");
    told.again(&jira([five().at("04T10:00", Key("BETA-9"))]));
    // Section 0: the numeric id is the identity, so that there is one item. 5 = 0 + 5.
    told.shows(
        7,
        "committed 5, final_scope 5, not_completed 5",
        "committed 1, final_scope 1, not_completed 1",
    );
    assert_eq!(told.outcomes(7), "BETA-9 not_completed");
    assert_eq!(told.item(7, "BETA-9").issue_id, "acme/10001");
}

#[test]
fn case_17_deleted_in_mid_sprint() {
    let told = jira([story(2).points(3.0).sprints("7")]).deleted("05T10:00", &five()).told();
    // The table of the cases: REMOVE at the known time. 8 + 0 - 5 + 0 = 3 = 0 + 3.
    told.shows(
        7,
        "committed 8, removed 5, final_scope 3, not_completed 3",
        "committed 2, removed 1, final_scope 1, not_completed 1",
    );
    assert_eq!(told.outcomes(7), "ACME-1 removed, ACME-2 not_completed");
    assert_eq!(told.ledger(7, "ACME-1"), ["02T09:00 COMMIT 5", "05T10:00 REMOVE 5 (deleted)"]);
}

#[test]
fn case_17_found_deleted_by_a_later_reading() {
    let mut told = told([five(), story(2).points(3.0).sprints("7")]);
    // What was seen of it last is older than what was read of it first.
    let gone = jira([story(2).points(3.0).sprints("7")]).deleted("05T10:00", &five());
    told.again(&gone);
    // As before, at the time of the first sweep that missed it. 8 + 0 - 5 + 0 = 3 = 0 + 3.
    told.shows(
        7,
        "committed 8, removed 5, final_scope 3, not_completed 3",
        "committed 2, removed 1, final_scope 1, not_completed 1",
    );
}

#[test]
fn case_17_deleted_after_the_close() {
    let done = five().at("05T10:00", Status(DONE));
    let told = jira([]).deleted("13T17:00:00.001", &done).told();
    // The table of the cases: after E it is kept. 5 = 5 + 0.
    told.shows(7, "committed 5, final_scope 5, completed 5", "committed 1, final_scope 1, completed 1");
    assert_eq!(told.outcomes(7), "ACME-1 completed");
    assert_eq!(told.ledger(7, "ACME-1"), ["02T09:00 COMMIT 5", "05T10:00 DONE 1001:1 5"]);
}

#[test]
fn case_17_deleted_before_the_start() {
    let told = jira([]).deleted("01T12:00", &five()).told();
    // Rule 3: at S it is no more.
    told.shows(7, "", "");
    assert_eq!(told.outcomes(7), "");
}

#[test]
fn case_18_an_issue_that_may_no_longer_be_seen() {
    let hidden = five().at("04T10:00", Points("8"));
    let other = || story(2).points(3.0).sprints("7");
    let mut told = told([hidden, other()]);
    let before = told.ledger(7, "ACME-1");
    told.again(&jira([other()]));
    // The table of the cases: the last known state is kept, and there is no entry. 8 + 0 - 0 + 3 = 11 = 0 + 11.
    told.shows(
        7,
        "committed 8, reestimated 3, final_scope 11, not_completed 11",
        "committed 2, reestimated 1, final_scope 2, not_completed 2",
    );
    assert_eq!(told.outcomes(7), "ACME-1 not_completed, ACME-2 not_completed");
    assert_eq!(told.ledger(7, "ACME-1"), before);
    assert_eq!(before, ["02T09:00 COMMIT 5", "04T10:00 REESTIMATE 1001:0 5->8"]);
}

#[test]
fn case_18_an_issue_that_is_said_to_be_hidden() {
    let told = jira([story(2).points(3.0).sprints("7")]).hidden("05T10:00", &five()).told();
    // The same, with its mark: 8 + 0 = 8.
    told.shows(
        7,
        "committed 8, final_scope 8, not_completed 8",
        "committed 2, final_scope 2, not_completed 2",
    );
    assert_eq!(told.ledger(7, "ACME-1"), ["02T09:00 COMMIT 5"]);
    assert_eq!(told.item(7, "ACME-1").marks, "hidden");
    assert!(told.report(7).quality.contains("hidden"));
}
