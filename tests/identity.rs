//! METRICS rule 1 at every instant: what the ledger adds to a sprint's scope is either done or remains, and its sums are
//! the report's numbers. In simulated organisations, and for issues that were made to break it.

#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod hostile;

use std::collections::BTreeMap;

use hostile::{hostile, issue, world};
use proptest::prelude::*;
use tidemark_model::facts::{BoardSprint, EntryKind, LedgerEntry, Mode, Outcome, SprintItem, SprintReport};
use tidemark_model::membership::{SprintIssue, Successors};
use tidemark_model::policy::{DonePolicy, Policy, SubtaskPolicy};
use tidemark_model::sprint::Sprint;
use tidemark_model::sums::{self, Amount};
use tidemark_model::{Key, Points, Row};
use tidemark_processors::recount::{Stated, recount};
use tidemark_processors::rules::Reading;
use tidemark_processors::sprint_reports::report;
use tidemark_stream::Store;
use tidemark_tests::{loaded, organisation, rows};

/// Points and issues.
type Sum = (Points, i64);

fn add(sum: &mut Sum, points: Points, issues: i64) {
    *sum = (sum.0 + points, sum.1 + issues);
}

/// What a sprint's entries add up to.
#[derive(Default)]
struct Sums {
    scope: Sum,
    remaining: Sum,
    completed: Sum,
    committed: Sum,
    added: Sum,
    removed: Sum,
    reestimated: Points,
}

impl Sums {
    fn take(&mut self, entry: &LedgerEntry) {
        add(&mut self.scope, entry.scope_points, entry.scope_issues);
        add(&mut self.remaining, entry.remaining_points, entry.remaining_issues);
        add(&mut self.completed, entry.completed_points, entry.completed_issues);
        match entry.kind {
            EntryKind::Commit => add(&mut self.committed, entry.scope_points, entry.scope_issues),
            EntryKind::Add => add(&mut self.added, entry.scope_points, entry.scope_issues),
            EntryKind::Reopen => add(&mut self.added, entry.scope_points, entry.scope_issues),
            EntryKind::Remove => add(&mut self.removed, -entry.scope_points, -entry.scope_issues),
            EntryKind::Reestimate => self.reestimated += entry.scope_points,
            EntryKind::Done
            | EntryKind::DoneBeforeStart
            | EntryKind::DoneOutside
            | EntryKind::CarryOut
            | EntryKind::CarryIn => {
                assert_eq!((entry.scope_points, entry.scope_issues), (Points::ZERO, 0), "{entry:?}");
            }
        }
    }
}

/// Checks every report of a store; says how many reports and entries there were.
fn check(store: &dyn Store) -> Result<(usize, usize), String> {
    let mut ledgers: BTreeMap<(String, String), Vec<LedgerEntry>> = BTreeMap::new();
    for entry in rows::<LedgerEntry>(store).map_err(|error| error.to_string())? {
        ledgers.entry((entry.board_id.clone(), entry.sprint_id.clone())).or_default().push(entry);
    }
    let items = rows::<SprintItem>(store).map_err(|error| error.to_string())?;
    let (mut reports, mut entries) = (0, 0);
    let all = rows::<SprintReport>(store).map_err(|error| error.to_string())?;
    for report in all.into_iter().filter(|report| report.mode == Mode::JiraCloud) {
        let mut ledger =
            ledgers.remove(&(report.board_id.clone(), report.sprint_id.clone())).unwrap_or_default();
        ledger.sort_by_key(|entry| entry.at);
        entries += ledger.len();
        let of_report = items
            .iter()
            .filter(|item| item.board_id == report.board_id && item.sprint_id == report.sprint_id);
        check_report(&report, &ledger, &of_report.collect::<Vec<_>>())
            .map_err(|error| format!("{} on {}: {error}\n{report:#?}", report.sprint_id, report.board_id))?;
        reports += usize::from(report.state != "future");
    }
    if ledgers.is_empty() {
        Ok((reports, entries))
    } else {
        Err(format!("ledgers without a report: {ledgers:?}"))
    }
}

fn check_report(report: &SprintReport, ledger: &[LedgerEntry], items: &[&SprintItem]) -> Result<(), String> {
    let mut sums = Sums::default();
    for (entry, number) in ledger.iter().zip(1..) {
        sums.take(entry);
        // At an instant all of its entries count.
        if ledger.get(number).is_none_or(|next| next.at > entry.at) {
            let shares = (sums.remaining.0 + sums.completed.0, sums.remaining.1 + sums.completed.1);
            equal(&format!("scope at {}", entry.at), sums.scope, shares)?;
            let negative =
                [sums.scope.1, sums.remaining.1, sums.completed.1].iter().any(|issues| *issues < 0);
            equal(&format!("no negative counts at {}", entry.at), negative, false)?;
        }
    }
    let counted =
        |outcome| items.iter().filter(|item| item.counted && item.outcome == outcome).count() as i64;
    let points = |of: fn(&SprintItem) -> Points| {
        items.iter().filter(|item| item.counted).map(|item| of(item)).sum::<Points>()
    };
    if report.state == "future" {
        return equal(
            "a future sprint's entries and numbers",
            (ledger.len(), report.final_scope_points),
            (0, None),
        );
    }
    let (completed, not_completed) = (counted(Outcome::Completed), counted(Outcome::NotCompleted));
    equal("completed items", report.completed_issues, Some(completed))?;
    equal("not completed items", report.not_completed_issues, Some(not_completed))?;
    equal("issues in scope", report.final_scope_issues, Some(completed + not_completed))?;
    equal("completed points of items", report.completed_points, Some(points(|item| item.completed_points)))?;
    equal(
        "not completed points of items",
        report.not_completed_points,
        Some(points(|item| item.not_completed_points)),
    )?;
    let shares = report.completed_points.zip(report.not_completed_points).map(|(done, open)| done + open);
    equal("final scope of its shares", report.final_scope_points, shares)?;
    // Without a history the changes are not known, and there are no entries (rule 7).
    let Some(committed) = report.committed_points else { return Ok(()) };
    equal("committed", (Some(committed), report.committed_issues), known(sums.committed))?;
    equal("added", (report.added_points, report.added_issues), known(sums.added))?;
    equal("removed", (report.removed_points, report.removed_issues), known(sums.removed))?;
    equal("re-estimated", report.reestimated_points, Some(sums.reestimated))?;
    equal("final scope", (report.final_scope_points, report.final_scope_issues), known(sums.scope))?;
    equal("completed", (report.completed_points, report.completed_issues), known(sums.completed))?;
    equal(
        "not completed",
        (report.not_completed_points, report.not_completed_issues),
        known(sums.remaining),
    )?;
    let scope = sums.committed.0 + sums.added.0 - sums.removed.0 + sums.reestimated;
    equal("committed + added - removed + re-estimated", report.final_scope_points, Some(scope))?;
    let issues = sums.committed.1 + sums.added.1 - sums.removed.1;
    equal("committed + added - removed in issues", report.final_scope_issues, Some(issues))
}

fn known((points, issues): Sum) -> (Option<Points>, Option<i64>) {
    (Some(points), Some(issues))
}

fn equal<T: PartialEq + std::fmt::Debug>(what: &str, left: T, right: T) -> Result<(), String> {
    if left == right { Ok(()) } else { Err(format!("{what}: {left:?} and {right:?}")) }
}

#[test]
fn in_twenty_five_organisations() {
    for seed in 201..=225 {
        let folder = tempfile::tempdir().unwrap();
        organisation(seed, folder.path()).unwrap();
        let (reports, entries) =
            check(&loaded(folder.path()).unwrap()).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        assert!(reports >= 18 && entries > 200, "seed {seed}: {reports} reports, {entries} entries");
    }
}

/// What is computed never breaks the identity; were it otherwise, the report would say so.
#[test]
fn a_report_that_does_not_add_up_is_marked() {
    let folder = tempfile::tempdir().unwrap();
    organisation(201, folder.path()).unwrap();
    let store = loaded(folder.path()).unwrap();
    let shown =
        rows::<BoardSprint>(&store).unwrap().into_iter().find(|sprint| sprint.state == "closed").unwrap();
    let marks = |sum: &sums::Sum| report(&shown, sum, Mode::JiraCloud).quality;
    let five = Amount::new(Points::from_f64(5.0).unwrap(), 1);
    let made_of = |not_completed| sums::Sums {
        committed: five,
        final_scope: five,
        not_completed,
        ..Default::default()
    };
    let mut sum = sums::Sum { listed: 1, ..sums::Sum::default() };
    sum.sums.set(Mode::JiraCloud, made_of(five));
    assert_eq!(marks(&sum), "[]");
    sum.mark("identity_broken", "acme/1", "ACME-1");
    assert!(marks(&sum).contains("the ledger of ACME-1 does not add up"), "{}", marks(&sum));
    let mut sum = sums::Sum { listed: 1, ..sums::Sum::default() };
    sum.sums.set(Mode::JiraCloud, made_of(Amount { issues: 0, ..five }));
    assert!(marks(&sum).contains("is not what is in scope"), "{}", marks(&sum));
}

/// Every definition, those that are stored and those that are computed when asked for.
fn definitions() -> impl Iterator<Item = Reading> {
    // Of mode `final` only the end counts: it has no ledger of its own.
    let modes = Mode::ALL.iter().copied().filter(|mode| *mode != Mode::Final);
    let all = modes.flat_map(|mode| {
        let by =
            move |subtasks| DonePolicy::ALL.iter().map(move |done| Reading { mode, subtasks, done: *done });
        SubtaskPolicy::ALL.iter().copied().flat_map(by)
    });
    // eazyBI knows one way of being done.
    all.filter(|by| by.mode != Mode::Eazybi || by.done == DonePolicy::StatusCategory)
}

fn by_key<R: Row>(store: &dyn Store) -> BTreeMap<Key, R> {
    rows::<R>(store).unwrap().into_iter().map(|row| (row.key(), row)).collect()
}

#[test]
fn by_every_definition() {
    let (mut reports, mut entries) = (0, 0);
    for seed in 231..=233 {
        let folder = tempfile::tempdir().unwrap();
        organisation(seed, folder.path()).unwrap();
        let store = loaded(folder.path()).unwrap();
        let (boards, fields, statuses) = (by_key(&store), by_key(&store), by_key(&store));
        let (sprints, policy) = (by_key::<Sprint>(&store), Policy::default());
        let (successors, histories) =
            (rows::<Successors>(&store).unwrap(), rows::<SprintIssue>(&store).unwrap());
        for shown in rows::<BoardSprint>(&store).unwrap() {
            let is_its = |source: &str, id: &str| format!("{source}/{id}") == shown.sprint_id;
            let sprint = sprints.values().find(|sprint| is_its(&sprint.source, &sprint.id)).unwrap();
            let issues: Vec<SprintIssue> =
                histories.iter().filter(|issue| is_its(&issue.source, &issue.sprint_id)).cloned().collect();
            let stated = Stated {
                sprint,
                successors: successors.iter().find(|known| is_its(&known.source, &known.sprint_id)),
                shown: &shown,
                boards: &boards,
                fields: &fields,
                statuses: &statuses,
                policy: &policy,
                issues: &issues,
            };
            for reading in definitions() {
                let mut counted = recount(&stated, reading);
                counted.entries.sort_by_key(|entry| entry.at);
                let items: Vec<&SprintItem> = counted.items.iter().collect();
                check_report(&counted.report, &counted.entries, &items).unwrap_or_else(|error| {
                    panic!("seed {seed}, {} by {reading:?}: {error}", shown.sprint_id)
                });
                reports += usize::from(counted.report.state != "future");
                entries += counted.entries.len();
            }
        }
    }
    assert!(reports > 1500 && entries > 20_000, "{reports} reports, {entries} entries");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn for_hostile_issues(issues in proptest::collection::vec(hostile(), 1..6)) {
        let driver = world();
        for (number, hostile) in issues.iter().enumerate() {
            driver.put(&issue(number, hostile)).unwrap();
        }
        driver.run().unwrap();
        prop_assert_eq!(driver.rows::<SprintReport>().unwrap().len(), 4 * Mode::ALL.len());
        if let Err(error) = check(driver.store()) {
            prop_assert!(false, "{}", error);
        }
    }
}
