//! How long it takes to compute what one change of an estimate does to a sprint of 100 to 10,000 issues: all processors, to
//! the end, on the embedded store, without waiting for the disk. Arguments: CHANGES (by default 50 of each size).
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on says why")]

use std::collections::BTreeMap;
use std::time::Instant;

use serde_json::{Value, json};
use tidemark_connectors::jira::split;
use tidemark_model::facts::{Mode, SprintReport};
use tidemark_model::policy::{DisciplineRule, Policy, SubtaskPolicy};
use tidemark_model::raw::{Raw, RawKind};
use tidemark_model::{Row, Timestamp};
use tidemark_stream::embedded::EmbeddedStore;
use tidemark_stream::{Batch, Durability, RowWrite, Runner, Store};
use tidemark_tests::bench::{Durations, arguments};
use tidemark_tests::{SOURCE, processors, rows};

const FIELD: &str = "customfield_10016";
/// Disciplines of the installation: issues are spread evenly over them.
const DISCIPLINES: usize = 8;

fn main() {
    let [changes, ..] = arguments([50, 0, 0]);
    for (issues, disciplines) in [(100, 8), (1_000, 8), (10_000, 8), (10_000, 1), (10_000, 120)] {
        let folder = tempfile::tempdir().unwrap();
        let specs: Vec<_> = processors().iter().map(|processor| processor.spec()).collect();
        let inputs = [Raw::TABLE, Policy::TABLE];
        let mut tables: Vec<_> = specs.iter().flat_map(|spec| spec.outputs).copied().chain(inputs).collect();
        tables.sort_unstable();
        tables.dedup();
        let names: Vec<_> = specs.iter().map(|spec| spec.name).collect();
        let store = EmbeddedStore::open(folder.path(), &tables, &names).unwrap();
        let mut raw: Vec<Raw> = Vec::new();
        raw.push(statement(RawKind::Board, &board()));
        raw.push(statement(RawKind::Sprint, &sprint()));
        (0..issues).for_each(|number| raw.extend(issue(number, disciplines, 5, 0)));
        write(&store, &raw, Some(&policy(disciplines)));
        let mut processors_ms: BTreeMap<&'static str, f64> = BTreeMap::new();
        let started = Instant::now();
        run(&store, &mut BTreeMap::new());
        println!(
            "{issues} issues, {disciplines} disciplines: all of it in {:.2} s",
            started.elapsed().as_secs_f64()
        );
        let mut durations = Durations::default();
        for change in 1..=changes {
            let number = u64::from(change) * 7919 % issues;
            write(&store, &issue(number, disciplines, 5 + change, change), None);
            let started = Instant::now();
            run(&store, &mut processors_ms);
            durations.add(started.elapsed());
        }
        let report = rows::<SprintReport>(&store).unwrap();
        let report = report.iter().find(|report| report.mode == Mode::JiraCloud).unwrap();
        assert!(report.reestimated_points.unwrap().millionths() > 0, "the changes are in the report");
        println!("  one change: {durations}");
        let parts: Vec<String> = processors_ms
            .iter()
            .map(|(name, ms)| format!("{name} {:.2}", ms / f64::from(changes)))
            .filter(|part| !part.ends_with("0.00"))
            .collect();
        println!("  ms by processor: {}", parts.join(", "));
    }
}

/// Processes everything to the end, and adds up the time by processor.
fn run(store: &EmbeddedStore, spent: &mut BTreeMap<&'static str, f64>) {
    for processor in processors() {
        let started = Instant::now();
        let name = processor.spec().name;
        Runner::new(store, &[processor]).run(&mut |_, _| {}).unwrap();
        *spent.entry(name).or_default() += started.elapsed().as_secs_f64() * 1000.0;
    }
}

fn write(store: &EmbeddedStore, raw: &[Raw], policy: Option<&Policy>) {
    let row = |raw: &Raw| RowWrite {
        table: Raw::TABLE,
        key: raw.key(),
        json: Some(serde_json::to_vec(raw).unwrap()),
        fresh: false,
    };
    let mut batch = Batch { rows: raw.iter().map(row).collect(), ..Batch::default() };
    batch.rows.extend(policy.map(|policy| RowWrite {
        table: Policy::TABLE,
        key: policy.key(),
        json: Some(serde_json::to_vec(policy).unwrap()),
        fresh: false,
    }));
    store.commit(batch, Durability::Buffered).unwrap();
}

fn policy(disciplines: usize) -> Policy {
    let rule = |number: usize| DisciplineRule::Component {
        name: format!("Component {number}"),
        discipline: format!("discipline {number}"),
    };
    Policy {
        subtasks: SubtaskPolicy::Exclude,
        disciplines: (0..disciplines.max(DISCIPLINES)).map(rule).collect(),
        ..Policy::default()
    }
}

fn board() -> Value {
    let columns = json!([
        { "name": "To do", "statuses": [{ "id": "1" }] },
        { "name": "Done", "statuses": [{ "id": "3" }] },
    ]);
    json!({ "id": 1, "name": "Team", "type": "scrum", "configuration": {
        "columnConfig": { "columns": columns }, "estimation": { "type": "field", "field": { "fieldId": FIELD } },
    } })
}

fn sprint() -> Value {
    json!({ "id": 7, "name": "Sprint 7", "state": "active", "originBoardId": 1,
        "startDate": "2026-03-02T09:00:00.000Z", "endDate": "2026-03-16T17:00:00.000Z" })
}

fn statement(kind: RawKind, payload: &Value) -> Raw {
    let payload = serde_json::value::to_raw_value(payload).unwrap();
    split::statement(SOURCE, kind, &payload, Timestamp(1_770_000_000_000), String::new()).unwrap()
}

/// An issue of the sprint, with its present estimate and one change of it.
fn issue(number: u64, disciplines: usize, points: u32, changes: u32) -> Vec<Raw> {
    let minute = |minute: u32| {
        format!("2026-03-{:02}T{:02}:{:02}:00.000+0000", 3 + minute / 1440, minute / 60 % 24, minute % 60)
    };
    let change = json!({ "id": (1_000_000 + changes).to_string(), "created": minute(changes),
        "author": { "accountId": "712020:1", "displayName": "Ana" },
        "items": [{ "field": "Story points", "fieldId": FIELD, "fromString": "5", "toString": points.to_string() }] });
    let histories = if changes == 0 { json!([]) } else { json!([change]) };
    let component = format!("Component {}", number as usize % disciplines);
    let issue = json!({
        "id": (10_000 + number).to_string(), "key": format!("ACME-{number}"),
        "fields": {
            "summary": format!("Speed up the cart ({number})"), "created": "2026-02-20T09:00:00.000+0000",
            "updated": minute(changes), "issuetype": { "id": "10001", "name": "Story", "subtask": false },
            "status": { "id": "1", "name": "To do", "statusCategory": { "key": "new" } },
            "project": { "id": "1", "key": "ACME" }, "components": [{ "id": "1", "name": component }],
            "customfield_10020": [{ "id": 7, "name": "Sprint 7", "state": "active", "boardId": 1 }],
            FIELD: points,
        },
        "changelog": { "startAt": 0, "maxResults": 100, "total": usize::from(changes > 0), "histories": histories },
    });
    split::issue(SOURCE, &issue.to_string()).unwrap()
}
