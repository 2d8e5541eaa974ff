//! Webhooks that somebody kept and sends again when they are forgotten, and those that say of one issue again and again how it
//! stands: nothing of what is known changes.
#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tidemark_connectors::hook::Delivery;
use tidemark_connectors::http::{Answering, Call, Calls, Manners};
use tidemark_connectors::jira::live::{Jira, Options};
use tidemark_connectors::jira::split;
use tidemark_connectors::{Check, Connector, Cursor, Page, Pull, Receiver, Spent};
use tidemark_ingest::{Outcome, Translate, inbox, pull};
use tidemark_model::delivery::Delivery as Taken;
use tidemark_model::issue::Issue;
use tidemark_model::raw::{Raw, RawKind, RawPart};
use tidemark_model::rejected::Rejected;
use tidemark_model::sprint::Sprint;
use tidemark_model::time::ManualClock;
use tidemark_model::{Key, Row, Timestamp};
use tidemark_stream::memory::MemoryStore;
use tidemark_stream::{Processor, Runner, Store};
use tokio::runtime::Runtime;

const SECRET: &str = "the secret in the address";
const HOUR_MS: i64 = 3_600_000;
/// 2026-03-02T09:00:00Z
const BEGINNING: i64 = 1_772_442_000_000;

/// Nobody is called.
struct NoCalls;

impl Calls for NoCalls {
    fn call(&self, call: Call) -> Answering<'_> {
        panic!("{call:?}")
    }

    fn mind(&self, _: Manners) {}

    fn spent(&self) -> Spent {
        Spent::default()
    }
}

/// Tells as a Jira does, and reads what the test says.
struct Source {
    jira: Jira,
    records: Mutex<Vec<Raw>>,
}

impl Connector for Source {
    fn pull(&self, _: Option<Cursor>, _: Timestamp) -> Pull<'_> {
        let records = std::mem::take(&mut *self.records.lock().unwrap());
        Box::pin(async move { Ok(Page { records, ..Page::default() }) })
    }

    fn check(&self) -> Check<'_> {
        Box::pin(async { Ok(String::new()) })
    }

    fn receiver(&self) -> Option<&dyn Receiver> {
        Some(&self.jira)
    }
}

struct Installation {
    source: Arc<Source>,
    store: MemoryStore,
    clock: ManualClock,
    runtime: Runtime,
}

impl Installation {
    fn new() -> Self {
        let options = Options {
            webhook_secrets: vec![SECRET.to_owned()],
            webhook_secret_in_url: true,
            ..Options::default()
        };
        let source =
            Source { jira: Jira::new("acme", Arc::new(NoCalls), options), records: Mutex::default() };
        Self {
            source: Arc::new(source),
            store: MemoryStore::new(),
            clock: ManualClock::at(Timestamp(BEGINNING)),
            runtime: tokio::runtime::Builder::new_current_thread().build().unwrap(),
        }
    }

    /// Tells it to a process that knows of nothing else.
    fn tell(&self, body: &Value) -> Outcome {
        let outcomes = self.tell_all(std::slice::from_ref(body), 1);
        outcomes.into_iter().next().unwrap()
    }

    /// Tells all of it to one process, so many at a time.
    fn tell_all(&self, bodies: &[Value], together: usize) -> Vec<Outcome> {
        let sources = [("acme".to_owned(), self.source.clone() as Arc<dyn Connector>)].into();
        let (inbox, mut writer) = inbox(sources);
        let tell = |body: &Value| {
            let body = body.to_string().into_bytes();
            let delivery = Delivery { secret: Some(SECRET.to_owned()), body, ..Delivery::default() };
            self.runtime.handle().block_on(inbox.deliver("acme", delivery))
        };
        let mut outcomes = Vec::new();
        for bodies in bodies.chunks(together) {
            std::thread::scope(|scope| {
                let told: Vec<_> = bodies.iter().map(|body| scope.spawn(|| tell(body))).collect();
                while !told.iter().all(|told| told.is_finished()) {
                    writer.run(&self.store, &self.clock, &|| true, &|| ()).unwrap();
                }
                outcomes.extend(told.into_iter().map(|told| told.join().unwrap()));
            });
        }
        outcomes
    }

    /// How many states and how many histories of the issue are kept as they were told.
    fn kept(&self) -> (usize, usize) {
        let snapshot = self.store.snapshot();
        let rows = |part: RawPart| {
            let prefix = Key::of(["acme", RawKind::Issue.as_str(), "7", part.as_str()]);
            snapshot.scan(Raw::TABLE, &prefix).unwrap().count()
        };
        (rows(RawPart::Snapshot), rows(RawPart::Changelog))
    }

    /// Reads these, as a poll does.
    fn poll(&self, records: Vec<Raw>) {
        self.source.records.lock().unwrap().extend(records);
        let go_on = &mut |_: &_| ControlFlow::Continue(());
        pull("acme", self.source.as_ref(), &self.store, &self.clock, go_on).unwrap();
    }

    /// What all rows say that follow from what was told and read.
    fn known(&self) -> BTreeMap<(&'static str, Key), String> {
        let processors: Vec<Box<dyn Processor>> = vec![Box::new(Translate)];
        Runner::new(&self.store, &processors).run(&mut |_, _| {}).unwrap();
        let snapshot = self.store.snapshot();
        let mut known = BTreeMap::new();
        for table in [Issue::TABLE, Sprint::TABLE, Rejected::TABLE] {
            for row in snapshot.scan(table, &Key::default()).unwrap() {
                let (key, stored) = row.unwrap();
                known.insert((table, key), String::from_utf8(stored.json).unwrap());
            }
        }
        known
    }
}

fn fields(updated: i64, points: u32) -> Value {
    json!({
        "summary": "An issue", "created": BEGINNING_TEXT, "updated": Timestamp(updated).to_string(),
        "status": {"id": "1", "name": "To Do"}, "issuetype": {"id": "2", "name": "Story"},
        "project": {"key": "A"}, "customfield_1": points,
    })
}

const BEGINNING_TEXT: &str = "2026-03-02T09:00:00.000+0000";

fn items(points: u32) -> Value {
    json!([{"field": "Points", "fieldId": "customfield_1", "from": null, "to": null, "toString": points.to_string()}])
}

fn issue_event(event: &str, at: i64, history: u32, points: u32) -> Value {
    json!({
        "timestamp": at, "webhookEvent": event,
        "issue": {"id": "7", "key": "A-7", "fields": fields(at, points)},
        "changelog": {"id": history.to_string(), "items": items(points)},
    })
}

fn sprint_event(event: &str, at: i64, state: &str) -> Value {
    json!({
        "timestamp": at, "webhookEvent": event,
        "sprint": {"id": 3, "state": state, "name": "Sprint 3", "originBoardId": 1},
    })
}

/// The issue as it is read, with so many of five histories.
fn whole(updated: i64, histories: std::ops::RangeInclusive<u32>) -> Vec<Raw> {
    let all = histories.map(|id| {
        let at = Timestamp(BEGINNING + i64::from(id) * HOUR_MS).to_string();
        json!({"id": id.to_string(), "created": at, "items": items(id)})
    });
    let changelog = json!({"total": 5, "histories": all.collect::<Vec<_>>()});
    let issue = json!({"id": "7", "key": "A-7", "fields": fields(updated, 5), "changelog": changelog});
    split::issue("acme", &issue.to_string()).unwrap()
}

fn replayed(told: &[Value], read: Vec<Raw>) {
    let installation = Installation::new();
    for body in told {
        assert_eq!(installation.tell(body), Outcome::Taken, "{body}");
    }
    installation.poll(read);
    let known = installation.known();
    assert!(known.len() >= 2, "{known:?}");
    let later = BEGINNING + 2 * Taken::REPEATED_FOR_MS;
    installation.clock.set(Timestamp(later));
    for body in told {
        assert_eq!(installation.tell(body), Outcome::Replayed, "{body}");
    }
    installation.clock.set(Timestamp(later + Taken::REMEMBERED_FOR_MS));
    // In another order, too.
    for body in told.iter().rev() {
        assert_eq!(installation.tell(body), Outcome::Taken, "{body}");
    }
    assert_eq!(installation.known(), known);
}

#[test]
fn old_statements_lose_against_what_was_read_since() {
    let hour = |number: i64| BEGINNING + number * HOUR_MS;
    let told = [
        issue_event("jira:issue_created", BEGINNING, 500, 1),
        issue_event("jira:issue_updated", hour(1), 1, 1),
        issue_event("jira:issue_updated", hour(3), 3, 3),
        sprint_event("sprint_created", hour(1), "future"),
        sprint_event("sprint_started", hour(2), "active"),
        sprint_event("sprint_closed", hour(4), "closed"),
    ];
    replayed(&told, whole(hour(5), 1..=5));
    // A history that was read cut short stays known as cut short.
    replayed(&told, whole(hour(5), 2..=5));
}

#[test]
fn what_is_gone_stays_gone() {
    let told = [
        issue_event("jira:issue_updated", BEGINNING + HOUR_MS, 1, 1),
        issue_event("jira:issue_deleted", BEGINNING + 2 * HOUR_MS, 2, 2),
        sprint_event("sprint_started", BEGINNING, "active"),
        sprint_event("sprint_deleted", BEGINNING + HOUR_MS, "active"),
    ];
    replayed(&told, whole(BEGINNING + HOUR_MS, 1..=1));
}

#[test]
fn what_could_not_be_taken_is_rejected_until_it_is_read() {
    let installation = Installation::new();
    let mut body = issue_event("jira:issue_updated", BEGINNING + HOUR_MS, 1, 1);
    body["changelog"]["items"] =
        json!([{"field": "Sprint", "from": "", "fromString": "", "to": "", "toString": "Sprint 3"}]);
    assert!(matches!(installation.tell(&body), Outcome::Rejected(_)));
    let mut nameless = issue_event("jira:issue_updated", BEGINNING + HOUR_MS, 1, 1);
    nameless["issue"]["id"] = Value::Null;
    assert!(matches!(installation.tell(&nameless), Outcome::Rejected(_)));
    let rejected = || {
        let known = installation.known();
        known.into_keys().filter(|(table, _)| *table == Rejected::TABLE).count()
    };
    assert_eq!(rejected(), 2);
    installation.poll(whole(BEGINNING, 1..=1));
    assert_eq!(rejected(), 2, "it was read before the change");
    installation.poll(whole(BEGINNING + HOUR_MS, 1..=2));
    assert_eq!(rejected(), 1, "the one that names no issue stays");
}

#[test]
fn of_many_states_of_an_issue_the_newest_is_kept_and_every_change() {
    let updated = |hour: i64, points| {
        let number = u32::try_from(hour).unwrap();
        issue_event("jira:issue_updated", BEGINNING + hour * HOUR_MS, number, points)
    };
    // The fifth comes late, and two say of one instant what differs.
    let told = [updated(1, 1), updated(2, 2), updated(3, 3), updated(4, 4), updated(2, 5), updated(4, 6)];
    let forgetful = Installation::new();
    for body in &told {
        assert_eq!(forgetful.tell(body), Outcome::Taken, "{body}");
    }
    assert_eq!(forgetful.kept(), (6, 6));
    for turned in 0..told.len() {
        for together in [1, 2, told.len()] {
            let mut told = told.clone();
            told.rotate_left(turned);
            let remembering = Installation::new();
            assert!(remembering.tell_all(&told, together).iter().all(|outcome| *outcome == Outcome::Taken));
            assert_eq!(remembering.known(), forgetful.known(), "turned by {turned}, {together} at a time");
            let (states, histories) = remembering.kept();
            assert_eq!(histories, 6);
            match (turned, together) {
                (0, 1) => assert_eq!(states, 3, "the newest ones, and the one that came late"),
                (3, 1) => assert_eq!(states, 6, "each came after a newer one, or at its instant"),
                _ => assert!((2..=6).contains(&states), "two are the newest: {states}"),
            }
        }
    }
}

#[test]
fn what_can_not_be_translated_takes_nothing_away() {
    let installation = Installation::new();
    assert_eq!(
        installation.tell(&issue_event("jira:issue_updated", BEGINNING + HOUR_MS, 1, 1)),
        Outcome::Taken
    );
    let known = installation.known();
    let mut body = issue_event("jira:issue_updated", BEGINNING + 2 * HOUR_MS, 2, 2);
    body["issue"]["fields"]["status"] = Value::Null;
    assert!(matches!(installation.tell(&body), Outcome::Rejected(_)));
    let mut after = installation.known();
    after.retain(|(table, _), _| *table != Rejected::TABLE);
    assert_eq!(after, known, "the issue is what it was");
    assert_eq!(installation.kept(), (1, 1));
}
