//! Cases of the metric reference, each with its row derived by hand. S is at 100, E at 200.

use std::collections::{BTreeMap, BTreeSet};

use tidemark_model::board::{Board, BoardColumn};
use tidemark_model::facts::EntryKind;
use tidemark_model::issue::{Gone, Standing};
use tidemark_model::membership::{ChangeRef, Estimate, SprintIssue, SprintIssueState, Step, StepTo};
use tidemark_model::{Points, Timestamp};

use tidemark_model::facts::Mode;
use tidemark_model::policy::Policy;

use super::{Account, Delta, Entry, Keeping, Origins, Part, account};
use crate::rules::{Reading, Reopening, Rules, Window};

const TODO: &str = "1";
const DONE: &str = "3";
const UNMAPPED: &str = "9";
const FIELD: &str = "customfield_1";

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

fn estimate(points: Option<i64>) -> Estimate {
    Estimate { points: points.map(|points| Points::from_millionths(points * 1_000_000)), unreadable: None }
}

/// An issue of 5 points, in the sprint or not, in a status, with steps at instants.
fn issue(member: bool, status: &str, steps: &[(i64, StepTo)]) -> SprintIssue {
    let step = |(index, (at, to)): (usize, &(i64, StepTo))| Step {
        change: ChangeRef { at: Timestamp(*at), history_id: index as i64, item: 0, actor: None },
        to: to.clone(),
    };
    SprintIssue {
        source: "acme".to_owned(),
        sprint_id: "7".to_owned(),
        issue_id: "1".to_owned(),
        issue_key: "ACME-1".to_owned(),
        summary: String::new(),
        issue_type: "Story".to_owned(),
        history_complete: true,
        subtasks_complete: true,
        resolved_at: None,
        gone: None,
        exists_from: Timestamp(0),
        initial: SprintIssueState {
            member,
            subtask: false,
            status_id: status.to_owned(),
            estimates: BTreeMap::from([(FIELD.to_owned(), estimate(Some(5)))]),
            resolved: false,
            moved_on: BTreeSet::new(),
            claims: Vec::new(),
            subtasks: BTreeMap::new(),
        },
        steps: steps.iter().enumerate().map(step).collect(),
    }
}

fn of(issue: &SprintIssue) -> Account {
    read(issue, Mode::JiraCloud, &[], Some(200)).unwrap()
}

/// The account in a mode, in a sprint that was opened again at some instants.
fn read(issue: &SprintIssue, mode: Mode, reopened: &[i64], end: Option<i64>) -> Option<Account> {
    let (board, statuses) = (board(), BTreeMap::new());
    let reading =
        Reading { done: tidemark_model::policy::DonePolicy::Column, ..Reading::of(mode, &Policy::default()) };
    let rules = Rules::of("acme", Some(&board), &statuses, Some(FIELD.to_owned()), reading);
    let window = Window {
        started_at: Some(Timestamp(100)),
        ended_at: end.map(Timestamp),
        reopened: reopened
            .iter()
            .map(|at| Reopening { at: Timestamp(*at), active: BTreeSet::from(["8".to_owned()]) })
            .collect(),
    };
    account(issue, &window, Keeping { rules: &rules, part: Part::Whole, with_subtasks: false })
}

/// (committed, added, removed, reestimated, completed, not completed), in points.
fn row(account: &Account) -> [i64; 6] {
    let whole = |points: Points| points.millionths() / 1_000_000;
    let last = |holds: bool| if account.in_scope && holds { whole(account.final_points) } else { 0 };
    let totals = account.totals;
    [
        whole(totals.committed.points),
        whole(totals.added.points),
        whole(totals.removed.points),
        whole(totals.reestimated),
        last(account.done),
        last(!account.done),
    ]
}

fn member(holds: bool) -> StepTo {
    StepTo::Member(holds)
}

fn status(id: &str) -> StepTo {
    StepTo::Status(id.to_owned())
}

fn points(points: i64) -> StepTo {
    StepTo::Estimate { field: FIELD.to_owned(), value: estimate(Some(points)) }
}

#[test]
fn case_1_and_10_a_change_at_the_very_start_belongs_to_the_commitment() {
    // In at 99, re-estimated to 8 at 100 = S: 8 committed. Re-estimated to 9 at 101: +1.
    let account = of(&issue(false, TODO, &[(99, member(true)), (100, points(8)), (101, points(9))]));
    assert_eq!(row(&account), [8, 0, 0, 1, 0, 9]);
}

#[test]
fn case_3_removed_re_estimated_while_out_and_added_again() {
    // 5 committed and removed at 5; 5→8 while out is no entry; added at 8.
    let account = of(&issue(true, TODO, &[(110, member(false)), (120, points(8)), (130, member(true))]));
    assert_eq!(row(&account), [5, 8, 5, 0, 0, 8]);
}

#[test]
fn case_6_done_before_the_start_counts_nothing() {
    let account = of(&issue(true, DONE, &[]));
    assert_eq!(row(&account), [0; 6]);
    assert_eq!(account.entries[0].kind, EntryKind::DoneBeforeStart);
}

#[test]
fn case_7_reopened_and_not_done_at_the_end() {
    // Done inside, reopened inside: still the committed 5, not completed.
    let inside = of(&issue(true, TODO, &[(110, status(DONE)), (120, status(TODO))]));
    assert_eq!(row(&inside), [5, 0, 0, 0, 0, 5]);
    // Done before S, reopened inside: it enters by REOPEN, added 5, not completed 5.
    let before = of(&issue(true, DONE, &[(110, status(TODO))]));
    assert_eq!(row(&before), [0, 5, 0, 0, 0, 5]);
    assert_eq!(before.entries[1].kind, EntryKind::Reopen);
}

#[test]
fn case_10_a_re_estimate_after_done_changes_what_was_completed() {
    // Done at 110 with 5, corrected to 8 at 120, and to 13 at 210 > E, which is nothing.
    let account = of(&issue(true, TODO, &[(110, status(DONE)), (120, points(8)), (210, points(13))]));
    assert_eq!(row(&account), [5, 0, 0, 3, 8, 0]);
    assert_eq!(account.totals.reestimated_done, account.totals.reestimated);
}

#[test]
fn case_15_a_change_of_type_is_a_removal() {
    let account = of(&issue(true, TODO, &[(110, StepTo::Type { subtask: true, member: true })]));
    assert_eq!(row(&account), [5, 0, 5, 0, 0, 0]);
    assert_eq!(account.entries[1].reason, Some("type"));
}

#[test]
fn case_17_a_deletion_inside_is_a_removal_and_one_after_the_end_is_nothing() {
    let gone = |at| Some(Gone { standing: Standing::Deleted, at: Some(Timestamp(at)) });
    let inside = SprintIssue { gone: gone(150), ..issue(true, TODO, &[]) };
    assert_eq!(row(&of(&inside)), [5, 0, 5, 0, 0, 0]);
    let after = SprintIssue { gone: gone(250), ..issue(true, TODO, &[]) };
    assert_eq!(row(&of(&after)), [5, 0, 0, 0, 0, 5]);
}

#[test]
fn case_19_a_status_without_a_column_counts_nothing_while_it_lasts() {
    // 5 committed; unmapped at 110: −5, and still in scope at 0.
    let account = of(&issue(true, TODO, &[(110, status(UNMAPPED))]));
    assert_eq!(row(&account), [5, 0, 0, -5, 0, 0]);
    assert!(account.in_scope);
    assert_eq!(account.entries[1].reason, Some("unmapped"));
}

#[test]
fn what_was_done_elsewhere_counts_nothing_and_what_was_done_here_comes_back() {
    let outside = of(&issue(false, TODO, &[(110, status(DONE)), (120, member(true))]));
    assert_eq!(row(&outside), [0; 6]);
    assert_eq!(outside.entries[0].kind, EntryKind::DoneOutside);
    // Committed and done here, taken out while done, put back: 5 + 5 − 5 = 5, completed.
    let back = of(&issue(true, TODO, &[(110, status(DONE)), (120, member(false)), (130, member(true))]));
    assert_eq!(row(&back), [5, 5, 5, 0, 5, 0]);
}

#[test]
fn an_issue_that_left_before_the_start_has_no_account() {
    assert!(read(&issue(true, TODO, &[(90, member(false))]), Mode::JiraCloud, &[], None).is_none());
}

#[test]
fn case_23_what_moved_on_does_not_come_back_when_the_sprint_is_opened_again() {
    // Closed at 150 with the issue not done, which then goes on to another sprint (151). Opened again at 160: it leaves
    // with its 5 points. Put back at 170 (the other sprint drops it): added 5.
    let moved =
        |on: bool| StepTo::MovedOn(if on { BTreeSet::from(["8".to_owned()]) } else { BTreeSet::new() });
    let gone = read(&issue(true, TODO, &[(151, moved(true))]), Mode::JiraCloud, &[160], Some(200)).unwrap();
    assert_eq!(row(&gone), [5, 0, 5, 0, 0, 0]);
    assert_eq!((gone.entries[1].at, gone.entries[1].reason), (Timestamp(160), Some("moved_on")));
    let steps = [(151, moved(true)), (170, moved(false))];
    let back = read(&issue(true, TODO, &steps), Mode::JiraCloud, &[160], Some(200)).unwrap();
    assert_eq!(row(&back), [5, 5, 5, 0, 0, 5]);
    // Closed once only: going on changes nothing.
    assert_eq!(row(&of(&issue(true, TODO, &[(151, moved(true))]))), [5, 0, 0, 0, 0, 5]);
}

#[test]
fn modes_read_the_same_history_by_their_own_rules() {
    const DAY: i64 = 86_400_000;
    let in_mode =
        |issue: &SprintIssue, mode| read(issue, mode, &[], Some(2 * DAY)).map(|account| row(&account));
    // Unmapped at 110: Data Center keeps the 5 points.
    let unmapped = issue(true, TODO, &[(110, status(UNMAPPED))]);
    assert_eq!(in_mode(&unmapped, Mode::JiraDc), Some([5, 0, 0, 0, 0, 5]));
    // Added within the first day at 8: committed 8 where a day of grace is given, else added.
    let added = issue(false, TODO, &[(110, points(8)), (120, member(true))]);
    assert_eq!(in_mode(&added, Mode::Grace24h), Some([8, 0, 0, 0, 0, 8]));
    assert_eq!(in_mode(&added, Mode::JiraCloud), Some([0, 8, 0, 0, 0, 8]));
    // Committed and done within the day: committed and completed 5; taken out within the day: never there.
    let done = issue(true, TODO, &[(110, status(DONE))]);
    assert_eq!(in_mode(&done, Mode::Grace24h), Some([5, 0, 0, 0, 5, 0]));
    assert_eq!(in_mode(&issue(true, TODO, &[(110, member(false))]), Mode::Grace24h), None);
    // Done at the start: committed and completed for eazyBI; worked on again, it is not completed.
    assert_eq!(in_mode(&issue(true, DONE, &[]), Mode::Eazybi), Some([5, 0, 0, 0, 5, 0]));
    assert_eq!(in_mode(&issue(true, DONE, &[(110, status(TODO))]), Mode::Eazybi), Some([5, 0, 0, 0, 0, 5]));
}

#[test]
fn entries_name_the_changes_that_their_standing_comes_from() {
    // 0: in the sprint. 1: 5→8. Both before S, so that 8 are committed by them. 2: done. 3: 8→9 while done.
    let steps = [(50, member(true)), (60, points(8)), (150, status(DONE)), (160, points(9))];
    let account = of(&issue(false, TODO, &steps));
    let number = |change: &Option<ChangeRef>| change.as_ref().map(|change| change.history_id);
    let told: Vec<_> = account
        .entries
        .iter()
        .map(|entry| {
            let Origins { sprint, done, estimate } = &entry.origins;
            (entry.kind, number(&entry.change), number(sprint), number(done), number(estimate))
        })
        .collect();
    assert_eq!(
        told,
        [
            (EntryKind::Commit, None, Some(0), None, Some(1)),
            (EntryKind::Done, Some(2), Some(0), Some(2), Some(1)),
            (EntryKind::Reestimate, Some(3), Some(0), Some(2), Some(3)),
        ]
    );
    // Created in the sprint, estimated and done: no change made it so.
    let created = of(&issue(true, DONE, &[]));
    assert_eq!(created.entries[0].kind, EntryKind::DoneBeforeStart);
    assert_eq!(created.entries[0].origins, Origins::default());
}

#[test]
fn a_book_that_does_not_balance_is_found_out() {
    let account = || of(&issue(true, TODO, &[(120, points(8)), (150, status(DONE))]));
    assert!(account().balances());
    let spoiled = |spoil: fn(&mut Account)| {
        let mut account = account();
        spoil(&mut account);
        account.balances()
    };
    assert!(!spoiled(|account| account.entries[0].remaining.issues = 0), "an issue on no side");
    assert!(!spoiled(|account| account.entries[1].scope.points = Points::ZERO), "points out of nothing");
    assert!(!spoiled(|account| drop(account.entries.remove(0))), "an entry is missing");
    assert!(!spoiled(|account| account.totals.added = account.totals.committed), "the totals say more");
    assert!(!spoiled(|account| account.final_points = Points::ZERO), "the end says less");
    // At the end everything adds up again, in between it does not.
    let moved_late = |account: &mut Account| {
        let late = account.entries[2].completed;
        account.entries[2].completed = Delta::default();
        account.entries.push(Entry { at: Timestamp(190), completed: late, ..account.entries[2].clone() });
    };
    assert!(!spoiled(moved_late));
}
