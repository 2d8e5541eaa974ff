//! Issues that were made to break the ledger: their instants lie around the borders of the sprints, so that many changes
//! share a millisecond with S, E or each other, and their present fields need not be what their histories lead to.

use proptest::prelude::*;
use tidemark_model::Timestamp;
use tidemark_model::board::{Board, BoardColumn, Field, IssueTypeRow, Status};
use tidemark_model::issue::{
    FieldChange, FieldValue, Gone, HistoryEntry, Issue, IssueType, Standing, StatusRef,
};
use tidemark_model::sprint::{Sprint, SprintState, SprintStatement};
use tidemark_stream::Driver;

const SPRINT_FIELD: &str = "customfield_1";
const POINTS_FIELD: &str = "customfield_2";
const INSTANTS: [i64; 9] = [900, 999, 1000, 1001, 1500, 1999, 2000, 2001, 3000];
/// To do, doing, done, mapped to no column, named by nobody.
const STATUSES: [&str; 5] = ["1", "2", "3", "8", "77"];
const ESTIMATES: [&str; 8] = ["", "3", "5.0", "0.5", "1,000", "five", "-2", "1,5"];
const SPRINTS: [&str; 6] = ["", "10", "11", "10, 11", "10,12", "99"];

/// What a change sets and claims to have found, by the numbers of the values.
type Change = (usize, usize, usize, usize);

fn changed((at, field, from, to): Change, id: i64) -> HistoryEntry {
    let (field, field_id, values): (&str, &str, &[&str]) = match field {
        0 => ("Sprint", SPRINT_FIELD, &SPRINTS),
        1 => ("status", "status", &STATUSES),
        2 => ("Story Points", POINTS_FIELD, &ESTIMATES),
        3 => ("issuetype", "issuetype", &["t", "s", ""]),
        _ => ("IssueParentAssociation", "parent", &["", "1", "2", "404"]),
    };
    let value =
        |number: usize| Some(values[number % values.len()].to_owned()).filter(|value| !value.is_empty());
    let change = FieldChange {
        field: field.to_owned(),
        field_id: Some(field_id.to_owned()),
        from: value(from),
        from_text: value(from),
        to: value(to),
        to_text: value(to),
    };
    HistoryEntry { id, at: Timestamp(INSTANTS[at]), actor: Some("ann".to_owned()), items: vec![change] }
}

#[derive(Debug, Clone)]
pub(crate) struct Hostile {
    changes: Vec<Change>,
    created: usize,
    /// Type, status, estimate, sprints, parent: present values, whatever the history leads to.
    present: [usize; 5],
    gone: Option<usize>,
    complete: bool,
}

pub(crate) fn hostile() -> impl Strategy<Value = Hostile> {
    let change = (0..INSTANTS.len(), 0..5_usize, 0..8_usize, 0..8_usize);
    let gone = proptest::option::weighted(0.2, 0..INSTANTS.len());
    let rest =
        (0..INSTANTS.len(), [0..8_usize, 0..8, 0..8, 0..8, 0..8], gone, proptest::bool::weighted(0.97));
    (proptest::collection::vec(change, 0..14), rest).prop_map(
        |(changes, (created, present, gone, complete))| Hostile { changes, created, present, gone, complete },
    )
}

pub(crate) fn issue(number: usize, hostile: &Hostile) -> Issue {
    let mut history: Vec<HistoryEntry> =
        (hostile.changes.iter().zip(1..)).map(|(change, id)| changed(*change, id)).collect();
    history.sort_by_key(|entry| (entry.at, entry.id));
    let [kind, status, estimate, sprints, parent] = hostile.present;
    let estimate = Some(ESTIMATES[estimate]).filter(|text| !text.is_empty());
    let subtask = kind % 4 == 0;
    let status = STATUSES[status % STATUSES.len()].to_owned();
    Issue {
        source: "acme".to_owned(),
        id: number.to_string(),
        key: format!("ACME-{number}"),
        project_key: "ACME".to_owned(),
        summary: String::new(),
        issue_type: IssueType {
            id: if subtask { "s" } else { "t" }.to_owned(),
            name: String::new(),
            subtask,
        },
        status: StatusRef { id: status.clone(), name: status, category: None },
        resolution: None,
        resolved_at: (kind % 3 == 0).then_some(Timestamp(1500)),
        created_at: Timestamp(INSTANTS[hostile.created]),
        updated_at: Timestamp(2500),
        assignee: None,
        priority: None,
        labels: Vec::new(),
        components: Vec::new(),
        parent_id: (parent % 2 == 0).then(|| (parent % 5).to_string()),
        sprints: SPRINTS[sprints % SPRINTS.len()]
            .split(", ")
            .filter(|id| !id.is_empty())
            .map(str::to_owned)
            .collect(),
        fields: estimate
            .map(|text| (POINTS_FIELD.to_owned(), FieldValue::Text(text.to_owned())))
            .into_iter()
            .collect(),
        stated_estimate: None,
        history_complete: hostile.complete,
        history,
        gone: hostile.gone.map(|at| Gone { standing: Standing::Deleted, at: Some(Timestamp(INSTANTS[at])) }),
    }
}

fn sprint(id: &str, state: SprintState, start: i64, complete: Option<i64>) -> Sprint {
    let now = SprintStatement {
        effective_at: Timestamp(5000),
        name: format!("Sprint {id}"),
        state,
        goal: None,
        activated_at: None,
        start_at: Some(Timestamp(start)),
        end_at: Some(Timestamp(start + 900)),
        complete_at: complete.map(Timestamp),
        origin_board_id: Some("7".to_owned()),
    };
    Sprint { source: "acme".to_owned(), id: id.to_owned(), now, earlier: Vec::new() }
}

pub(crate) fn world() -> Driver {
    let driver = Driver::new(tidemark_processors::processors());
    let source = || "acme".to_owned();
    let column = |name: &str| BoardColumn { name: name.to_owned(), status_ids: vec![name.to_owned()] };
    driver
        .put(&Board {
            source: source(),
            id: "7".to_owned(),
            effective_at: Timestamp(1),
            name: "Board".to_owned(),
            kind: "scrum".to_owned(),
            columns: ["1", "2", "3"].map(column).into(),
            estimation_field: Some(POINTS_FIELD.to_owned()),
            estimation_unsaid: false,
            shown_sprints: Vec::new(),
        })
        .unwrap();
    let closed = [("10", 1000, 2000), ("11", 1001, 1001)];
    closed.iter().for_each(|(id, start, end)| {
        driver.put(&sprint(id, SprintState::Closed, *start, Some(*end))).unwrap()
    });
    driver.put(&sprint("12", SprintState::Active, 1500, None)).unwrap();
    driver.put(&sprint("99", SprintState::Future, 4000, None)).unwrap();
    for (id, custom_type) in
        [(SPRINT_FIELD, Some("com.pyxis.greenhopper.jira:gh-sprint")), (POINTS_FIELD, None)]
    {
        let custom_type = custom_type.map(str::to_owned);
        let (id, name) = (id.to_owned(), id.to_owned());
        driver.put(&Field { source: source(), id, effective_at: Timestamp(1), name, custom_type }).unwrap();
    }
    for id in STATUSES {
        driver
            .put(&Status { source: source(), id: id.to_owned(), name: id.to_owned(), category: None })
            .unwrap();
    }
    for (id, subtask) in [("t", false), ("s", true)] {
        driver
            .put(&IssueTypeRow { source: source(), id: id.to_owned(), name: id.to_owned(), subtask })
            .unwrap();
    }
    driver
}
