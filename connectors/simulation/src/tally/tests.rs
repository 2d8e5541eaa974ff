//! Single accounts, told event by event.

use super::{Tally, Weight};
use crate::discipline::Traits;
use crate::issue::IssueType;
use crate::moment::Moment;
use crate::points::Points;

const THEN: Moment = Moment(1);
const TRAITS: Traits =
    Traits { kind: IssueType::Task, assignee: None, option: None, components: 0, labels: 0 };

fn weight(points: i64, done: bool) -> Weight {
    Weight { points: Points::whole(points), done, unestimated: false }
}

#[test]
fn reestimated_while_out_counts_as_removed_and_added() {
    let mut tally = Tally::new();
    tally.commit(1, weight(5, false), THEN);
    tally.leave(1, weight(5, false), TRAITS);
    tally.enter(1, weight(8, false), false, THEN);
    let report = tally.sums();
    let points = report.points;
    assert_eq!(
        [points.committed, points.added, points.removed, points.final_scope],
        [5, 8, 5, 8].map(Points::whole)
    );
    assert_eq!(points.reestimated, Points::ZERO);
}

#[test]
fn done_before_start_counts_only_once_reopened() {
    let mut tally = Tally::new();
    tally.commit(1, weight(5, true), THEN);
    assert_eq!(tally.sums().issues.done_before_start, 1);
    tally.follow(1, weight(5, true), weight(5, false));
    let report = tally.sums();
    assert_eq!(report.points.added, Points::whole(5));
    assert_eq!(report.points.not_completed, Points::whole(5));
    assert_eq!(report.issues.done_before_start, 0);
}

#[test]
fn removed_while_done_and_readded_while_done_is_added_again() {
    let mut tally = Tally::new();
    tally.commit(1, weight(3, false), THEN);
    tally.follow(1, weight(3, false), weight(3, true));
    tally.leave(1, weight(3, true), TRAITS);
    tally.enter(1, weight(3, true), true, THEN);
    let report = tally.sums();
    assert_eq!((report.issues.columns.added, report.issues.columns.removed), (1, 1));
    assert_eq!(report.points.completed, Points::whole(3));
}

#[test]
fn a_status_without_a_column_is_a_reestimate_both_ways() {
    let mut tally = Tally::new();
    tally.commit(1, weight(3, false), THEN);
    tally.follow(1, weight(3, false), weight(0, false));
    assert_eq!(tally.sums().points.reestimated, Points::whole(-3));
    tally.follow(1, weight(0, false), weight(3, false));
    let report = tally.sums();
    assert_eq!(report.points.reestimated, Points::ZERO);
    assert_eq!(report.issues.columns.reestimated, 1);
}
