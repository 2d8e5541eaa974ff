//! Histories that are long, tied, broken, or written otherwise: cases 26 and 28 to 31.

use serde_json::{Value, json};
use tidemark_model::facts::LedgerEntry;

use crate::archive::jira;
use crate::jira::Change::{Points, Sprints, Status, Summary};
use crate::jira::{DOING, DONE, SPRINT_FIELD, Story, story};
use crate::told::told;

fn five() -> Story {
    story(1).points(5.0).sprints("7")
}

#[test]
fn case_26_entries_of_one_millisecond_are_ordered_by_their_number() {
    // The second entry has number 100, which as a text would be the first.
    let issue = story(1).points(5.0).history(99).at("04T10:00", Sprints("7")).at("04T10:00", Status(DONE));
    let told = told([issue]);
    // Section 0: by (created, history id, item): it enters, then it is done. 0 + 5 - 0 + 0 = 5 = 5 + 0.
    told.shows(7, "added 5, final_scope 5, completed 5", "added 1, final_scope 1, completed 1");
    assert_eq!(told.outcomes(7), "ACME-1 completed");
    assert_eq!(told.ledger(7, "ACME-1"), ["04T10:00 ADD 99:0 5", "04T10:00 DONE 100:1 5"]);
}

#[test]
fn case_26_items_of_one_entry_are_ordered_by_their_place() {
    let enters_first = story(1).points(5.0).at_once("04T10:00", &[Sprints("7"), Status(DONE)]);
    let done_first = story(2).points(3.0).at_once("04T10:00", &[Status(DONE), Sprints("7")]);
    let told = told([enters_first, done_first]);
    // Section 0: ACME-1 enters and is done; rule 1: ACME-2 is done when it enters. 0 + 5 - 0 + 0 = 5 = 5 + 0.
    told.shows(
        7,
        "added 5, final_scope 5, completed 5",
        "added 1, final_scope 1, completed 1, done_outside 1",
    );
    assert_eq!(told.outcomes(7), "ACME-1 completed, ACME-2 done_outside");
    assert_eq!(told.ledger(7, "ACME-1"), ["04T10:00 ADD 1001:0 5", "04T10:00 DONE 1001:2 5"]);
    assert_eq!(told.ledger(7, "ACME-2"), ["04T10:00 DONE_OUTSIDE 1001:2 3"]);
}

#[test]
fn case_26_changes_of_the_millisecond_of_the_close() {
    let carried = five().at("13T17:00", Sprints("")).at("13T17:00", Sprints("7, 8"));
    let told = told([carried]);
    // Rule 3: all changes at E belong to the state at E, where it is in the set. 5 + 5 - 5 + 0 = 5 = 0 + 5.
    told.shows(
        7,
        "committed 5, added 5, removed 5, final_scope 5, not_completed 5",
        "committed 1, added 1, removed 1, final_scope 1, not_completed 1",
    );
}

/// 1,200 changes, one a minute from 3 March on: the 601st to 8 points, the 1,151st to done, all others of the summary.
fn worn() -> Story {
    (0..1200).fold(five(), |story, number| {
        let at = format!("{:02}T{:02}:{:02}", 3 + number / 1440, number % 1440 / 60, number % 60);
        match number {
            600 => story.at(&at, Points("8")),
            1150 => story.at(&at, Status(DONE)),
            _ => story.at(&at, Summary(&format!("Edited {number} times"))),
        }
    })
}

#[test]
fn case_28_more_than_a_thousand_entries() {
    let told = told([worn()]);
    // 5 + 0 - 0 + 3 = 8 = 8 + 0; entry n has number 1001 + n.
    told.shows(
        7,
        "committed 5, reestimated 3, final_scope 8, completed 8",
        "committed 1, reestimated 1, final_scope 1, completed 1",
    );
    let ledger = ["02T09:00 COMMIT 5", "03T10:00 REESTIMATE 1601:0 5->8", "03T19:10 DONE 2151:1 8"];
    assert_eq!(told.ledger(7, "ACME-1"), ledger);
}

#[test]
fn case_28_the_answer_holds_the_newest_hundred_only() {
    let newest = || worn().page_of_changelog(1100..1200);
    let mut told = told([newest(), story(2).points(3.0).sprints("7")]);
    // Rule 7: of a history that is not whole nothing is read but the resolution's date: what changed is not known, what
    // there is at E is. 8 + 3 = 11 = 8 + 3.
    told.shows(
        7,
        "committed null, added null, removed null, reestimated null, final_scope 11, completed 8, not_completed 3",
        "committed null, added null, removed null, reestimated null, final_scope 2, completed 1, not_completed 1",
    );
    assert!(told.report(7).quality.contains("history_missing"), "{}", told.report(7).quality);
    assert_eq!(told.outcomes(7), "ACME-1 completed, ACME-2 not_completed");

    let pages = jira([newest(), story(2).points(3.0).sprints("7")]);
    let pages = pages.and(worn().page_of_changelog(0..500)).and(worn().page_of_changelog(500..1100));
    told.again(&pages);
    // With the other pages it is whole. 8 + 0 - 0 + 3 = 11 = 8 + 3.
    told.shows(
        7,
        "committed 8, reestimated 3, final_scope 11, completed 8, not_completed 3",
        "committed 2, reestimated 1, final_scope 2, completed 1, not_completed 1",
    );
    assert!(!told.report(7).quality.contains("history_missing"), "{}", told.report(7).quality);
}

#[test]
fn case_28_without_any_changelog() {
    let done = |number: u32, at: &str| story(number).points(5.0).sprints("7").at(at, Status(DONE));
    let issues =
        [done(1, "01T12:00"), done(2, "04T10:00"), done(3, "13T18:00"), story(4).points(3.0).sprints("7")];
    let told = told(issues.map(Story::without_changelog));
    // Rule 7: done(t) by the resolution's date: before S, inside, after E, never. 5 + 5 + 3 = 13 = 5 + 8.
    told.shows(
        7,
        "committed null, added null, removed null, reestimated null, final_scope 13, completed 5, not_completed 8",
        "committed null, added null, removed null, reestimated null, final_scope 3, completed 1, not_completed 2, \
         done_before_start 1",
    );
    assert!(told.report(7).quality.contains("history_missing"), "{}", told.report(7).quality);
    let outcomes = "ACME-1 done_before_start, ACME-2 completed, ACME-3 not_completed, ACME-4 not_completed";
    assert_eq!(told.outcomes(7), outcomes);
    assert_eq!(told.all::<LedgerEntry>(), []);
}

#[test]
fn case_29_the_present_values_are_not_what_the_history_leads_to() {
    let done = five().at("04T10:00", Status(DOING)).status(DONE).updated("06T10:00");
    let larger =
        story(2).points(3.0).sprints("7").at("04T10:00", Points("5")).points(8.0).updated("06T10:00");
    let left = story(3).points(2.0).at("01T10:00", Sprints("7")).sprints("").updated("06T10:00");
    let told = told([done, larger, left]);
    // Section 0: the present wins, by a correction at `updated`. 10 + 0 - 2 + (2 + 3) = 13 = 5 + 8.
    told.shows(
        7,
        "committed 10, removed 2, reestimated 5, final_scope 13, completed 5, not_completed 8",
        "committed 3, removed 1, reestimated 1, final_scope 2, completed 1, not_completed 1",
    );
    let corrected = |key: &str| told.ledger(7, key).pop().unwrap();
    assert_eq!(corrected("ACME-1"), "06T10:00 DONE correction 5 (correction)");
    assert_eq!(corrected("ACME-2"), "06T10:00 REESTIMATE correction 5->8 (correction)");
    assert_eq!(corrected("ACME-3"), "06T10:00 REMOVE correction 2 (correction)");
    for key in ["ACME-1", "ACME-2", "ACME-3"] {
        assert_ne!(told.item(7, key).marks, "", "{key}");
    }
}

#[test]
fn case_29_a_correction_after_the_close() {
    let larger = five().at("04T10:00", Points("8")).points(13.0).updated("20T10:00");
    let told = told([larger]);
    // Rule 3: at E the history still says 8. 5 + 0 - 0 + 3 = 8 = 0 + 8.
    told.shows(
        7,
        "committed 5, reestimated 3, final_scope 8, not_completed 8",
        "committed 1, reestimated 1, final_scope 1, not_completed 1",
    );
}

#[test]
fn case_29_in_a_broken_chain_to_wins() {
    let estimate = five().at("04T10:00", Points("8")).points(2.0).at("05T10:00", Points("3"));
    let sprint = story(2).points(1.0).sprints("7").at("04T10:00", Sprints(""));
    let sprint = sprint.sprints("8").at("05T10:00", Sprints("7, 8"));
    let told = told([estimate, sprint]);
    // The table of the cases: 5, then 8, then 3, whatever the second change claims to have found; in, out, in.
    // 6 + 1 - 1 + (3 - 5) = 4 = 0 + 4.
    told.shows(
        7,
        "committed 6, added 1, removed 1, reestimated -2, final_scope 4, not_completed 4",
        "committed 2, added 1, removed 1, reestimated 1, final_scope 2, not_completed 2",
    );
    let ledger = ["02T09:00 COMMIT 5", "04T10:00 REESTIMATE 1001:0 5->8", "05T10:00 REESTIMATE 1002:0 8->3"];
    assert_eq!(told.ledger(7, "ACME-1"), ledger);
}

/// In at 5, to 8 points, done: each by one entry.
fn eventful() -> Story {
    story(1).points(5.0).at("03T10:00", Sprints("7")).at("04T10:00", Points("8")).at("05T10:00", Status(DONE))
}

const EVENTS: [&str; 3] =
    ["03T10:00 ADD 1001:0 5", "04T10:00 REESTIMATE 1002:0 5->8", "05T10:00 DONE 1003:1 8"];

#[test]
fn case_30_items_as_a_text() {
    let issue = eventful().edit(|histories| {
        for history in histories {
            history["items"] = Value::String(history["items"].to_string());
        }
    });
    let told = told([issue]);
    // 0 + 5 - 0 + 3 = 8 = 8 + 0.
    told.shows(
        7,
        "added 5, reestimated 3, final_scope 8, completed 8",
        "added 1, reestimated 1, final_scope 1, completed 1",
    );
    assert_eq!(told.ledger(7, "ACME-1"), EVENTS);
}

/// As Data Center writes it: users by key, and fields by name alone.
fn by_names(story: Story) -> Story {
    story.edit(|histories| {
        for history in histories {
            history["author"] = json!({"name": "ana", "key": "JIRAUSER10100", "displayName": "Ana"});
            for item in history["items"].as_array_mut().unwrap() {
                item.as_object_mut().unwrap().remove("fieldId");
            }
        }
    })
}

const NEWER: &str = "com.atlassian.greenhopper.service.sprint.Sprint@1f[id=7,rapidViewId=1,state=CLOSED,name=Sprint 7,\
                     startDate=2026-03-02T09:00:00.000Z,endDate=2026-03-13T12:00:00.000Z,goal=]";
const OLDER: &str = "com.atlassian.greenhopper.service.sprint.Sprint@4c[rapidViewId=1,state=CLOSED,name=Sprint 7,\
                     startDate=2026-03-02T10:00:00.000+01:00,completeDate=<null>,sequence=7,id=7]";

#[test]
fn case_31_the_sprint_field_as_data_center_writes_it() {
    let changed = story(1).points(5.0).at("03T10:00", Sprints("7")).at("05T10:00", Status(DONE));
    let changed = by_names(changed).with(SPRINT_FIELD, json!([NEWER]));
    let unchanged = story(2).points(3.0).with(SPRINT_FIELD, json!([OLDER]));
    let told = told([changed, unchanged]);
    // Section 0: without field ids the names decide. 3 + 5 - 0 + 0 = 8 = 5 + 3.
    told.shows(
        7,
        "committed 3, added 5, final_scope 8, completed 5, not_completed 3",
        "committed 1, added 1, final_scope 2, completed 1, not_completed 1",
    );
    assert_eq!(told.ledger(7, "ACME-1"), ["03T10:00 ADD 1001:0 5", "05T10:00 DONE 1002:1 5"]);
    assert!(told.items(7).iter().all(|item| item.marks.is_empty()), "{:#?}", told.items(7));
    let mut actors: Vec<_> = told.all::<LedgerEntry>().into_iter().filter_map(|entry| entry.actor).collect();
    actors.dedup();
    assert_eq!(actors, ["JIRAUSER10100"]);
}

#[test]
fn case_31_estimates_in_a_history_that_names_fields_without_their_ids() {
    let told = told([by_names(eventful()).with(SPRINT_FIELD, json!([NEWER]))]);
    // Section 0: the name decides, and `Story Points` is the name of the board's field. 0 + 5 - 0 + 3 = 8 = 8 + 0.
    told.shows(
        7,
        "added 5, reestimated 3, final_scope 8, completed 8",
        "added 1, reestimated 1, final_scope 1, completed 1",
    );
    assert_eq!(told.ledger(7, "ACME-1"), EVENTS);
}
