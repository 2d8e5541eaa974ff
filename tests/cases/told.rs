//! What Tidemark tells of an archive, in a form that can be compared with what was worked out by hand.

use std::ops::ControlFlow;

use tempfile::TempDir;
use tidemark_connectors::archive::Archive;
use tidemark_ingest::pull;
use tidemark_model::facts::{CarryOver, EntryKind, LedgerEntry, Mode, SprintItem, SprintReport};
use tidemark_model::policy::Policy;
use tidemark_model::raw::Raw;
use tidemark_model::time::ManualClock;
use tidemark_model::{Points, Row, Timestamp};
use tidemark_stream::memory::MemoryStore;
use tidemark_stream::{Batch, Durability, RowWrite, Runner, Store};
use tidemark_tests::{SOURCE, processors, rows};

use crate::archive::Jira;
use crate::jira::Story;

/// 15 January 2027, after all that is told here.
const FIRST_READING: i64 = 1_800_000_000_000;
const HOUR: i64 = 3_600_000;

/// An archive that was read once or more often, and what came of it.
pub(crate) struct Told {
    folder: TempDir,
    store: MemoryStore,
    readings: i64,
}

/// Reads the archive of these issues, and of the usual board and sprints.
pub(crate) fn told(stories: impl IntoIterator<Item = Story>) -> Told {
    crate::archive::jira(stories).told()
}

impl Jira {
    /// Writes the archive, and reads it for the first time.
    pub(crate) fn told(&self) -> Told {
        let mut told = Told { folder: tempfile::tempdir().unwrap(), store: MemoryStore::new(), readings: 0 };
        told.again(self);
        told
    }
}

impl Told {
    /// Reads what the archive says an hour later.
    pub(crate) fn again(&mut self, jira: &Jira) {
        jira.write(self.folder.path(), self.readings.unsigned_abs());
        let clock = ManualClock::at(Timestamp(FIRST_READING + self.readings * HOUR));
        let archive = Archive::new(SOURCE, self.folder.path());
        pull(SOURCE, &archive, &self.store, &clock, &mut |_| ControlFlow::Continue(())).unwrap();
        self.readings += 1;
        self.run();
    }

    /// What comes of raw rows that arrive batch by batch, everything being processed in between.
    pub(crate) fn of(batches: &[&[Raw]]) -> Self {
        let told = Self { folder: tempfile::tempdir().unwrap(), store: MemoryStore::new(), readings: 0 };
        for batch in batches {
            let row = |raw: &Raw| RowWrite {
                table: Raw::TABLE,
                key: raw.key(),
                json: Some(serde_json::to_vec(raw).unwrap()),
                fresh: false,
            };
            let batch = Batch { rows: batch.iter().map(row).collect(), ..Batch::default() };
            told.store.commit(batch, Durability::Buffered).unwrap();
            told.run();
        }
        told
    }

    /// Processes everything to the end, and holds each report against its ledger.
    pub(crate) fn run(&self) {
        Runner::new(&self.store, &processors()).run(&mut |_, _| {}).unwrap();
        self.all::<SprintReport>().iter().for_each(|report| self.check(report));
    }

    /// Changes what is configured.
    pub(crate) fn configure(&self, policy: &Policy) {
        let json = Some(serde_json::to_vec(policy).unwrap());
        let row = RowWrite { table: Policy::TABLE, key: policy.key(), json, fresh: false };
        let batch = Batch { rows: vec![row], ..Batch::default() };
        self.store.commit(batch, Durability::Buffered).unwrap();
        self.run();
    }

    pub(crate) fn all<R: Row>(&self) -> Vec<R> {
        rows(&self.store).unwrap()
    }

    /// The only report of a sprint.
    #[track_caller]
    pub(crate) fn report(&self, sprint: u32) -> SprintReport {
        let mut reports = self.all::<SprintReport>();
        reports.retain(|report| {
            report.mode == Mode::JiraCloud && report.sprint_id == format!("{SOURCE}/{sprint}")
        });
        assert_eq!(reports.len(), 1, "reports of sprint {sprint}: {reports:#?}");
        reports.remove(0)
    }

    /// Asserts the whole report of a sprint: what is not named is 0.
    #[track_caller]
    pub(crate) fn shows(&self, sprint: u32, points: &str, issues: &str) {
        assert_row(&self.report(sprint), points, issues);
    }

    pub(crate) fn items(&self, sprint: u32) -> Vec<SprintItem> {
        let mut items = self.all::<SprintItem>();
        items.retain(|item| item.sprint_id == format!("{SOURCE}/{sprint}"));
        items
    }

    /// What an issue contributes to a sprint, by its present key.
    #[track_caller]
    pub(crate) fn item(&self, sprint: u32, key: &str) -> SprintItem {
        let item = self.items(sprint).into_iter().find(|item| item.issue_key == key);
        item.unwrap_or_else(|| panic!("sprint {sprint} has no item {key}"))
    }

    /// The outcomes of all items of a sprint, as `ACME-1 completed, ACME-2 removed`.
    pub(crate) fn outcomes(&self, sprint: u32) -> String {
        let mut items = self.items(sprint);
        items.sort_by(|one, other| one.issue_key.cmp(&other.issue_key));
        let outcomes = items.iter().map(|item| format!("{} {}", item.issue_key, item.outcome.as_str()));
        outcomes.collect::<Vec<_>>().join(", ")
    }

    /// The legs of an issue's way: sprint, where it was carried in from and with which gap in seconds, how often, sprints
    /// touched, points burned, and whether it was carried out, as `11 from 10 gap 0 carried 1 touched 2 burned 0 out`.
    pub(crate) fn legs(&self, key: &str) -> Vec<String> {
        let mut legs = self.all::<CarryOver>();
        legs.retain(|leg| leg.issue_key == key);
        legs.sort_by_key(|leg| leg.started_at);
        let number = |id: &str| id.rsplit_once('/').unwrap().1.to_owned();
        let told = legs.iter().map(|leg| {
            let gap = leg.gap_secs.map(|gap| format!(" gap {gap}")).unwrap_or_default();
            let from = leg.carried_in_from.as_ref().map(|from| format!(" from {}", number(from)));
            let out = if leg.carried_out { " out" } else { "" };
            format!(
                "{}{}{gap} carried {} touched {} burned {}{out}",
                number(&leg.sprint_id),
                from.unwrap_or_default(),
                leg.carry_count,
                leg.sprints_touched,
                leg.burned_points
            )
        });
        told.collect()
    }

    /// The entries of an issue in a sprint's ledger that are no carry-over: instant, kind, change, the issue's points (before and after, where
    /// they differ) and reason, as `04T10:00 REESTIMATE 1001:0 0->5 (mapped)`.
    pub(crate) fn ledger(&self, sprint: u32, key: &str) -> Vec<String> {
        let mut entries = self.all::<LedgerEntry>();
        let carried = [EntryKind::CarryIn, EntryKind::CarryOut];
        entries.retain(|entry| {
            entry.sprint_id == format!("{SOURCE}/{sprint}")
                && entry.issue_key == key
                && !carried.contains(&entry.kind)
        });
        entries.sort_by_key(|entry| entry.entry);
        entries.iter().map(line).collect()
    }

    /// Rule 1 in points and rule 2 in issues, in every mode; and that the ledger, up to E, adds up to the report.
    fn check(&self, report: &SprintReport) {
        let Some(committed) = report.committed_points else { return };
        let scope = report.final_scope_points.unwrap();
        let points = |points: Option<Points>| points.unwrap();
        let entered = committed + points(report.added_points) - points(report.removed_points);
        assert_eq!(entered + points(report.reestimated_points), scope, "{report:#?}");
        assert_eq!(
            points(report.completed_points) + points(report.not_completed_points),
            scope,
            "{report:#?}"
        );
        let issues = |issues: Option<i64>| issues.unwrap();
        let scope = issues(report.final_scope_issues);
        let entered = issues(report.committed_issues) + issues(report.added_issues);
        assert_eq!(entered - issues(report.removed_issues), scope, "{report:#?}");
        let shares = issues(report.completed_issues) + issues(report.not_completed_issues);
        assert_eq!(shares, scope, "{report:#?}");

        if report.mode != Mode::JiraCloud {
            return;
        }
        let mut ledger = self.all::<LedgerEntry>();
        ledger.retain(|entry| (&entry.board_id, &entry.sprint_id) == (&report.board_id, &report.sprint_id));
        let after = ledger.iter().find(|entry| report.closed_at.is_some_and(|closed| entry.at > closed));
        assert!(after.is_none(), "an entry after the end: {after:#?}");
        let sum = |of: fn(&LedgerEntry) -> Points| Some(ledger.iter().map(of).sum::<Points>());
        let count = |of: fn(&LedgerEntry) -> i64| Some(ledger.iter().map(of).sum::<i64>());
        assert_eq!(sum(|entry| entry.scope_points), report.final_scope_points, "{ledger:#?}");
        assert_eq!(count(|entry| entry.scope_issues), report.final_scope_issues, "{ledger:#?}");
        // The burndown at E.
        assert_eq!(sum(|entry| entry.remaining_points), report.not_completed_points, "{ledger:#?}");
        assert_eq!(count(|entry| entry.remaining_issues), report.not_completed_issues, "{ledger:#?}");
        assert_eq!(sum(|entry| entry.completed_points), report.completed_points, "{ledger:#?}");
        assert_eq!(count(|entry| entry.completed_issues), report.completed_issues, "{ledger:#?}");
    }
}

/// Asserts a whole report: what is not named is 0.
#[track_caller]
pub(crate) fn assert_row(report: &SprintReport, points: &str, issues: &str) {
    let found = named(&[
        ("committed", text(report.committed_points)),
        ("added", text(report.added_points)),
        ("removed", text(report.removed_points)),
        ("reestimated", text(report.reestimated_points)),
        ("final_scope", text(report.final_scope_points)),
        ("completed", text(report.completed_points)),
        ("not_completed", text(report.not_completed_points)),
    ]);
    let counts = named(&[
        ("committed", text(report.committed_issues)),
        ("added", text(report.added_issues)),
        ("removed", text(report.removed_issues)),
        ("reestimated", text(report.reestimated_issues)),
        ("final_scope", text(report.final_scope_issues)),
        ("completed", text(report.completed_issues)),
        ("not_completed", text(report.not_completed_issues)),
        ("done_before_start", text(report.done_before_start_issues)),
        ("done_outside", text(report.done_outside_issues)),
        ("unestimated", text(report.unestimated_issues)),
    ]);
    let expected = format!("points: {points}\nissues: {issues}");
    assert_eq!(format!("points: {found}\nissues: {counts}"), expected, "sprint {}", report.sprint_id);
}

fn text<T: ToString>(value: Option<T>) -> String {
    value.map_or_else(|| "null".to_owned(), |value| value.to_string())
}

fn named(numbers: &[(&str, String)]) -> String {
    let told = numbers.iter().filter(|(_, number)| number != "0");
    told.map(|(name, number)| format!("{name} {number}")).collect::<Vec<_>>().join(", ")
}

fn line(entry: &LedgerEntry) -> String {
    let at = short(entry.at);
    let change = entry.change_id.as_ref().map(|change| format!(" {change}")).unwrap_or_default();
    let reason = entry.reason.as_ref().map(|reason| format!(" ({reason})")).unwrap_or_default();
    let (kind, before, after) = (entry.kind.as_str(), entry.before_points, entry.after_points);
    let before = if before == after { String::new() } else { format!("{before}->") };
    format!("{at} {kind}{change} {before}{after}{reason}")
}

/// An instant as the stories write it.
pub(crate) fn short(at: Timestamp) -> String {
    let text = at.to_string();
    let text = text.trim_start_matches("2026-03-").trim_end_matches('Z').trim_end_matches(".000");
    text.strip_suffix(":00").unwrap_or(text).to_owned()
}
