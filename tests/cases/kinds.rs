//! Kinds of issues: sub-tasks, epics, and those that become another kind; cases 14 and 15.

use crate::jira::Change::{Parent, Sprints, Status, Type};
use crate::jira::{DONE, EPIC, STORY, SUBTASK, story};
use crate::told::told;

#[test]
fn case_14_a_sub_task_with_points() {
    let parent = story(1).points(5.0).sprints("7");
    let subtask = story(2).under(1).points(3.0).at("04T10:00", Status(DONE));
    let told = told([parent, subtask]);
    // Rule 5: listed, marked, and in no number. 5 = 0 + 5.
    told.shows(
        7,
        "committed 5, final_scope 5, not_completed 5",
        "committed 1, final_scope 1, not_completed 1",
    );
    assert_eq!(told.outcomes(7), "ACME-1 not_completed, ACME-2 completed");
    let subtask = told.item(7, "ACME-2");
    assert_eq!((subtask.subtask, subtask.counted), (true, false));
    let parent = told.item(7, "ACME-1");
    assert_eq!((parent.subtask, parent.counted), (false, true));
}

#[test]
fn case_14_a_sub_task_comes_and_goes_with_its_parent() {
    let parent = story(1).points(5.0).at("03T10:00", Sprints("7")).at("05T10:00", Sprints(""));
    let subtask = story(2).under(1).points(3.0);
    let told = told([parent, subtask]);
    // Rule 5: its sprints are its parent's, without a change of its own. 0 + 5 - 5 + 0 = 0.
    told.shows(7, "added 5, removed 5", "added 1, removed 1");
    assert_eq!(told.outcomes(7), "ACME-1 removed, ACME-2 removed");
}

#[test]
fn case_14_an_unestimated_sub_task_is_none_of_the_unestimated() {
    let told = told([story(1).points(5.0).sprints("7"), story(2).under(1)]);
    // Rules 5 and 8: a sub-task is left out of all counts. 5 = 0 + 5.
    told.shows(
        7,
        "committed 5, final_scope 5, not_completed 5",
        "committed 1, final_scope 1, not_completed 1",
    );
}

#[test]
fn case_14_an_epic_counts_like_any_issue() {
    let told = told([story(1).issue_type(EPIC).points(5.0).sprints("7")]);
    // Rule 5. 5 = 0 + 5.
    told.shows(
        7,
        "committed 5, final_scope 5, not_completed 5",
        "committed 1, final_scope 1, not_completed 1",
    );
}

#[test]
fn case_15_a_story_becomes_a_sub_task_in_mid_sprint() {
    let parent = story(1).points(5.0).sprints("7");
    let story = story(2).points(3.0).sprints("7").at_once("04T10:00", &[Type(SUBTASK), Parent(Some(1))]);
    let told = told([parent, story]);
    // The table of the cases: the change of type is REMOVE. 8 + 0 - 3 + 0 = 5 = 0 + 5.
    told.shows(
        7,
        "committed 8, removed 3, final_scope 5, not_completed 5",
        "committed 2, removed 1, final_scope 1, not_completed 1",
    );
    assert_eq!(told.ledger(7, "ACME-2"), ["02T09:00 COMMIT 3", "04T10:00 REMOVE 1001:0 3 (type)"]);
    let item = told.item(7, "ACME-2");
    assert_eq!((item.outcome.as_str(), item.subtask, item.counted), ("removed", true, true));
}

#[test]
fn case_15_a_sub_task_becomes_a_story_in_mid_sprint() {
    let parent = story(1).points(5.0).sprints("7");
    let subtask = story(2).under(1).points(3.0).sprints("7");
    let told = told([parent, subtask.at_once("04T10:00", &[Type(STORY), Parent(None)])]);
    // The table of the cases: the change of type is ADD. 5 + 3 - 0 + 0 = 8 = 0 + 8.
    told.shows(
        7,
        "committed 5, added 3, final_scope 8, not_completed 8",
        "committed 1, added 1, final_scope 2, not_completed 2",
    );
    assert_eq!(told.ledger(7, "ACME-2"), ["04T10:00 ADD 1001:0 3 (type)"]);
    let item = told.item(7, "ACME-2");
    assert_eq!((item.outcome.as_str(), item.subtask, item.counted), ("not_completed", false, true));
}

#[test]
fn case_15_a_sub_task_gets_the_sprint_with_its_new_type() {
    let parent = story(1).points(5.0).sprints("7");
    let subtask = story(2).under(1).points(3.0);
    let told = told([parent, subtask.at_once("04T10:00", &[Type(STORY), Parent(None), Sprints("7")])]);
    // As before: it enters once, at that instant. 5 + 3 - 0 + 0 = 8 = 0 + 8.
    told.shows(
        7,
        "committed 5, added 3, final_scope 8, not_completed 8",
        "committed 1, added 1, final_scope 2, not_completed 2",
    );
    let ledger = told.ledger(7, "ACME-2");
    assert_eq!(ledger.len(), 1, "{ledger:?}");
    assert!(ledger[0].starts_with("04T10:00 ADD 1001:"), "{ledger:?}");
}

#[test]
fn case_15_a_done_sub_task_becomes_a_story() {
    let parent = story(1).points(5.0).sprints("7");
    let subtask = story(2).under(1).points(3.0).sprints("7").at("01T10:00", Status(DONE));
    let told = told([parent, subtask.at_once("04T10:00", &[Type(STORY), Parent(None)])]);
    // Rule 1: done when it enters after S it is DONE_OUTSIDE and counts nothing. 5 = 0 + 5.
    told.shows(
        7,
        "committed 5, final_scope 5, not_completed 5",
        "committed 1, final_scope 1, not_completed 1, done_outside 1",
    );
    assert_eq!(told.outcomes(7), "ACME-1 not_completed, ACME-2 done_outside");
}
