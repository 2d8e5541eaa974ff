//! Recorded histories of a real Jira board: who was in which sprint when. Sprints 7, 9 and 17 were read by hand, change
//! by change; all thirty are compared with a naive reading. No configuration of the board was recorded, so that nothing
//! is said here of what was completed.
#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod recording;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use recording::{Members, Recording};
use tidemark_model::facts::{EntryKind, LedgerEntry, Outcome, SprintItem};
use tidemark_model::membership::{SprintIssue, StepTo};
use tidemark_model::rejected::Rejected;
use tidemark_model::sprint::Sprint;
use tidemark_stream::Store;
use tidemark_stream::memory::MemoryStore;
use tidemark_tests::{loaded, rows};

const SUBTASKS: RangeInclusive<u64> = 10087..=10098;

/// One sprint, as its changelogs were read by hand: issues, each with the history that tells it. No history tells of
/// an issue that was created in the sprint.
struct Hand {
    sprint: u64,
    start: &'static str,
    added: &'static str,
    removed: &'static str,
    end: &'static [RangeInclusive<u64>],
}

/// 10079 was put into 7, then 9, out of it, into 9 again and, before 9 was closed, into 17. 10082 was in 9 as well, but
/// only before it started. The first twelve that were added to 7 are sub-tasks of 10063, 10064 and 10065: their own
/// changelogs name no sprint, only the parent. 10099 has a parent too, but is no sub-task by its type.
const BY_HAND: [Hand; 3] = [
    Hand {
        sprint: 7,
        start: "10063:10690 10064:10687 10065:10692 10066:10688 10067:10693 10068:10689 10070:10686 10071:10691 \
                10072:10696 10076:10694 10077:10699 10078:10695 10079:10698 10081:10697 10085 10086",
        added: "10087:10709 10088:10711 10089:10713 10090:10715 10091:10730 10092:10732 10093:10734 10094:10736 \
                10095:10748 10096:10751 10097:10753 10098:10755 10099",
        removed: "10079:11598 10081:12032",
        end: &[10063..=10068, 10070..=10072, 10076..=10078, 10085..=10099],
    },
    Hand { sprint: 9, start: "10079:11615", added: "", removed: "10079:16765", end: &[] },
    Hand { sprint: 17, start: "10079:16765", added: "", removed: "", end: &[10079..=10079] },
];

impl Hand {
    fn members(&self) -> Members {
        let ids = |list| told(list).map(|(issue, _)| issue).collect();
        let end = self.end.iter().cloned().flatten().collect();
        Members { start: ids(self.start), added: ids(self.added), removed: ids(self.removed), end }
    }
}

fn told(list: &str) -> impl Iterator<Item = (u64, Option<&str>)> {
    list.split_whitespace().map(|word| {
        let (issue, history) = word.split_once(':').map_or((word, None), |(issue, id)| (issue, Some(id)));
        (issue.parse().unwrap(), history)
    })
}

fn load(recording: &Recording, never_done: bool) -> MemoryStore {
    let folder = tempfile::tempdir().unwrap();
    recording.write(folder.path(), never_done);
    let store = loaded(folder.path()).unwrap();
    assert_eq!(rows::<Rejected>(&store).unwrap(), []);
    store
}

fn native(id: &str) -> u64 {
    id.rsplit('/').next().unwrap().parse().unwrap()
}

/// What the program knows of every issue in every sprint, sub-tasks too, before any board says what is done.
fn known(store: &dyn Store) -> BTreeMap<u64, Members> {
    let sprints: Vec<Sprint> = rows(store).unwrap();
    let mut all: BTreeMap<u64, Members> =
        sprints.iter().map(|sprint| (native(&sprint.id), Members::default())).collect();
    for row in rows::<SprintIssue>(store).unwrap() {
        let sprint = sprints.iter().find(|sprint| sprint.id == row.sprint_id).unwrap();
        let (start, end) = (sprint.now.started_at().unwrap(), sprint.now.closed_at().unwrap());
        let later = row.steps.iter().filter_map(|step| match step.to {
            StepTo::Member(member) | StepTo::Type { member, .. } => Some((step.change.at, member)),
            _ => None,
        });
        let steps: Vec<_> = [(row.exists_from, row.initial.member)].into_iter().chain(later).collect();
        let members = all.get_mut(&native(&row.sprint_id)).unwrap();
        members.follow(native(&row.issue_id), &steps, start, end);
    }
    all
}

/// Which issue is listed in which sprint, whatever became of it.
fn listed(store: &dyn Store) -> BTreeSet<(u64, u64)> {
    let items = rows::<SprintItem>(store).unwrap().into_iter().map(|item| {
        assert_eq!(item.subtask, SUBTASKS.contains(&native(&item.issue_id)), "{item:?}");
        (native(&item.sprint_id), native(&item.issue_id))
    });
    items.collect()
}

/// What items and ledger say where nothing is ever done, so that being in scope is being a member.
fn reported(store: &dyn Store) -> BTreeMap<u64, Members> {
    let mut all: BTreeMap<u64, Members> = BTreeMap::new();
    for entry in rows::<LedgerEntry>(store).unwrap() {
        let (members, issue) = (all.entry(native(&entry.sprint_id)).or_default(), native(&entry.issue_id));
        let new = match entry.kind {
            EntryKind::Commit => members.start.insert(issue),
            EntryKind::Add => members.added.insert(issue),
            EntryKind::Remove => members.removed.insert(issue),
            EntryKind::CarryIn | EntryKind::CarryOut => continue,
            _ => panic!("nothing is done, nothing is estimated: {entry:?}"),
        };
        assert!(new, "twice: {entry:?}");
    }
    for item in rows::<SprintItem>(store).unwrap() {
        let (members, issue) = (all.entry(native(&item.sprint_id)).or_default(), native(&item.issue_id));
        match item.outcome {
            Outcome::NotCompleted => assert!(members.end.insert(issue), "twice: {item:?}"),
            Outcome::Removed => {}
            _ => panic!("nothing is done: {item:?}"),
        }
    }
    all
}

/// The same without the sub-tasks' entries: sub-tasks are listed, but have no part in the ledger.
fn as_counted(members: &Members) -> Members {
    let kept = |ids: &BTreeSet<u64>| ids.iter().copied().filter(|id| !SUBTASKS.contains(id)).collect();
    let Members { start, added, removed, end } = members;
    Members { start: kept(start), added: kept(added), removed: kept(removed), end: end.clone() }
}

#[test]
fn three_sprints_are_as_their_changelogs_were_read_by_hand() {
    let Some(recording) = Recording::find("three_sprints_are_as_their_changelogs_were_read") else { return };
    let store = load(&recording, true);
    let (known, reported) = (known(&store), reported(&store));
    let entries: Vec<LedgerEntry> = rows(&store).unwrap();
    for hand in BY_HAND {
        let (sprint, members) = (hand.sprint, hand.members());
        assert_eq!(known[&sprint], members, "sprint {sprint}");
        assert_eq!(reported[&sprint], as_counted(&members), "sprint {sprint}: items and ledger");
        for (issue, history) in [hand.start, hand.added, hand.removed].into_iter().flat_map(told) {
            assert!(history.is_none_or(|history| recording.tells(issue, history)), "{issue}: {history:?}");
        }
        for (kind, list) in [(EntryKind::Add, hand.added), (EntryKind::Remove, hand.removed)] {
            let ours =
                entries.iter().filter(|entry| native(&entry.sprint_id) == sprint && entry.kind == kind);
            let ours: BTreeSet<_> =
                ours.map(|entry| (native(&entry.issue_id), entry.change_id.clone())).collect();
            let theirs = told(list).filter(|(issue, _)| !SUBTASKS.contains(issue));
            let theirs = theirs.map(|(issue, id)| (issue, id.map(|id| format!("{id}:0")))).collect();
            assert_eq!(ours, theirs, "sprint {sprint}: the changes that {} comes from", kind.as_str());
        }
    }
}

#[test]
fn every_sprint_is_as_a_naive_reading_of_the_changelogs_has_it() {
    let Some(recording) = Recording::find("every_sprint_is_as_a_naive_reading") else { return };
    assert_eq!((recording.issues.len(), recording.sprints.len()), (33, 30));
    let naive = recording.members();
    for hand in BY_HAND {
        assert_eq!(naive[&hand.sprint], hand.members(), "sprint {}: the naive reading is wrong", hand.sprint);
    }
    let store = load(&recording, true);
    assert_eq!(known(&store), naive);
    let taken_part = |members: &Members| !members.start.is_empty() || !members.added.is_empty();
    let counted = naive.iter().filter(|(_, members)| taken_part(members));
    let counted: BTreeMap<u64, Members> = counted.map(|(id, members)| (*id, as_counted(members))).collect();
    assert_eq!(reported(&store), counted);

    let pairs: BTreeSet<(u64, u64)> = naive
        .iter()
        .flat_map(|(id, members)| members.start.union(&members.added).map(|issue| (*id, *issue)))
        .collect();
    assert_eq!(listed(&store), pairs);
    assert_eq!(listed(&load(&recording, false)), pairs, "without a configuration of the board");
    println!("{} sprints, {} of them with issues; {} items", naive.len(), counted.len(), pairs.len());
}
