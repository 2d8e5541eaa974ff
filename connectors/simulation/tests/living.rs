//! A living organisation, polled as the program polls it: what is computed from its records is what it tallied itself.
#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use serde_json::{Value, json};
use tidemark_connectors::{Connector, Cursor, Page};
use tidemark_ingest::{Pulled, Translate, pull};
use tidemark_model::facts::{Mode, SprintReport};
use tidemark_model::raw::{Raw, RawKind, RawPart};
use tidemark_model::time::ManualClock;
use tidemark_model::{Key, Row, Timestamp};
use tidemark_simulation::{Options, Pace, Simulation};
use tidemark_stream::memory::MemoryStore;
use tidemark_stream::{Processor, Runner, Store};

/// Wednesday, 4 March 2026, 13:00.
const FOUNDED: Timestamp = Timestamp(1_772_629_200_000);
const MINUTE: i64 = 60_000;

fn options(seed: u64) -> Options {
    let until = jiff::Timestamp::from_millisecond(FOUNDED.0).unwrap();
    Options { boards: 6, sprints: 8, issues: 700, changes_per_issue: 8, seed, until }
}

fn living(seed: u64, step_ms: u32) -> Simulation {
    Simulation::at_pace("acme", options(seed), Pace { step_ms }).unwrap()
}

fn page(simulation: &Simulation, cursor: Option<Cursor>, now: Timestamp) -> Page {
    let mut pull = simulation.pull(cursor, now);
    match pull.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(page) => page.unwrap(),
        Poll::Pending => panic!("a simulation never waits"),
    }
}

fn going_on(_: &Pulled) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// All pages of a pull, and the cursor of the next.
fn all(simulation: &Simulation, mut cursor: Option<Cursor>, now: Timestamp) -> (Vec<Page>, Option<Cursor>) {
    let mut pages = Vec::new();
    loop {
        let page = page(simulation, cursor, now);
        let resume = page.resume.clone();
        cursor = page.next.clone();
        pages.push(page);
        if cursor.is_none() {
            return (pages, resume);
        }
    }
}

fn issues(pages: &[Page]) -> BTreeSet<&str> {
    let records = pages.iter().flat_map(|page| &page.records);
    records.filter(|one| one.part == RawPart::Snapshot).map(|one| one.id.as_str()).collect()
}

/// A store that follows a simulation.
struct Installation {
    store: MemoryStore,
    processors: Vec<Box<dyn Processor>>,
}

impl Installation {
    fn new() -> Self {
        let mut processors: Vec<Box<dyn Processor>> = vec![Box::new(Translate)];
        processors.extend(tidemark_processors::processors());
        Self { store: MemoryStore::new(), processors }
    }

    fn poll(&self, simulation: &Simulation, now: Timestamp) -> Pulled {
        let pulled = pull("acme", simulation, &self.store, &ManualClock::at(now), &mut going_on).unwrap();
        Runner::new(&self.store, &self.processors).run(&mut |_, _| {}).unwrap();
        pulled
    }

    fn rows<R: Row>(&self) -> Vec<R> {
        let snapshot = self.store.snapshot();
        let rows = snapshot.scan(R::TABLE, &Key::default()).unwrap().map(Result::unwrap);
        rows.map(|(key, stored)| tidemark_stream::tables::decode(&key, &stored.json).unwrap()).collect()
    }

    fn reports(&self) -> BTreeMap<String, Value> {
        let wanted = |report: &SprintReport| report.mode == Mode::JiraCloud && report.state != "future";
        let started = self.rows::<SprintReport>().into_iter().filter(wanted);
        started.map(|report| (native(&report.sprint_id).to_owned(), numbers(&report))).collect()
    }

    /// Everything that was computed.
    fn facts(&self) -> Vec<Vec<(Key, Vec<u8>)>> {
        use tidemark_model::facts::{LedgerEntry, SprintItem, Velocity};
        let snapshot = self.store.snapshot();
        let tables = [LedgerEntry::TABLE, SprintItem::TABLE, SprintReport::TABLE, Velocity::TABLE];
        let rows = |table| snapshot.scan(table, &Key::default()).unwrap().map(Result::unwrap);
        tables.map(|table| rows(table).map(|(key, stored)| (key, stored.json)).collect()).to_vec()
    }
}

fn native(id: &str) -> &str {
    id.split_once('/').unwrap().1
}

/// A report in the form of `expected.json`.
fn numbers(report: &SprintReport) -> Value {
    json!({
        "sprint": native(&report.sprint_id).parse::<u32>().unwrap(),
        "board": native(&report.board_id).parse::<u32>().unwrap(),
        "points": {
            "committed": report.committed_points, "added": report.added_points, "removed": report.removed_points,
            "reestimated": report.reestimated_points, "final_scope": report.final_scope_points,
            "completed": report.completed_points, "not_completed": report.not_completed_points,
        },
        "issues": {
            "committed": report.committed_issues, "added": report.added_issues, "removed": report.removed_issues,
            "reestimated": report.reestimated_issues, "final_scope": report.final_scope_issues,
            "completed": report.completed_issues, "not_completed": report.not_completed_issues,
            "done_before_start": report.done_before_start_issues, "done_outside": report.done_outside_issues,
        },
        "unestimated": report.unestimated_issues,
    })
}

/// Numbers as floats, so that 5 and 5.0 are the same.
fn comparable(report: &Value) -> Value {
    match report {
        Value::Number(number) => json!(number.as_f64()),
        Value::Object(members) => {
            Value::Object(members.iter().map(|(name, value)| (name.clone(), comparable(value))).collect())
        }
        other => other.clone(),
    }
}

/// The numbers of ours are those that were tallied; the tally may say more.
fn assert_same(ours: &BTreeMap<String, Value>, tallied: &BTreeMap<String, Value>, what: &str) {
    assert_eq!(ours.keys().collect::<Vec<_>>(), tallied.keys().collect::<Vec<_>>(), "{what}");
    for (sprint, ours) in ours {
        let mut tallied = tallied[sprint].clone();
        tallied.as_object_mut().unwrap().retain(|member, _| ours.get(member).is_some());
        assert_eq!(comparable(ours), comparable(&tallied), "{what}: sprint {sprint}");
    }
}

#[test]
fn what_is_computed_is_what_was_tallied_all_the_time() {
    // At the pace of the demo, and so fast that thousands of steps, a close and deletions are among them.
    for (seed, step_ms, minutes) in [(1, 3000, 30), (2, 300, 20), (3, 2000, 4 * 60)] {
        let started = Instant::now();
        let (simulation, installation) = (living(seed, step_ms), Installation::new());
        installation.poll(&simulation, FOUNDED);
        println!("seed {seed}: loaded after {:?}", started.elapsed());
        assert_same(&installation.reports(), &simulation.reports().unwrap(), "at the founding");
        let (mut now, mut step, mut most, mut polls) = (FOUNDED.0, 0, 0, 0);
        while now < FOUNDED.0 + minutes * MINUTE {
            step = (step * 7 + 3) % 31;
            now += 100 + 3 * step * step * minutes;
            polls += 1;
            most = most.max(installation.poll(&simulation, Timestamp(now)).records);
            if polls % 5 == 0 {
                assert_same(
                    &installation.reports(),
                    &simulation.reports().unwrap(),
                    &format!("seed {seed} at {now}"),
                );
            }
        }
        assert_same(&installation.reports(), &simulation.reports().unwrap(), "in the end");
        println!("seed {seed}: {polls} polls in {:?}, at most {most} records in one", started.elapsed());
        if step_ms == 3000 {
            assert!(most < 300, "{most} records in one poll");
        }
        // Whoever comes later and reads everything at once, knows the same.
        let late = Installation::new();
        late.poll(&living(seed, step_ms), Timestamp(now));
        assert_eq!(installation.facts(), late.facts(), "seed {seed}: polled, and read at once");
    }
}

#[test]
fn weeks_of_closes_starts_and_deletions_are_tallied_as_well() {
    let (simulation, installation) = (living(4, 120_000), Installation::new());
    for day in 0..24 {
        installation.poll(&simulation, Timestamp(FOUNDED.0 + day * 24 * 60 * MINUTE));
        assert_same(&installation.reports(), &simulation.reports().unwrap(), &format!("day {day}"));
    }
    assert!(installation.rows::<Raw>().iter().any(|raw| raw.part == RawPart::Gone && raw.at > FOUNDED));
}

#[test]
fn the_state_at_an_instant_does_not_depend_on_the_polls_before() {
    let until = Timestamp(FOUNDED.0 + 30 * MINUTE);
    let (often, once, anew) = (living(5, 3000), living(5, 3000), living(6, 3000));
    let (_, mut cursor) = all(&often, None, FOUNDED);
    let mut now = FOUNDED.0;
    while now < until.0 {
        now = (now + 137).min(until.0);
        cursor = all(&often, cursor, Timestamp(now)).1;
    }
    let everything = |simulation: &Simulation| {
        let (pages, cursor) = all(simulation, None, until);
        let records: Vec<Raw> = pages.into_iter().flat_map(|page| page.records).collect();
        (records, cursor, simulation.reports().unwrap())
    };
    assert!(everything(&often) == everything(&once), "another rhythm, another state");
    assert_eq!(cursor, all(&once, None, until).1);
    assert!(everything(&once).0 != everything(&anew).0, "another seed, the same state");
}

#[test]
fn a_poll_says_what_changed_and_nothing_else() {
    let simulation = living(7, 3000);
    let (pages, cursor) = all(&simulation, None, FOUNDED);
    assert!(pages.len() == 2 && pages[0].begins && issues(&pages).len() > 600);
    assert!(pages.iter().all(|page| page.rejected.is_empty()));
    let (pages, same) = all(&simulation, cursor.clone(), FOUNDED);
    assert!(pages.len() == 1 && pages[0].records.is_empty() && !pages[0].begins && same == cursor);
    let (pages, later) = all(&simulation, cursor.clone(), Timestamp(FOUNDED.0 + MINUTE));
    let changed = issues(&pages).len();
    assert!((5..=60).contains(&changed), "{changed} issues changed in a minute");
    // A page that was lost is said again, by another run of the program as well.
    let again = all(&living(7, 3000), cursor, Timestamp(FOUNDED.0 + MINUTE));
    assert_eq!((issues(&again.0), &again.1), (issues(&pages), &later));
    // Of another organisation.
    let (pages, _) = all(&living(8, 3000), later, Timestamp(FOUNDED.0 + MINUTE));
    assert!(pages[0].begins && issues(&pages).len() > 600);
}

#[test]
fn it_says_what_its_archive_says() {
    let simulation = Simulation::new("acme", options(9)).unwrap();
    let (pages, _) = all(&simulation, None, FOUNDED);
    let kinds: BTreeSet<RawKind> = pages.iter().flat_map(|page| &page.records).map(|raw| raw.kind).collect();
    assert_eq!(kinds.len(), 6, "{kinds:?}");
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    assert!(runtime.block_on(simulation.check()).unwrap().contains("6 boards"));
    let too_many = Options { boards: 5000, ..options(1) };
    assert!(Simulation::new("acme", too_many).is_err());
}

#[test]
fn founding_and_idle_polls_cost_next_to_nothing() {
    let started = Instant::now();
    let simulation = living(10, 3000);
    println!("founded in {:?}", started.elapsed());
    let installation = Installation::new();
    installation.poll(&simulation, FOUNDED);
    let started = Instant::now();
    for _ in 0..1000 {
        let pulled =
            pull("acme", &simulation, &installation.store, &ManualClock::at(FOUNDED), &mut going_on).unwrap();
        assert!(!pulled.changed && pulled.records == 0);
    }
    println!("an idle poll takes {:?}", started.elapsed() / 1000);
}
