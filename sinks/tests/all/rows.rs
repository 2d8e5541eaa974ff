//! Rows to store, and the forms in which tests of warehouses compare them.

use arrow::array::RecordBatch;
use tidemark_model::facts::{BoardSprint, EntryKind, LedgerEntry};
use tidemark_model::issue::{FieldChange, HistoryEntry, Issue, IssueType, StatusRef};
use tidemark_model::{Key, Points, Row, Timestamp};
use tidemark_sinks::FedBy;
use tidemark_sinks::columns::Columns;
use tidemark_sql::FACTS;
use tidemark_sql::format::{Format, write};
use tidemark_stream::{Batch, Durability, RowWrite, Snapshot, Store};

/// 2026-03-02T09:15:00Z.
pub(crate) const NOW: Timestamp = Timestamp(1_772_442_900_000);

/// Writes one row, or takes the row of its key away.
pub(crate) fn store_row<R: Row>(store: &dyn Store, row: &R, present: bool) {
    let json = present.then(|| serde_json::to_vec(row).unwrap());
    let rows = vec![RowWrite { table: R::TABLE, key: row.key(), json, fresh: false }];
    store.commit(Batch { rows, ..Batch::default() }, Durability::Buffered).unwrap();
}

/// An issue with `changes` entries of one to two fields; `variant` makes it another statement of the same issue.
pub(crate) fn issue(id: u32, variant: u32, changes: u32) -> Issue {
    let item = |field: &str, value: u32| FieldChange {
        field: field.to_owned(),
        field_id: value.is_multiple_of(2).then(|| field.to_lowercase()),
        from: None,
        from_text: Some(format!("{value}")),
        to: Some(format!("{}", value + 1)),
        to_text: Some(format!("{variant}")),
    };
    let entry = |number: u32| HistoryEntry {
        id: i64::from(number + 1),
        at: Timestamp(NOW.0 + i64::from(number) * 1000),
        actor: (!number.is_multiple_of(3)).then(|| "Ana".to_owned()),
        items: (0..=number % 2).map(|field| item(["Status", "Sprint"][field as usize], number)).collect(),
    };
    Issue {
        source: "acme".to_owned(),
        id: id.to_string(),
        key: format!("ACME-{id}"),
        project_key: "ACME".to_owned(),
        summary: format!("do {variant}, \"quickly\""),
        issue_type: IssueType { id: "1".to_owned(), name: "Story".to_owned(), subtask: false },
        status: StatusRef { id: "3".to_owned(), name: "In Progress".to_owned(), category: None },
        resolution: None,
        resolved_at: variant.is_multiple_of(2).then_some(NOW),
        created_at: NOW,
        updated_at: NOW,
        assignee: None,
        priority: Some("High".to_owned()),
        labels: vec!["a".to_owned(), "b".to_owned()],
        components: Vec::new(),
        parent_id: None,
        sprints: Vec::new(),
        fields: Default::default(),
        stated_estimate: None,
        history_complete: true,
        history: (0..changes).map(entry).collect(),
        gone: None,
    }
}

pub(crate) fn board_sprint(id: u32, variant: u32) -> BoardSprint {
    BoardSprint {
        source: "acme".to_owned(),
        board_id: format!("acme/{}", id % 3),
        board_name: variant.is_multiple_of(2).then(|| "Payments".to_owned()),
        sprint_id: format!("acme/{id}"),
        sprint_name: format!("Sprint {variant}"),
        state: "closed".to_owned(),
        goal: None,
        started_at: Some(NOW),
        planned_end_at: None,
        closed_at: Some(Timestamp(NOW.0 + i64::from(variant))),
        origin: true,
        board_inferred: false,
    }
}

/// A fact's rows as the store's rows say them, as sorted lines of JSON.
pub(crate) fn stored<R: Row, F: FedBy<R>>(snapshot: &dyn Snapshot) -> Vec<String> {
    let fact = FACTS.iter().find(|fact| fact.name == F::NAME).unwrap();
    let mut columns = Columns::new(fact);
    for row in snapshot.scan(R::TABLE, &Key::default()).unwrap() {
        let row: R = serde_json::from_slice(&row.unwrap().1.json).unwrap();
        F::explode(&row, &mut |fact| columns.push(fact));
    }
    let batch = columns.take().unwrap();
    let visible: Vec<usize> = (0..fact.columns.len()).collect();
    lines(&[batch.project(&visible).unwrap()])
}

/// Rows as sorted lines of JSON.
pub(crate) fn lines(batches: &[RecordBatch]) -> Vec<String> {
    let mut out = Vec::new();
    if let Some(first) = batches.first() {
        write(Format::Json, &first.schema(), batches.iter().cloned().map(Ok), &mut out).unwrap();
    }
    let text = String::from_utf8(out).unwrap();
    let mut lines: Vec<String> = text
        .lines()
        .filter(|line| line.len() > 1)
        .map(|line| line.trim_end_matches(',').to_owned())
        .collect();
    lines.retain(|line| line != "[]");
    lines.sort();
    lines
}

/// An entry of issue `issue`, `minutes` after the start: (scope, remaining, completed) in points and in issues.
pub(crate) fn entry(
    issue: u32,
    minutes: i64,
    kind: EntryKind,
    points: [f64; 3],
    issues: [i64; 3],
) -> LedgerEntry {
    let [scope, remaining, completed] = points.map(|points| Points::from_f64(points).unwrap());
    LedgerEntry {
        source: "acme".to_owned(),
        board_id: "acme/1".to_owned(),
        sprint_id: "acme/7".to_owned(),
        issue_id: format!("acme/{issue}"),
        entry: minutes + 1,
        issue_key: format!("ACME-{issue}"),
        at: Timestamp(NOW.0 + minutes * 60_000),
        kind,
        reason: None,
        actor: None,
        change_id: None,
        sprint_change_id: None,
        done_change_id: None,
        estimate_change_id: None,
        before_points: Points::ZERO,
        after_points: Points::ZERO,
        scope_points: scope,
        remaining_points: remaining,
        completed_points: completed,
        scope_issues: issues[0],
        remaining_issues: issues[1],
        completed_issues: issues[2],
    }
}
