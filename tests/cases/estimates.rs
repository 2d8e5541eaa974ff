//! Estimates that change, are missing, or are text: cases 10 to 13.

use serde_json::json;
use tidemark_model::Points as Exact;
use tidemark_model::rejected::{Reason, Rejected};

use crate::jira::Change::{Points, Sprints, Status};
use crate::jira::{DONE, POINTS_FIELD, Story, story};
use crate::told::told;

fn five() -> Story {
    story(1).points(5.0).sprints("7")
}

fn exact(points: i64) -> Option<Exact> {
    Some(Exact::from_millionths(points * 1_000_000))
}

#[test]
fn case_10_re_estimated_before_and_at_the_start() {
    for at in ["02T08:59:59", "02T09:00"] {
        let told = told([five().at(at, Points("8"))]);
        // Rule 3 and section 1: a change at ≤ S belongs to the commitment. 8 = 0 + 8.
        told.shows(
            7,
            "committed 8, final_scope 8, not_completed 8",
            "committed 1, final_scope 1, not_completed 1",
        );
        assert_eq!(told.ledger(7, "ACME-1"), ["02T09:00 COMMIT 8"], "{at}");
    }
}

#[test]
fn case_10_re_estimated_after_the_start() {
    let told = told([five().at("02T09:00:00.001", Points("8"))]);
    // Rule 1: a change in (S, E] is a re-estimate. 5 + 0 - 0 + 3 = 8 = 0 + 8.
    told.shows(
        7,
        "committed 5, reestimated 3, final_scope 8, not_completed 8",
        "committed 1, reestimated 1, final_scope 1, not_completed 1",
    );
    let ledger = ["02T09:00 COMMIT 5", "02T09:00:00.001 REESTIMATE 1001:0 5->8"];
    assert_eq!(told.ledger(7, "ACME-1"), ledger);
    let item = told.item(7, "ACME-1");
    assert_eq!((item.initial_points, item.final_points), (exact(5), exact(8)));
}

#[test]
fn case_10_re_estimated_after_it_was_done() {
    let told = told([five().at("04T10:00", Status(DONE)).at("05T10:00", Points("8"))]);
    // The table of the cases: re-estimated, and completed with the final value. 5 + 0 - 0 + 3 = 8 = 8 + 0.
    told.shows(
        7,
        "committed 5, reestimated 3, final_scope 8, completed 8",
        "committed 1, reestimated 1, final_scope 1, completed 1",
    );
    let report = told.report(7);
    // Section 5: changes after done are kept apart within the sum.
    assert_eq!((report.reestimated_done_points, report.reestimated_added_points), (exact(3), exact(0)));
    let ledger = ["02T09:00 COMMIT 5", "04T10:00 DONE 1001:1 5", "05T10:00 REESTIMATE 1002:0 5->8"];
    assert_eq!(told.ledger(7, "ACME-1"), ledger);
}

#[test]
fn case_10_re_estimated_at_and_after_the_close() {
    let at_close = five().at("13T17:00", Points("8"));
    let after = story(2).points(3.0).sprints("7").at("13T17:00:00.001", Points("13"));
    let told = told([at_close, after]);
    // Rule 3: a change at E counts, a later one does not. 8 + 0 - 0 + 3 = 11 = 0 + 11.
    told.shows(
        7,
        "committed 8, reestimated 3, final_scope 11, not_completed 11",
        "committed 2, reestimated 1, final_scope 2, not_completed 2",
    );
    assert_eq!(told.ledger(7, "ACME-2"), ["02T09:00 COMMIT 3"]);
}

#[test]
fn case_10_an_added_issue_re_estimated() {
    let added = story(1).points(5.0).at("04T10:00", Sprints("7"));
    let told = told([added.at("05T10:00", Points("8")).at("06T10:00", Points("5"))]);
    // Section 5: added is valued at entry, what comes later is a re-estimate; rule 2: of one issue.
    // 0 + 5 - 0 + (3 - 3) = 5 = 0 + 5.
    told.shows(
        7,
        "added 5, final_scope 5, not_completed 5",
        "added 1, reestimated 1, final_scope 1, not_completed 1",
    );
    let ledger =
        ["04T10:00 ADD 1001:0 5", "05T10:00 REESTIMATE 1002:0 5->8", "06T10:00 REESTIMATE 1003:0 8->5"];
    assert_eq!(told.ledger(7, "ACME-1"), ledger);
}

#[test]
fn case_11_estimated_for_the_first_time_after_the_start() {
    let late = story(1).sprints("7").at("04T10:00", Points("5"));
    let never = story(2).sprints("7");
    let told = told([late, never]);
    // Rules 4 and 8: before the change it is null, which counts 0. 0 + 0 - 0 + 5 = 5 = 0 + 5; one is still without.
    told.shows(
        7,
        "reestimated 5, final_scope 5, not_completed 5",
        "committed 2, reestimated 1, final_scope 2, not_completed 2, unestimated 1",
    );
    assert_eq!(told.ledger(7, "ACME-1"), ["02T09:00 COMMIT 0", "04T10:00 REESTIMATE 1001:0 0->5"]);
    assert_eq!(told.item(7, "ACME-1").initial_points, None);
    assert!(told.item(7, "ACME-2").unestimated);
}

#[test]
fn case_12_the_estimate_is_cleared() {
    let told = told([five().at("04T10:00", Points("")), story(2).points(3.0).sprints("7")]);
    // Rule 8: null counts 0, and the issue is unestimated. 8 + 0 - 0 - 5 = 3 = 0 + 3.
    told.shows(
        7,
        "committed 8, reestimated -5, final_scope 3, not_completed 3",
        "committed 2, reestimated 1, final_scope 2, not_completed 2, unestimated 1",
    );
    assert_eq!(told.ledger(7, "ACME-1"), ["02T09:00 COMMIT 5", "04T10:00 REESTIMATE 1001:0 5->0"]);
    assert_eq!(told.item(7, "ACME-1").final_points, None);
}

#[test]
fn case_12_cleared_to_an_empty_text() {
    let cleared = five().at("04T10:00", Points("")).edit(|histories| {
        histories[0]["items"][0]["toString"] = json!("");
    });
    // As before: an empty text is no estimate. 5 + 0 - 0 - 5 = 0.
    told([cleared]).shows(
        7,
        "committed 5, reestimated -5",
        "committed 1, reestimated 1, final_scope 1, not_completed 1, unestimated 1",
    );
}

#[test]
fn case_13_fractions_are_exact() {
    let tenth = story(1).points(0.1).sprints("7").at("04T10:00", Points("0.4"));
    let fifth = story(2).points(0.2).sprints("7");
    let done = story(3).points(2.25).sprints("7").at("05T10:00", Status(DONE));
    let told = told([tenth, fifth, done]);
    // Rule 9: 0.1 + 0.2 + 2.25 = 2.55; 0.4 - 0.1 = 0.3; 2.55 + 0.3 = 2.85 = 2.25 + 0.6.
    told.shows(
        7,
        "committed 2.55, reestimated 0.3, final_scope 2.85, completed 2.25, not_completed 0.6",
        "committed 3, reestimated 1, final_scope 3, completed 1, not_completed 2",
    );
    assert_eq!(told.ledger(7, "ACME-1"), ["02T09:00 COMMIT 0.1", "04T10:00 REESTIMATE 1001:0 0.1->0.4"]);
}

#[test]
fn case_13_text_is_read() {
    let text = story(1).sprints("7").with(POINTS_FIELD, json!("3.0"));
    let thousand = story(2).sprints("7").with(POINTS_FIELD, json!("1,000"));
    let changed = story(3).points(2.0).sprints("7").at("04T10:00", Points("1,002"));
    let told = told([text, thousand, changed]);
    // Rule 9: 3 + 1000 + 2 = 1005; 1002 - 2 = 1000; 2005 = 0 + 2005.
    told.shows(
        7,
        "committed 1005, reestimated 1000, final_scope 2005, not_completed 2005",
        "committed 3, reestimated 1, final_scope 3, not_completed 3",
    );
    assert_eq!(told.ledger(7, "ACME-3"), ["02T09:00 COMMIT 2", "04T10:00 REESTIMATE 1001:0 2->1002"]);
}

#[test]
fn case_13_other_commas_are_rejected_with_a_mark() {
    let told =
        told([story(1).sprints("7").with(POINTS_FIELD, json!("1,5")), story(2).points(3.0).sprints("7")]);
    // Rules 8 and 9: what could be 1.5 or 15 is no estimate. 0 + 3 = 3 = 0 + 3.
    told.shows(
        7,
        "committed 3, final_scope 3, not_completed 3",
        "committed 2, final_scope 2, not_completed 2, unestimated 1",
    );
    assert_ne!(told.item(7, "ACME-1").marks, "");
    assert_eq!(told.item(7, "ACME-2").marks, "");
    assert!(told.report(7).quality.contains("ACME-1"), "{}", told.report(7).quality);
    let rejected = told.all::<Rejected>();
    assert!(
        rejected.iter().any(|one| one.reason == Reason::BadEstimate && one.original == "1,5"),
        "{rejected:?}"
    );
}
