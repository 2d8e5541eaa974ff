//! What the tests of the interface share: a simulated organisation with its serving database, and a server over it that
//! is asked without a network.
//!
//! Where there is a Postgres server for tests, a second server over a database there is asked the same each time, and has
//! to answer with the same bytes.
#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]
#![allow(dead_code, reason = "each test program uses a part of it")]

#[path = "../../../sinks/tests/scratch/mod.rs"]
mod scratch;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use serde_json::Value;
use tidemark_api::{Access, Api, Change, Live, Metrics, Readiness, Stage};
use tidemark_connectors::archive::Archive;
use tidemark_ingest::{Translate, pull};
use tidemark_model::facts::{Mode, SprintReport, Velocity};
use tidemark_model::policy::{DisciplineRule, Policy, SubtaskPolicy};
use tidemark_model::rejected::{Reason, Rejected, Stage as RejectedAt};
use tidemark_model::time::ManualClock;
use tidemark_model::{Key, Row, Timestamp};
use tidemark_simulation::Options;
use tidemark_sinks::Serving;
use tidemark_sinks::serving::SourceState;
use tidemark_sql::serving::{self, Database, Place};
use tidemark_stream::memory::MemoryStore;
use tidemark_stream::{Batch, Durability, Processor, RowWrite, Runner, Store, tables};
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use scratch::Scratch;

/// The name of the simulated source.
pub(crate) const SOURCE: &str = "acme";

/// A moment after everything that simulated organisations do.
pub(crate) const NOW: Timestamp = Timestamp(1_800_000_000_000);

/// A discipline whose name is hard to show.
pub(crate) const BUILDERS: &str = "Front & <b>back</b> \"end\"";

/// The log's generation; no test empties tables.
const GENERATION: u64 = 1;

/// A simulated organisation, served.
pub(crate) struct Organisation {
    pub(crate) store: MemoryStore,
    pub(crate) live: Live,
    pub(crate) stop: CancellationToken,
    pub(crate) clock: Arc<ManualClock>,
    runtime: Runtime,
    router: Router,
    /// The same over the other database, where there is one.
    other: Option<Router>,
    // Closed and removed last.
    databases: Vec<Scratch>,
}

/// What was answered.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Organisation {
    /// Two teams, some sprints, and some records that could not be taken; open to this machine.
    pub(crate) fn simulated(seed: u64) -> Self {
        Self::with_access(seed, Access::new(None))
    }

    pub(crate) fn with_access(seed: u64, access: Access) -> Self {
        Self::made(seed, access, &Policy::default())
    }

    /// The same, whose issues have their disciplines by their types.
    pub(crate) fn with_disciplines(seed: u64) -> Self {
        Self::made(seed, Access::new(None), &by_types())
    }

    /// The same, where sub-tasks' estimates are their parents'.
    pub(crate) fn rolled_up(seed: u64) -> Self {
        let policy = Policy { subtasks: SubtaskPolicy::RollUp, ..by_types() };
        Self::made(seed, Access::new(None), &policy)
    }

    fn made(seed: u64, access: Access, policy: &Policy) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let archive = folder.path().join("archive");
        let options = Options { boards: 2, sprints: 5, issues: 120, seed, ..Options::default() };
        tidemark_simulation::generate(&options, &archive, &mut |_, _| {}).unwrap();
        let store = MemoryStore::new();
        let clock = Arc::new(ManualClock::at(NOW));
        pull(SOURCE, &Archive::new(SOURCE, &archive), &store, clock.as_ref(), &mut |_| {
            std::ops::ControlFlow::Continue(())
        })
        .unwrap();
        write(&store, policy);
        let mut processors: Vec<Box<dyn Processor>> = vec![Box::new(Translate)];
        processors.extend(tidemark_processors::processors());
        Runner::new(&store, &processors).run(&mut |_, _| {}).unwrap();
        rejected().iter().for_each(|row| write(&store, row));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let databases: Vec<Scratch> = std::iter::once(Scratch::file()).chain(Scratch::schema()).collect();
        let (live, stop) = (Live::default(), CancellationToken::new());
        let router = |place: &Place| {
            let database = runtime.block_on(async {
                serve(place, &store).await;
                Database::open(place, serving::Access::Read).await.unwrap()
            });
            let readiness = Readiness::default();
            readiness.set(Stage::Ready);
            let api = Api {
                database,
                live: live.clone(),
                readiness,
                metrics: Metrics::default(),
                clock: clock.clone(),
                poll_intervals: BTreeMap::new(),
                hooks: None,
                access: access.clone(),
                stop: stop.clone(),
            };
            api.router()
        };
        let mut routers =
            databases.iter().map(|scratch| router(&scratch.place)).collect::<Vec<_>>().into_iter();
        let (router, other) = (routers.next().unwrap(), routers.next());
        Self { store, live, stop, clock, runtime, router, other, databases }
    }

    /// Where the serving databases lie: a file first.
    pub(crate) fn places(&self) -> impl Iterator<Item = &Place> {
        self.databases.iter().map(|scratch| &scratch.place)
    }

    pub(crate) fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    /// All rows of a table.
    pub(crate) fn rows<R: Row>(&self) -> Vec<R> {
        let snapshot = self.store.snapshot();
        let rows = snapshot.scan(R::TABLE, &Key::default()).unwrap().map(Result::unwrap);
        rows.map(|(key, stored)| tables::decode(&key, &stored.json).unwrap()).collect()
    }

    /// The reports by the default definitions.
    pub(crate) fn reports(&self) -> Vec<SprintReport> {
        let mut reports = self.rows::<SprintReport>();
        reports.retain(|report| report.mode == Mode::JiraCloud);
        reports
    }

    /// The velocities by the default definitions.
    pub(crate) fn velocities(&self) -> Vec<Velocity> {
        let mut velocities = self.rows::<Velocity>();
        velocities.retain(|velocity| velocity.mode == Mode::JiraCloud);
        velocities
    }

    pub(crate) fn write<R: Row>(&self, row: &R) {
        write(&self.store, row);
    }

    pub(crate) fn take_away<R: Row>(&self, row: &R) {
        commit(&self.store, R::TABLE, row.key(), None);
    }

    /// Copies what has changed into the serving databases, and says what it is about.
    pub(crate) fn follow(&self) -> Change {
        let followed = self.places().map(|place| {
            self.block_on(async {
                let mut serving = Serving::open(place).await.unwrap();
                let followed = serving.follow(self.store.snapshot().as_ref(), GENERATION, 0).await.unwrap();
                serving.close().await;
                followed
            })
        });
        let followed: Vec<_> = followed.collect();
        assert!(followed.iter().all(|other| *other == followed[0]), "{followed:?}");
        let tidemark_sinks::Followed { boards, sprints, everything, .. } = followed[0].clone();
        Change { boards, sprints, everything, at: NOW }
    }

    /// Says how the source is doing, as whoever polls it does: nobody is told.
    pub(crate) fn polled(&self, state: &'static str, succeeded_at: Timestamp) {
        for place in self.places() {
            self.block_on(async {
                let serving = Serving::open(place).await.unwrap();
                serving.states(&[source(state, succeeded_at)], &["acme".to_owned()]).await.unwrap();
                serving.close().await;
            });
        }
    }

    /// The same, told to everyone who waits for it.
    pub(crate) fn publish(&self) {
        self.live.publish(self.follow());
    }

    /// Asks as a program on this machine does.
    pub(crate) fn get(&self, path: &str) -> Answer {
        self.ask(Request::get(path).header(header::HOST, "localhost"))
    }

    pub(crate) fn ask(&self, request: axum::http::request::Builder) -> Answer {
        let request = request.body(()).unwrap();
        let answer = self.answer(&self.router, &request);
        // Measurements are each server's own.
        if let Some(other) = self.other.as_ref().filter(|_| request.uri().path() != "/metrics") {
            let other = self.answer(other, &request);
            let told = |answer: &Answer| {
                let mut headers = answer.headers.clone();
                headers.remove("x-request-id");
                let id = answer.header("x-request-id").to_owned();
                (answer.status, headers, String::from_utf8_lossy(&answer.body).replace(&id, "ID"))
            };
            assert_eq!(told(&answer), told(&other), "{} on Postgres", request.uri());
        }
        answer
    }

    fn answer(&self, router: &Router, request: &Request<()>) -> Answer {
        self.block_on(async {
            let response = router.clone().oneshot(request.clone().map(|()| Body::empty())).await.unwrap();
            let (head, body) = response.into_parts();
            let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
            Answer { status: head.status, headers: head.headers, body }
        })
    }

    /// Asks with another method.
    pub(crate) fn send(&self, method: Method, path: &str) -> Answer {
        self.ask(Request::builder().method(method).uri(path).header(header::HOST, "localhost"))
    }

    /// What is asked for; it has to be there.
    pub(crate) fn json(&self, path: &str) -> Value {
        let answer = self.get(path);
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text());
        answer.json()
    }

    /// The answer whose body goes on and on.
    pub(crate) fn open(&self, path: &str) -> axum::response::Response {
        let request = Request::get(path).header(header::HOST, "localhost").body(Body::empty()).unwrap();
        self.block_on(self.router.clone().oneshot(request)).unwrap()
    }
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.to_vec()).unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The header's text, empty where it is missing.
    pub(crate) fn header(&self, name: impl header::AsHeaderName) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// The source, as whoever polls it left it.
/// Disciplines by the issues' types.
fn by_types() -> Policy {
    let rule = |name: &str, discipline: &str| DisciplineRule::IssueType {
        name: name.to_owned(),
        discipline: discipline.to_owned(),
    };
    let disciplines = vec![rule("Story", BUILDERS), rule("Bug", "qa"), rule("Sub-task", "qa")];
    Policy { disciplines, ..Policy::default() }
}

fn source(state: &'static str, succeeded_at: Timestamp) -> SourceState {
    SourceState {
        name: SOURCE.to_owned(),
        kind: "jira-archive",
        state,
        error: (state == "failing").then(|| "the folder is gone".to_owned()),
        records: 120,
        polled_at: Some(NOW),
        succeeded_at: Some(succeeded_at),
        calls: 548,
        quota_left_per_mille: Some(230),
        next_poll_at: Some(NOW),
        issues_read: 20_000,
        read_until: Some(NOW),
        backlog: Some(0),
        token_expires_at: Some(NOW),
        notice: (state == "current").then(|| "its token expires on 2026-12-01: make a new one".to_owned()),
        ..SourceState::default()
    }
}

async fn serve(place: &Place, store: &MemoryStore) {
    let mut serving = Serving::open(place).await.unwrap();
    serving.follow(store.snapshot().as_ref(), GENERATION, 0).await.unwrap();
    serving.states(&[source("current", NOW)], &["acme".to_owned()]).await.unwrap();
    serving.close().await;
}

/// Records of every kind that is hard to show: a formula, no UTF-8, and one that is long.
fn rejected() -> Vec<Rejected> {
    let record = |stage, input: &str, reason, original: &[u8]| {
        Rejected::new(SOURCE, stage, input.to_owned(), reason, format!("{input} is 100% wrong"))
            .with_original(original)
    };
    vec![
        record(RejectedAt::Read, "=1+1", Reason::NoJson, b"=cmd|' /C calc'!A0"),
        record(RejectedAt::Read, "issues.ndjson:7", Reason::NoJson, b"\xff\xfe"),
        record(RejectedAt::Translate, "issue_1", Reason::BadField, "ä".repeat(40_000).as_bytes()),
    ]
}

fn write<R: Row>(store: &MemoryStore, row: &R) {
    commit(store, R::TABLE, row.key(), Some(serde_json::to_vec(row).unwrap()));
}

fn commit(store: &MemoryStore, table: &'static str, key: Key, json: Option<Vec<u8>>) {
    let rows = vec![RowWrite { table, key, json, fresh: false }];
    store.commit(Batch { rows, ..Batch::default() }, Durability::Buffered).unwrap();
}
