//! A sprint of two stories, counted by hand. S is at 100, E at 200.

use std::collections::{BTreeMap, BTreeSet};

use tidemark_model::board::{Board, BoardColumn};
use tidemark_model::facts::{BoardSprint, Mode};
use tidemark_model::membership::{
    ChangeRef, Claim, Estimate, Rolled, SprintIssue, SprintIssueState, Step, StepTo,
};
use tidemark_model::policy::{DonePolicy, Policy, SubtaskPolicy};
use tidemark_model::sprint::{Sprint, SprintState, SprintStatement};
use tidemark_model::{Key, Points, Row, Timestamp};

use super::{Recount, Stated, of_discipline, recount};
use crate::explain::{Number, Unit, Value, explain};
use crate::rules::Reading;

const TODO: &str = "1";
const DONE: &str = "3";
const FIELD: &str = "customfield_1";

fn estimates(points: Option<i64>) -> BTreeMap<String, Estimate> {
    let points = points.map(|points| Points::from_millionths(points * 1_000_000));
    BTreeMap::from([(FIELD.to_owned(), Estimate { points, unreadable: None })])
}

fn claim(discipline: &str) -> Vec<Claim> {
    vec![Claim { rule: "issue_type Story".to_owned(), team: None, discipline: discipline.to_owned() }]
}

/// A front-end story in the sprint, with steps at instants.
fn story(id: &str, points: Option<i64>, steps: &[(i64, StepTo)]) -> SprintIssue {
    let step = |(index, (at, to)): (usize, &(i64, StepTo))| Step {
        change: ChangeRef { at: Timestamp(*at), history_id: index as i64, item: 0, actor: None },
        to: to.clone(),
    };
    SprintIssue {
        source: "acme".to_owned(),
        sprint_id: "7".to_owned(),
        issue_id: id.to_owned(),
        issue_key: format!("ACME-{id}"),
        summary: String::new(),
        issue_type: "Story".to_owned(),
        history_complete: true,
        subtasks_complete: true,
        resolved_at: None,
        gone: None,
        exists_from: Timestamp(0),
        initial: SprintIssueState {
            member: true,
            subtask: false,
            status_id: TODO.to_owned(),
            estimates: estimates(points),
            resolved: false,
            moved_on: BTreeSet::new(),
            claims: claim("frontend"),
            subtasks: BTreeMap::new(),
        },
        steps: steps.iter().enumerate().map(step).collect(),
    }
}

/// 1 has no estimate but a back-end sub-task of 3, re-estimated to 5 at 150, and is done at 160. 2 has 8 points, is
/// resolved at 170 and never done on the board.
fn issues() -> Vec<SprintIssue> {
    let rolled = |points| Rolled { estimates: estimates(Some(points)), claims: claim("backend") };
    let subtask = |points| StepTo::Subtask { id: "11".to_owned(), now: rolled(points) };
    let done = StepTo::Status(DONE.to_owned());
    vec![
        story("1", None, &[(50, subtask(3)), (150, subtask(5)), (160, done)]),
        story("2", Some(8), &[(170, StepTo::Resolved(true))]),
    ]
}

fn sprint() -> Sprint {
    let now = SprintStatement {
        effective_at: Timestamp(200),
        name: "Sprint 7".to_owned(),
        state: SprintState::Closed,
        goal: None,
        activated_at: Some(Timestamp(100)),
        start_at: None,
        end_at: None,
        complete_at: Some(Timestamp(200)),
        origin_board_id: Some("1".to_owned()),
    };
    Sprint { source: "acme".to_owned(), id: "7".to_owned(), now, earlier: Vec::new() }
}

fn shown() -> BoardSprint {
    BoardSprint {
        source: "acme".to_owned(),
        board_id: "acme/1".to_owned(),
        board_name: None,
        sprint_id: "acme/7".to_owned(),
        sprint_name: "Sprint 7".to_owned(),
        state: "closed".to_owned(),
        goal: None,
        started_at: Some(Timestamp(100)),
        planned_end_at: None,
        closed_at: Some(Timestamp(200)),
        origin: true,
        board_inferred: false,
    }
}

fn board() -> Board {
    let column =
        |name: &str, id: &str| BoardColumn { name: name.to_owned(), status_ids: vec![id.to_owned()] };
    Board {
        source: "acme".to_owned(),
        id: "1".to_owned(),
        effective_at: Timestamp(0),
        name: "Team".to_owned(),
        kind: "scrum".to_owned(),
        columns: vec![column("To do", TODO), column("Done", DONE)],
        estimation_field: Some(FIELD.to_owned()),
        estimation_unsaid: false,
        shown_sprints: Vec::new(),
    }
}

fn with<T>(ask: impl FnOnce(&Stated<'_>) -> T) -> T {
    let (sprint, shown, issues, policy) = (sprint(), shown(), issues(), Policy::default());
    let boards = BTreeMap::from([(board().key(), board())]);
    let (fields, statuses) = (BTreeMap::new(), BTreeMap::<Key, _>::new());
    ask(&Stated {
        sprint: &sprint,
        successors: None,
        shown: &shown,
        boards: &boards,
        fields: &fields,
        statuses: &statuses,
        policy: &policy,
        issues: &issues,
    })
}

fn by(mode: Mode, subtasks: SubtaskPolicy, done: DonePolicy) -> Reading {
    Reading { mode, subtasks, done }
}

/// (committed, re-estimated, completed, not completed), in points.
fn row(recount: &Recount) -> [f64; 4] {
    let report = &recount.report;
    let columns = [
        report.committed_points,
        report.reestimated_points,
        report.completed_points,
        report.not_completed_points,
    ];
    columns.map(|points| points.unwrap().to_f64())
}

#[test]
fn a_sprint_reads_as_each_definition_says() {
    use DonePolicy::{Column, Resolution};
    use SubtaskPolicy::{Exclude, RollUp};
    let cases = [
        (by(Mode::JiraCloud, Exclude, Column), [8.0, 0.0, 0.0, 8.0]),
        (by(Mode::JiraCloud, Exclude, Resolution), [8.0, 0.0, 8.0, 0.0]),
        (by(Mode::JiraCloud, RollUp, Column), [11.0, 2.0, 5.0, 8.0]),
        (by(Mode::Final, RollUp, Column), [13.0, 0.0, 5.0, 8.0]),
    ];
    for (reading, expected) in cases {
        let recount = with(|stated| recount(stated, reading));
        assert_eq!(row(&recount), expected, "{reading:?}");
        let sum = |of: fn(&tidemark_model::facts::SprintItem) -> Points| {
            recount.items.iter().map(of).sum::<Points>().to_f64()
        };
        assert_eq!(sum(|item| item.committed_points.unwrap()), expected[0], "{reading:?}");
        assert_eq!(sum(|item| item.completed_points), expected[2], "{reading:?}");
    }
}

#[test]
fn rolled_up_points_are_explained_by_their_sub_tasks_in_their_disciplines() {
    let reading = by(Mode::JiraCloud, SubtaskPolicy::RollUp, DonePolicy::Column);
    let disciplines = with(|stated| recount(stated, reading)).disciplines;
    let names: Vec<&str> = disciplines.iter().map(|part| part.discipline.as_str()).collect();
    assert_eq!(names, ["backend", "frontend"], "a discipline may have points and no issue");
    let part = with(|stated| of_discipline(stated, reading, "backend")).unwrap();
    let completed = explain(&part.report, &part.pieces, Number::Completed, Unit::Points);
    assert_eq!(
        (completed.value, completed.agrees()),
        (Some(Value::Sum(Points::from_millionths(5_000_000))), Some(true))
    );
    assert_eq!(completed.shares[0].subtask_id.as_deref(), Some("acme/11"));
    assert_eq!(completed.shares[0].issue_key, "ACME-1");
    let issues = explain(&part.report, &part.pieces, Number::Completed, Unit::Issues);
    assert_eq!(
        (issues.shares.len(), issues.agrees()),
        (0, Some(true)),
        "the story counts as a front-end issue"
    );
    let other = with(|stated| of_discipline(stated, reading, "frontend")).unwrap();
    let issues = explain(&other.report, &other.pieces, Number::Completed, Unit::Issues);
    assert_eq!((issues.shares.len(), issues.agrees()), (1, Some(true)));
    assert_eq!(with(|stated| of_discipline(stated, reading, "qa")).unwrap_err(), ["backend", "frontend"]);
}
