//! What changes while issues are read: page by page the order moves on beneath the walk, and nothing is lost.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::time::Duration;

use serde_json::Value;
use tidemark_jira_simulator::{Call, Delivery, Flavour, Jira, Options, Rules};
use tidemark_model::Timestamp;
use tidemark_simulation::Pace;
use tidemark_tests::command::{Installation, Said};

use crate::support::{agree, archived, live, options};

const HOUR_MS: i64 = 3_600_000;
const CHANGELOGS: &str = "/rest/api/3/changelog/bulkfetch";

pub(crate) fn search(flavour: Flavour) -> &'static str {
    match flavour {
        Flavour::Cloud => "/rest/api/3/search/jql",
        Flavour::DataCenter => "/rest/api/2/search",
    }
}

/// A Jira whose pages are small, so that there are many.
pub(crate) fn of_small_pages(flavour: Flavour, seed: u64) -> Options {
    let options = options(flavour, seed);
    let rules = Rules { most_issues: 20, ..options.rules.without_limits() };
    Options { page_issues: 20, rules, ..options }
}

/// Runs a sync that stops each time before `path` is answered, and acts meanwhile, with the number of such calls so far.
pub(crate) fn sync_while(jira: &Jira, live: &Installation, path: &str, mut act: impl FnMut(usize)) -> Said {
    let mut held = jira.hold(path, 0);
    std::thread::scope(|scope| {
        let sync = scope.spawn(|| live.run(&["sync"]));
        let mut calls = 0;
        while !sync.is_finished() {
            if held.came_within(Duration::from_millis(10)) {
                let next = jira.hold(path, 0);
                act(calls);
                calls += 1;
                held = next;
            }
        }
        sync.join().unwrap()
    })
}

/// The issues that were told of with this event.
fn issues(told: &[Delivery], event: &str) -> BTreeSet<String> {
    let of_event = told.iter().filter(|delivery| delivery.webhook_event == event);
    let bodies = of_event.map(|delivery| serde_json::from_slice::<Value>(&delivery.body).unwrap());
    bodies.filter_map(|body| body["issue"]["id"].as_str().map(str::to_owned)).collect()
}

/// What is gone nobody is told here.
fn none_is_gone(told: &[Delivery]) {
    assert!(issues(told, "jira:issue_deleted").is_empty(), "an organisation of another seed deletes nothing");
}

/// Syncs once while something happens before each of these calls; what was told of it.
fn walked(
    jira: &Jira,
    live: &Installation,
    (path, when): (&str, RangeInclusive<usize>),
    each_ms: i64,
) -> Vec<Delivery> {
    let (mut told, mut asked) = (Vec::new(), 0);
    let said = sync_while(jira, live, path, |call| {
        asked = call + 1;
        if when.contains(&call) {
            told.extend(jira.advance(Timestamp(jira.now().0 + each_ms)));
        }
    });
    assert!(said.exits(0).succeeded());
    assert!(*when.start() > 0 && asked > when.end() + 1, "{asked} calls: it was under way before and after");
    none_is_gone(&told);
    assert!(!issues(&told, "jira:issue_created").is_empty(), "some are new");
    told
}

#[test]
fn what_changes_during_the_first_load_is_read_by_the_next_sync() {
    let cases = [
        (Flavour::Cloud, search(Flavour::Cloud), 1..=8),
        // Between the fields of an issue and its history.
        (Flavour::Cloud, CHANGELOGS, 1..=2),
        (Flavour::DataCenter, search(Flavour::DataCenter), 1..=8),
    ];
    for (flavour, path, when) in cases {
        let jira = Jira::start(of_small_pages(flavour, 114));
        let live = live(&jira, flavour);
        let told = walked(&jira, &live, (path, when), 6 * HOUR_MS);
        assert!(issues(&told, "jira:issue_updated").len() > 20, "{} webhooks", told.len());
        live.ok(&["sync"]);
        agree(&archived(&jira), &live, &format!("{flavour:?}, changes at {path}"));
    }
}

#[test]
fn what_moves_to_the_end_of_a_walk_of_changes_is_read_by_it_or_by_the_next() {
    for flavour in [Flavour::Cloud, Flavour::DataCenter] {
        let jira = Jira::start(of_small_pages(flavour, 114));
        let live = live(&jira, flavour);
        live.ok(&["sync"]);
        let before = jira.advance(Timestamp(jira.now().0 + 72 * HOUR_MS));
        none_is_gone(&before);
        let told = walked(&jira, &live, (search(flavour), 1..=4), 6 * HOUR_MS);
        let [before, again] = [&before, &told].map(|told| issues(told, "jira:issue_updated"));
        assert!(before.intersection(&again).count() > 10, "some have changed again");
        live.ok(&["sync"]);
        agree(&archived(&jira), &live, &format!("{flavour:?}"));
    }
}

/// Where more has changed within a minute than a page holds, Data Center's pages go by number.
#[test]
fn more_issues_than_pages_overlap_by_may_move_while_pages_go_by_number() {
    let options = of_small_pages(Flavour::DataCenter, 105);
    let jira = Jira::start(Options { pace: Pace { step_ms: 300 }, ..options });
    let live = live(&jira, Flavour::DataCenter);
    live.ok(&["sync"]);
    none_is_gone(&jira.advance(Timestamp(jira.now().0 + 59_000)));
    jira.forget_calls();
    walked(&jira, &live, (search(Flavour::DataCenter), 5..=7), 20_000);
    let pages: Vec<(Value, u64)> = jira.calls().iter().filter_map(page).collect();
    let went_back = |pair: &[(Value, u64)]| pair[0].0 == pair[1].0 && pair[0].1 > pair[1].1;
    assert!(pages.windows(2).any(went_back), "within one search: {pages:?}");
    live.ok(&["sync"]);
    agree(&archived(&jira), &live, "pages by number");
}

/// The query of a search for issues, and where its page begins.
fn page(call: &Call) -> Option<(Value, u64)> {
    let body: Value = serde_json::from_str(&call.body).ok()?;
    body["expand"].is_array().then(|| (body["jql"].clone(), body["startAt"].as_u64().unwrap()))
}
