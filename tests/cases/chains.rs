//! Work that goes from sprint to sprint: cases 36 and 37.

use crate::archive::{Jira, active, closed, jira};
use crate::jira::Change::{Sprints, Status};
use crate::jira::{DONE, Story, story};

/// Six sprints, 10 to 15, of four days each: 10 from the 2nd at 09:00 to the 5th at 17:00, and so on.
fn six_sprints(issues: impl IntoIterator<Item = Story>) -> Jira {
    (0..6).fold(jira(issues), |jira, number| {
        let (start, end) = (2 + 4 * number, 5 + 4 * number);
        let at = |day: u32, time: &str| format!("{day:02}T{time}");
        jira.sprint(closed(10 + number, &at(start, "09:00"), &at(end, "12:00"), &at(end, "17:00")))
    })
}

#[test]
fn case_36_a_chain_of_six_sprints() {
    let first = story(1).points(5.0).sprints("10");
    // A close keeps the sprint and appends the next one: at once, some milliseconds later, or not before planning.
    let carried = first
        .at("05T17:00", Sprints("10, 11"))
        .at("09T17:00:00.047", Sprints("10, 11, 12"))
        .at("13T17:00", Sprints("10, 11, 12, 13"))
        .at("17T17:00:00.047", Sprints("10, 11, 12, 13, 14"))
        .at("22T08:30", Sprints("10, 11, 12, 13, 14, 15"))
        .at("24T10:00", Status(DONE));
    let told = six_sprints([carried]).told();
    for sprint in 10..15 {
        // Section 0: a sprint that stays in the set at its close was not left. 5 = 0 + 5.
        told.shows(
            sprint,
            "committed 5, final_scope 5, not_completed 5",
            "committed 1, final_scope 1, not_completed 1",
        );
        assert_eq!(told.outcomes(sprint), "ACME-1 not_completed");
        let start = format!("{:02}T09:00 COMMIT 5", 2 + 4 * (sprint - 10));
        assert_eq!(told.ledger(sprint, "ACME-1"), [start]);
    }
    // Section 6: carried in, it is committed at S. 5 = 5 + 0.
    told.shows(15, "committed 5, final_scope 5, completed 5", "committed 1, final_scope 1, completed 1");
    assert_eq!(told.ledger(15, "ACME-1"), ["22T09:00 COMMIT 5", "24T10:00 DONE 1006:1 5"]);
    // Rule 14: 47 ms are no second; from the 21st at 17:00 to the 22nd at 08:30 it is 15.5 h = 55,800 s. Nothing is burned
    // before the leg that completes 5.
    assert_eq!(
        told.legs("ACME-1"),
        [
            "10 carried 0 touched 1 burned 0 out",
            "11 from 10 gap 0 carried 1 touched 2 burned 0 out",
            "12 from 11 gap 0 carried 2 touched 3 burned 0 out",
            "13 from 12 gap 0 carried 3 touched 4 burned 0 out",
            "14 from 13 gap 0 carried 4 touched 5 burned 0 out",
            "15 from 14 gap 55800 carried 5 touched 6 burned 5",
        ]
    );
}

#[test]
fn case_37_left_in_the_backlog_at_the_close() {
    let issue = story(1).points(5.0).sprints("10");
    let planned = issue.at("13T20:00", Sprints("10, 13")).at("15T10:00", Status(DONE));
    let told = six_sprints([planned]).told();
    // Section 0: its closed sprint keeps it. 5 = 0 + 5.
    told.shows(
        10,
        "committed 5, final_scope 5, not_completed 5",
        "committed 1, final_scope 1, not_completed 1",
    );
    for detour in [11, 12] {
        told.shows(detour, "", "");
        assert_eq!(told.outcomes(detour), "");
    }
    // Section 6: present at S, eight days after the end of sprint 10. 5 = 5 + 0.
    told.shows(13, "committed 5, final_scope 5, completed 5", "committed 1, final_scope 1, completed 1");
    assert_eq!(told.ledger(13, "ACME-1"), ["14T09:00 COMMIT 5", "15T10:00 DONE 1002:1 5"]);
    // Rule 14: from the 5th at 17:00 to the 13th at 20:00 it is more than five days.
    assert_eq!(
        told.legs("ACME-1"),
        ["10 carried 0 touched 1 burned 0 out", "13 carried 0 touched 2 burned 5"]
    );
}

#[test]
fn case_37_put_back_into_the_backlog_in_mid_sprint() {
    let carried = story(1).points(5.0).sprints("10").at("05T17:00:00.047", Sprints("10, 11"));
    let detour = carried.at("07T10:00", Sprints("10")).at("15T10:00", Sprints("10, 13"));
    let told = six_sprints([detour]).told();
    // 10: 5 = 0 + 5; 11: rule 1, its id is dropped, 5 + 0 - 5 + 0 = 0; 12: nothing; 13: 0 + 5 - 0 + 0 = 5 = 0 + 5.
    told.shows(
        10,
        "committed 5, final_scope 5, not_completed 5",
        "committed 1, final_scope 1, not_completed 1",
    );
    told.shows(11, "committed 5, removed 5", "committed 1, removed 1");
    told.shows(12, "", "");
    told.shows(13, "added 5, final_scope 5, not_completed 5", "added 1, final_scope 1, not_completed 1");
    assert_eq!(told.outcomes(11), "ACME-1 removed");
    assert_eq!(told.ledger(11, "ACME-1"), ["06T09:00 COMMIT 5", "07T10:00 REMOVE 1002:0 5"]);
    assert_eq!(told.ledger(13, "ACME-1"), ["15T10:00 ADD 1003:0 5"]);
    // Rule 14: it was not in scope at the end of sprint 11, from which it came.
    assert_eq!(
        told.legs("ACME-1"),
        [
            "10 carried 0 touched 1 burned 0 out",
            "11 from 10 gap 0 carried 1 touched 2 burned 0",
            "13 carried 0 touched 3 burned 0 out",
        ]
    );
}

#[test]
fn case_36_carried_into_two_sprints_that_run_beside_each_other() {
    // Sprint 7 is over; 8 and 10 run since the 16th, at 9 and at 10 o'clock. It was left over in 7 and planned into 8 at the close, into 10 an hour
    // later.
    let left = story(1).points(5.0).sprints("7").at("13T17:00", Sprints("7, 8"));
    let twice = left.at("13T18:00", Sprints("7, 8, 10"));
    let told = jira([twice]).sprint(active(10, "16T10:00", "27T12:00")).told();
    // Rule 14: an open sprint has carried nothing over, so that both take it over from 7: the former leg of 10 is 7 too.
    // From the 13th at 17:00 to 18:00 it is 3,600 s.
    assert_eq!(
        told.legs("ACME-1"),
        [
            "7 carried 0 touched 1 burned 0 out",
            "8 from 7 gap 0 carried 1 touched 2 burned 0",
            "10 from 7 gap 3600 carried 1 touched 3 burned 0",
        ]
    );
}
