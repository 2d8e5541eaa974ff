//! Sprints that are edited, reopened, deleted, empty, of no length, on a weekend, or planned: cases 22 to 24, 38 to 41.

use serde_json::{Value, json};
use tidemark_model::facts::{LedgerEntry, Mode, Velocity, VelocityWindow};
use tidemark_model::policy::Policy;

use crate::archive::{active, closed, future, jira};
use crate::jira::Change::{Sprints, Status};
use crate::jira::{DOING, DONE, Story, story, zulu};
use crate::told::told;

fn five() -> Story {
    story(1).points(5.0).sprints("7")
}

fn three() -> Story {
    story(2).points(3.0).sprints("7")
}

fn deleted(mut sprint: Value) -> Value {
    sprint["state"] = json!("deleted");
    sprint
}

#[test]
fn case_22_the_start_is_edited_while_the_sprint_runs() {
    let issues = [story(1).points(5.0).at("03T10:00", Sprints("7")), three().at("03T11:00", Status(DONE))];
    let before = jira(issues.clone()).sprint(active(7, "02T09:00", "13T12:00"));
    let mut told = before.told();
    // S is 2 March: 3 + 5 - 0 + 0 = 8 = 3 + 5.
    told.shows(
        7,
        "committed 3, added 5, final_scope 8, completed 3, not_completed 5",
        "committed 1, added 1, final_scope 2, completed 1, not_completed 1",
    );
    told.again(&jira(issues).sprint(closed(7, "04T09:00", "13T12:00", "13T17:00")));
    // Rule 13: restated with the newest start, the 4th: ACME-1 is committed, and ACME-2 was done before. 5 = 0 + 5.
    told.shows(
        7,
        "committed 5, final_scope 5, not_completed 5",
        "committed 1, final_scope 1, not_completed 1, done_before_start 1",
    );
    assert_eq!(told.outcomes(7), "ACME-1 not_completed, ACME-2 done_before_start");
    assert_eq!(told.ledger(7, "ACME-1"), ["04T09:00 COMMIT 5"]);
}

#[test]
fn case_22_an_activation_is_the_start_whatever_is_edited() {
    let mut sprint = closed(7, "05T09:00", "13T12:00", "13T17:00");
    sprint["activatedDate"] = json!(zulu("03T09:00"));
    let issues = [five(), story(2).points(3.0).at("04T10:00", Sprints("7"))];
    let told = jira(issues).sprint(sprint).told();
    // Section 0: S is the activation where it is known. 5 + 3 - 0 + 0 = 8 = 0 + 8.
    told.shows(
        7,
        "committed 5, added 3, final_scope 8, not_completed 8",
        "committed 1, added 1, final_scope 2, not_completed 2",
    );
    assert_eq!(told.ledger(7, "ACME-1"), ["03T09:00 COMMIT 5"]);
}

/// Sprint 7, closed on the 13th, reopened on the 17th at 10:00, and closed again on the 18th at 17:00.
fn reopened(issues: impl IntoIterator<Item = Story>) -> crate::archive::Jira {
    jira(issues)
        .seen("13T17:00", "sprint", closed(7, "02T09:00", "13T12:00", "13T17:00"))
        .seen("17T10:00", "sprint", active(7, "02T09:00", "13T12:00"))
        .sprint(closed(7, "02T09:00", "13T12:00", "18T17:00"))
}

#[test]
fn case_23_a_reopened_sprint_ends_with_its_last_close() {
    let issues = [
        five().at("18T10:00", Status(DONE)),
        story(2).points(2.0).at("17T12:00", Sprints("7")),
        story(3).points(1.0).sprints("7").at("18T17:00:01", Status(DONE)),
    ];
    let told = reopened(issues).told();
    // The table of the cases: E is the 18th. 6 + 2 - 0 + 0 = 8 = 5 + 3.
    told.shows(
        7,
        "committed 6, added 2, final_scope 8, completed 5, not_completed 3",
        "committed 2, added 1, final_scope 3, completed 1, not_completed 2",
    );
    assert_eq!(told.outcomes(7), "ACME-1 completed, ACME-2 not_completed, ACME-3 not_completed");
}

#[test]
fn case_23_an_issue_that_is_in_another_active_sprint_by_the_reopening() {
    let carried = five().at("13T17:00:00.047", Sprints("7, 8"));
    let kept = three().at("18T10:00", Status(DONE));
    let told = reopened([carried, kept]).told();
    // The table of the cases: REMOVE at the reopening, since sprint 8 runs since the 16th. 8 + 0 - 5 + 0 = 3 = 3 + 0.
    told.shows(
        7,
        "committed 8, removed 5, final_scope 3, completed 3",
        "committed 2, removed 1, final_scope 1, completed 1",
    );
    assert_eq!(told.outcomes(7), "ACME-1 removed, ACME-2 completed");
    let ledger = told.ledger(7, "ACME-1");
    assert_eq!(ledger.len(), 2, "{ledger:?}");
    assert!(ledger[1].starts_with("17T10:00 REMOVE") && ledger[1].contains(" 5"), "{ledger:?}");
    // To sprint 8 it is committed. 5 = 0 + 5.
    told.shows(
        8,
        "committed 5, final_scope 5, not_completed 5",
        "committed 1, final_scope 1, not_completed 1",
    );
}

#[test]
fn case_23_reopened_and_still_running() {
    let told = jira([five().at("13T18:00", Status(DONE)), three()])
        .seen("13T17:00", "sprint", closed(7, "02T09:00", "13T12:00", "13T17:00"))
        .sprint(active(7, "02T09:00", "13T12:00"))
        .told();
    // E is in the future again, so that what was done after the first close counts. 8 = 5 + 3.
    told.shows(
        7,
        "committed 8, final_scope 8, completed 5, not_completed 3",
        "committed 2, final_scope 2, completed 1, not_completed 1",
    );
    assert_eq!(told.report(7).state, "active");
    assert_eq!(told.report(7).closed_at, None);
}

#[test]
fn case_24_deleted_after_its_close() {
    let (sprint, done) = (closed(7, "02T09:00", "13T12:00", "13T17:00"), five().at("05T10:00", Status(DONE)));
    let mut told = told([done.clone(), three()]);
    let before = told.report(7);
    assert!(told.all::<Velocity>().iter().any(|velocity| velocity.sprint_id == "acme/7"));
    // With the sprint its issues lose it.
    let without = |story: Story| story.at("20T10:00", Sprints(""));
    let gone = jira([without(done), without(three())]).seen("13T17:00", "sprint", sprint.clone());
    told.again(&gone.sprint(deleted(sprint)));
    // The table of the cases: the report is kept, as it was at E. 8 = 5 + 3.
    told.shows(
        7,
        "committed 8, final_scope 8, completed 5, not_completed 3",
        "committed 2, final_scope 2, completed 1, not_completed 1",
    );
    assert_eq!(told.outcomes(7), "ACME-1 completed, ACME-2 not_completed");
    let report = told.report(7);
    assert_eq!((report.state.as_str(), report.closed_at), ("deleted", before.closed_at));
    assert!(told.all::<Velocity>().iter().all(|velocity| velocity.sprint_id != "acme/7"));
}

#[test]
fn case_24_deleted_while_it_runs() {
    let sprint = active(7, "02T09:00", "13T12:00");
    let issues = [five().at("05T10:00", Status(DONE)), three()];
    let told = jira(issues).seen("04T10:00", "sprint", sprint.clone()).sprint(deleted(sprint)).told();
    // The table of the cases: the report is kept, and is in no velocity. 8 = 5 + 3.
    told.shows(
        7,
        "committed 8, final_scope 8, completed 5, not_completed 3",
        "committed 2, final_scope 2, completed 1, not_completed 1",
    );
    assert_eq!(told.report(7).state, "deleted");
    assert_eq!(told.all::<Velocity>(), []);
}

#[test]
fn case_38_an_empty_sprint() {
    let told = told([story(1).points(5.0).sprints("8")]);
    // The table of the cases: zeros; in velocity, since the flag that leaves it out is off.
    told.shows(7, "", "");
    assert_eq!(told.outcomes(7), "");
    let velocity = told.all::<Velocity>();
    let cloud = velocity.iter().filter(|velocity| velocity.mode == Mode::JiraCloud);
    let row: Vec<(&str, Option<f64>)> =
        cloud.map(|velocity| (velocity.sprint_id.as_str(), velocity.velocity_points)).collect();
    assert_eq!(row, [("acme/7", Some(0.0))]);
}

#[test]
fn case_38_an_empty_sprint_that_the_policy_leaves_out() {
    let told = told([story(1).points(5.0).sprints("8")]);
    told.configure(&Policy { velocity_without_empty_sprints: true, ..Policy::default() });
    // It has a row, and is in no mean: there is none.
    let velocity = told.all::<Velocity>();
    assert!(!velocity.is_empty());
    for row in velocity {
        assert_eq!((row.sprints, row.velocity_points, row.velocity_issues), (0, None, None));
    }
    for row in told.all::<VelocityWindow>() {
        assert_eq!((row.sprints, row.mean_points, row.median_issues), (0, None, None));
    }
}

#[test]
fn case_39_a_sprint_of_no_length() {
    let issues = [
        five().at("02T09:00:00.001", Status(DONE)),
        three().at("02T09:00", Status(DONE)),
        story(3).points(2.0).at("02T09:00", Sprints("7")),
        story(4).points(1.0).at("02T09:00:00.001", Sprints("7")),
    ];
    let told = jira(issues).sprint(closed(7, "02T09:00", "13T12:00", "02T09:00")).told();
    // Rule 3: (S, E] is empty, so that the state at S is the state at E. 7 = 0 + 7.
    told.shows(
        7,
        "committed 7, final_scope 7, not_completed 7",
        "committed 2, final_scope 2, not_completed 2, done_before_start 1",
    );
    assert_eq!(told.outcomes(7), "ACME-1 not_completed, ACME-2 done_before_start, ACME-3 not_completed");
}

#[test]
fn case_40_a_start_on_a_saturday() {
    let issues = [
        story(1).points(5.0).at("06T20:00", Sprints("7")).at("08T20:00", Status(DONE)),
        story(2).points(3.0).at("08T10:00", Sprints("7")),
    ];
    let told = jira(issues).sprint(closed(7, "07T09:00", "20T12:00", "20T17:00")).told();
    // Rule 3: what comes on Friday is committed, what comes on Sunday is added. 5 + 3 - 0 + 0 = 8 = 5 + 3.
    told.shows(
        7,
        "committed 5, added 3, final_scope 8, completed 5, not_completed 3",
        "committed 1, added 1, final_scope 2, completed 1, not_completed 1",
    );
    assert_eq!(told.ledger(7, "ACME-1"), ["07T09:00 COMMIT 5", "08T20:00 DONE 1002:1 5"]);
}

#[test]
fn case_41_a_future_sprint() {
    let mut dated = future(9);
    // A date that has passed does not start it.
    dated["startDate"] = json!(zulu("02T09:00"));
    let issues = [
        story(1).points(5.0).sprints("9"),
        story(2).points(3.0).at("03T10:00", Sprints("9")).at("04T10:00", Status(DOING)),
        story(3).points(2.0).sprints("9").at("04T10:00", Status(DONE)),
    ];
    let told = jira(issues).sprint(dated).told();
    // The table of the cases: no numbers, and the items are planned.
    let nothing = "committed null, added null, removed null, reestimated null, final_scope null, completed null, \
                   not_completed null";
    let aside = "done_before_start null, done_outside null, unestimated null";
    told.shows(9, nothing, &format!("{nothing}, {aside}"));
    assert_eq!(told.report(9).state, "future");
    assert_eq!(told.outcomes(9), "ACME-1 planned, ACME-2 planned, ACME-3 planned");
    assert_eq!(told.all::<LedgerEntry>(), []);
}

#[test]
fn case_41_a_future_sprint_that_is_started() {
    let issues = [story(1).points(5.0).sprints("9"), story(2).points(3.0).at("29T10:00", Sprints("9"))];
    let mut told = told(issues.clone());
    assert_eq!(told.outcomes(9), "ACME-1 planned, ACME-2 planned");
    told.again(&jira(issues).sprint(active(9, "28T09:00", "31T12:00")));
    // Rule 3: from now on it has a start. 5 + 3 - 0 + 0 = 8 = 0 + 8.
    told.shows(
        9,
        "committed 5, added 3, final_scope 8, not_completed 8",
        "committed 1, added 1, final_scope 2, not_completed 2",
    );
    assert_eq!(told.outcomes(9), "ACME-1 not_completed, ACME-2 not_completed");
}
