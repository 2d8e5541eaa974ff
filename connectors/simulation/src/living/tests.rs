//! The life of an organisation seen from inside: its sprints, and how evenly things happen.

use jiff::Timestamp;

use super::Pace;
use crate::Options;
use crate::moment::{DAY, HOUR, Moment};
use crate::organisation::Organisation;
use crate::words;

/// What the demo shows.
fn demo(seed: u64, until: Moment) -> Options {
    Options {
        boards: 6,
        sprints: 8,
        issues: 700,
        changes_per_issue: 8,
        seed,
        until: Timestamp::from_millisecond(until.0).unwrap(),
    }
}

fn founded(options: &Options, pace: Pace) -> Organisation {
    let mut organisation = Organisation::found(options, Some(pace));
    organisation.advance(organisation.until, &mut |_| {});
    organisation
}

/// Monday, 2 March 2026, at midnight.
const MONDAY: Moment = Moment(1_772_409_600_000);

#[test]
fn whenever_it_is_founded_each_board_has_an_active_sprint_and_they_are_at_different_stages() {
    for instant in 0..14 {
        let until = MONDAY + instant * DAY + (instant * 5 % 24) * HOUR + instant * 1234;
        let organisation = founded(&demo(1 + instant as u64, until), Pace::default());
        let mut stages = Vec::new();
        for team in &organisation.teams {
            let sprint = organisation.sprint(team.active.unwrap());
            assert!(
                !sprint.empty && sprint.tally().sizes().0 >= 4,
                "{until:?}: {:?}",
                sprint.tally().sizes()
            );
            let length = sprint.times.planned_end.0 - sprint.times.start.0;
            stages.push((until.0 - sprint.times.start.0) * 100 / length);
        }
        stages.sort_unstable();
        println!("{until:?}: {stages:?} % of the sprints have passed");
        assert!(stages[0] < 35 && stages[5] > 60 && stages[5] < 100, "{until:?}: {stages:?}");
    }
}

#[test]
fn a_day_of_life_leaves_sprints_worth_watching() {
    let until = MONDAY + 2 * DAY + 13 * HOUR;
    let mut organisation = founded(&demo(1, until), Pace::default());
    let histories = organisation.histories;
    let running = organisation.sprints.iter().filter(|sprint| sprint.active());
    println!("at first: {:?}", running.map(|sprint| sprint.tally().sizes()).collect::<Vec<_>>());
    for hour in 1..=48 {
        organisation.advance(until + hour * HOUR / 2, &mut |_| {});
        let running = organisation.sprints.iter().filter(|sprint| sprint.active());
        let sizes: Vec<(i64, i64)> = running.map(|sprint| sprint.tally().sizes()).collect();
        if hour % 6 == 0 {
            println!("after {} hours: (in scope, done) {sizes:?}", hour / 2);
        }
        assert!(sizes.len() >= 3, "{sizes:?}");
        assert!(sizes.iter().all(|(scope, done)| scope - done >= 1 && *scope <= 60), "{sizes:?}");
    }
    let steps = organisation.histories - histories;
    let most = organisation.issues.iter().map(|issue| issue.histories).max();
    println!("{steps} histories, {most:?} of one issue, {} issues", organisation.issues.len());
    assert!((20_000..40_000).contains(&steps), "{steps}");
    assert!(most.is_some_and(|most| most < 330) && organisation.issues.len() < 1500);
    assert!(organisation.touched.is_sorted_by_key(|(at, _)| *at), "time went back");
    assert!(organisation.observations.is_sorted_by_key(|observation| observation.at()));
}

#[test]
fn sprints_are_closed_and_followed_by_others() {
    let until = MONDAY + 20 * HOUR;
    let mut organisation = founded(&demo(2, until), Pace { step_ms: 600_000 });
    organisation.advance(until + 40 * DAY, &mut |_| {});
    for team in &organisation.teams {
        let later = team.sprints.iter().filter(|sprint| organisation.sprint(**sprint).times.start > until);
        let closed = later.filter(|sprint| !organisation.sprint(**sprint).active());
        let scopes: Vec<i64> = closed
            .filter(|sprint| organisation.sprint(**sprint).started())
            .map(|sprint| {
                organisation.sprint(*sprint).report(
                    organisation.policy,
                    &organisation.issues,
                    &organisation.people_shown(),
                )
            })
            .map(|report| report.numbers.sums.issues.columns.final_scope)
            .collect();
        assert!(!scopes.is_empty() && scopes.iter().all(|scope| *scope > 0), "{scopes:?}");
    }
}

#[test]
fn every_hostile_title_is_there() {
    let organisation = founded(&demo(3, MONDAY), Pace::default());
    let titles: Vec<String> = organisation.issues.iter().map(|issue| words::title(issue.title)).collect();
    for number in 0..8 {
        let hostile = (0..400).filter_map(words::hostile).nth(number).map(words::title).unwrap();
        assert!(titles.contains(&hostile), "{hostile}");
    }
    assert!(titles.iter().any(|title| title.chars().count() == 300));
}
