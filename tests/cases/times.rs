//! The same instants on other clocks: case 32.

use crate::archive::{closed, jira};
use crate::jira::Change::{Points, Sprints, Status};
use crate::jira::{DONE, story};
use crate::told::told;

#[test]
fn case_32_accounts_fourteen_hours_ahead_and_behind() {
    // At S, 2 March 09:00 UTC, it is 23:00 on one of these clocks, and 19:00 of the day before on the other.
    let before = story(1).points(5.0).at("2026-03-02T22:59:59.000+1400", Sprints("7"));
    let after = story(2).points(3.0).at("2026-03-01T19:00:01.000-1400", Sprints("7"));
    // At E, the 13th at 17:00, it is the 14th at 07:00, and 03:00.
    let done = before.at("2026-03-14T07:00:00.000+1400", Status(DONE));
    let too_late = after.at("2026-03-13T03:00:00.001-1400", Status(DONE));
    let told = told([done, too_late]);
    // Rule 3: instants decide, not clocks. 5 + 3 - 0 + 0 = 8 = 5 + 3.
    told.shows(
        7,
        "committed 5, added 3, final_scope 8, completed 5, not_completed 3",
        "committed 1, added 1, final_scope 2, completed 1, not_completed 1",
    );
    assert_eq!(told.ledger(7, "ACME-1"), ["02T09:00 COMMIT 5", "13T17:00 DONE 1002:1 5"]);
    assert_eq!(told.ledger(7, "ACME-2"), ["02T09:00:01 ADD 1001:0 3"]);
}

#[test]
fn case_32_changes_of_one_history_on_several_clocks() {
    let first = story(1).points(5.0).sprints("7").at("2026-03-05T01:00:00.000+1400", Points("8"));
    let told = told([first.at("2026-03-04T11:30:00.000+0000", Points("3"))]);
    // The first is at 11:00 UTC of the 4th: 5, 8, 3. 5 + 0 - 0 + (3 - 5) = 3 = 0 + 3.
    told.shows(
        7,
        "committed 5, reestimated -2, final_scope 3, not_completed 3",
        "committed 1, reestimated 1, final_scope 1, not_completed 1",
    );
    let ledger = ["02T09:00 COMMIT 5", "04T11:00 REESTIMATE 1001:0 5->8", "04T11:30 REESTIMATE 1002:0 8->3"];
    assert_eq!(told.ledger(7, "ACME-1"), ledger);
}

#[test]
fn case_32_the_hour_that_comes_twice() {
    // On 25 October 2026 clocks in Berlin go from 03:00 (+02:00) back to 02:00 (+01:00). S is the first 02:30.
    let sprint =
        closed(7, "2026-10-25T02:30:00.000+02:00", "2026-11-06T12:00:00.000Z", "2026-11-06T17:00:00.000Z");
    let before = story(1).points(5.0).at("2026-10-25T02:29:00.000+0200", Sprints("7"));
    let after = story(2).points(3.0).at("2026-10-25T02:15:00.000+0100", Sprints("7"));
    let told = jira([before, after]).sprint(sprint).told();
    // Rule 3: the second 02:15 is after the first 02:30. 5 + 3 - 0 + 0 = 8 = 0 + 8.
    told.shows(
        7,
        "committed 5, added 3, final_scope 8, not_completed 8",
        "committed 1, added 1, final_scope 2, not_completed 2",
    );
    assert_eq!(told.ledger(7, "ACME-1"), ["2026-10-25T00:30 COMMIT 5"]);
    assert_eq!(told.ledger(7, "ACME-2"), ["2026-10-25T01:15 ADD 1001:0 3"]);
}

#[test]
fn case_32_the_hour_that_is_left_out() {
    // On 29 March 2026 clocks in Berlin go from 02:00 (+01:00) to 03:00 (+02:00): E is a second after.
    let sprint = closed(7, "02T09:00", "2026-03-29T03:00:00.000+02:00", "2026-03-29T03:00:01.000+02:00");
    let last = story(1).points(5.0).sprints("7").at("2026-03-29T01:59:59.000+0100", Status(DONE));
    let late = story(2).points(3.0).sprints("7").at("2026-03-29T03:00:02.000+0200", Status(DONE));
    let told = jira([last, late]).sprint(sprint).told();
    // Rule 3: two seconds before E, and one after it. 8 = 5 + 3.
    told.shows(
        7,
        "committed 8, final_scope 8, completed 5, not_completed 3",
        "committed 2, final_scope 2, completed 1, not_completed 1",
    );
    assert_eq!(told.ledger(7, "ACME-1"), ["02T09:00 COMMIT 5", "29T00:59:59 DONE 1001:1 5"]);
}
