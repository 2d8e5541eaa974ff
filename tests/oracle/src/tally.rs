//! Sums and counts over the rows of a sprint, whole or of one discipline.

use std::collections::{BTreeMap, BTreeSet};

use crate::discipline::{Verdict, discipline_at};
use crate::points::Points;
use crate::predictability::{CommittedIssues, CommittedPoints, CompletedCommitted};
use crate::report::{Discipline, IssueCounts, Kind, Outcome, PointSums};
use crate::rows::Row;
use crate::shares::Shares;
use crate::view::View;
use crate::walk::Happening;

/// What is in scope at E.
const SCOPE: [Outcome; 2] = [Outcome::Completed, Outcome::NotCompleted];

/// A row with its discipline, and those of the sub-tasks that bear points.
#[derive(Debug)]
pub(crate) struct Judged<'a> {
    pub(crate) row: Row<'a>,
    pub(crate) verdict: Verdict,
    bearers: BTreeMap<String, String>,
}

impl<'a> Judged<'a> {
    /// Reads the disciplines as of the instant that rule 10 names; those of
    /// sub-tasks as of the same instant as the issue's own.
    pub(crate) fn new(view: &View<'_>, row: Row<'a>) -> Self {
        let verdict = discipline_at(view, row.issue, row.judged_at);
        let deltas = row.walk.entries.iter().map(|entry| &entry.delta);
        let shares = deltas.chain([&row.walk.last_shares]);
        let of_bearer = |id: &String| {
            let issue = view.archive.issues.get(id)?;
            Some((id.clone(), discipline_at(view, issue, row.judged_at).discipline))
        };
        let bearers = shares.flat_map(Shares::bearers).filter_map(of_bearer).collect();
        Self { row, verdict, bearers }
    }

    fn bears_for(&self, bearer: &str, discipline: &str) -> bool {
        self.bearers.get(bearer).is_some_and(|of_bearer| of_bearer == discipline)
    }
}

/// The rows that count; with a discipline, what of them is that discipline's.
#[derive(Debug)]
pub(crate) struct Tally<'a> {
    judged: &'a [Judged<'a>],
    discipline: Option<&'a str>,
    history_missing: bool,
}

impl<'a> Tally<'a> {
    /// The tally of everything.
    pub(crate) fn new(judged: &'a [Judged<'a>], history_missing: bool) -> Self {
        Self { judged, discipline: None, history_missing }
    }

    fn known<T>(&self, number: T) -> Option<T> {
        Some(number).filter(|_| !self.history_missing)
    }

    /// The rows that count in points; which part of one does is said by its
    /// bearers.
    fn counted(&self) -> impl Iterator<Item = &'a Judged<'a>> {
        self.judged.iter().filter(|judged| judged.row.counted)
    }

    /// The rows that count as issues: an issue counts in its own discipline.
    fn issues_here(&self) -> impl Iterator<Item = &'a Judged<'a>> {
        let here =
            |judged: &&Judged<'_>| self.discipline.is_none_or(|name| judged.verdict.discipline == name);
        self.counted().filter(here)
    }

    fn points_of(&self, judged: &Judged<'_>, shares: &Shares) -> Points {
        match self.discipline {
            Some(name) => shares.total_of(|bearer| judged.bears_for(bearer, name)),
            None => shares.total(),
        }
    }

    fn sum(&self, kinds: &[Kind]) -> Points {
        let mut sum = Points::default();
        for judged in self.counted() {
            for entry in judged.row.walk.entries.iter().filter(|entry| kinds.contains(&entry.kind)) {
                sum = sum.plus(self.points_of(judged, &entry.delta));
            }
        }
        sum
    }

    fn sum_at_end(&self, outcomes: &[Outcome]) -> Points {
        let rows = self.counted().filter(|judged| has_outcome(judged, outcomes));
        let points = rows.map(|judged| self.points_of(judged, &judged.row.walk.last_shares));
        points.fold(Points::default(), Points::plus)
    }

    /// Counts entries (rule 2).
    fn entries(&self, kinds: &[Kind]) -> u64 {
        let entries = self.issues_here().flat_map(|judged| &judged.row.walk.entries);
        count(entries.filter(|entry| kinds.contains(&entry.kind)))
    }

    fn with(&self, outcomes: &[Outcome]) -> u64 {
        count(self.issues_here().filter(|judged| has_outcome(judged, outcomes)))
    }

    pub(crate) fn points(&self) -> PointSums {
        PointSums {
            committed: self.known(self.sum(&[Kind::Commit])),
            added: self.known(self.sum(&[Kind::Add, Kind::Reopen])),
            removed: self.known(Points::default().minus(self.sum(&[Kind::Remove]))),
            reestimated: self.known(self.sum(&[Kind::Reestimate])),
            final_scope: Some(self.sum_at_end(&SCOPE)),
            completed: Some(self.sum_at_end(&[Outcome::Completed])),
            not_completed: Some(self.sum_at_end(&[Outcome::NotCompleted])),
        }
    }

    pub(crate) fn issues(&self) -> IssueCounts {
        let reestimated = |judged: &&Judged<'_>| judged.row.walk.entries.iter().any(Happening::is_reestimate);
        IssueCounts {
            committed: self.known(self.entries(&[Kind::Commit])),
            added: self.known(self.entries(&[Kind::Add, Kind::Reopen])),
            removed: self.known(self.entries(&[Kind::Remove])),
            reestimated: self.known(count(self.issues_here().filter(reestimated))),
            final_scope: Some(self.with(&SCOPE)),
            completed: Some(self.with(&[Outcome::Completed])),
            not_completed: Some(self.with(&[Outcome::NotCompleted])),
            done_before_start: self.with(&[Outcome::DoneBeforeStart]),
            done_outside: self.with(&[Outcome::DoneOutside]),
        }
    }

    /// Rule 8: in the final scope with no estimate at E.
    pub(crate) fn unestimated(&self) -> u64 {
        let in_scope = self.issues_here().filter(|judged| has_outcome(judged, &SCOPE));
        count(in_scope.filter(|judged| judged.row.walk.last.is_none()))
    }

    /// The issues that were committed and are completed: their points in the
    /// commitment, their points at E, and how many they are.
    pub(crate) fn completed_committed(&self) -> CompletedCommitted {
        let is_commit = |entry: &&Happening| entry.kind == Kind::Commit;
        let mut initial = Points::default();
        let mut last = Points::default();
        let mut issues = 0;
        for judged in self.counted().filter(|judged| has_outcome(judged, &[Outcome::Completed])) {
            if let Some(commit) = judged.row.walk.entries.iter().find(is_commit) {
                initial = initial.plus(commit.delta.total());
                last = last.plus(judged.row.walk.last_shares.total());
                issues += 1;
            }
        }
        CompletedCommitted {
            points: CommittedPoints {
                completed_committed_initial: self.known(initial),
                completed_committed: self.known(last),
            },
            issues: CommittedIssues { completed_committed: self.known(issues) },
        }
    }

    /// The split by discipline, by name; a discipline with nothing but zeros
    /// is left out.
    pub(crate) fn disciplines(&self) -> Vec<Discipline> {
        let own = self.counted().map(|judged| &judged.verdict.discipline);
        let names: BTreeSet<&String> =
            own.chain(self.counted().flat_map(|judged| judged.bearers.values())).collect();
        let disciplines = names.into_iter().map(|name| {
            let tally = Tally { discipline: Some(name), ..*self };
            Discipline {
                name: name.clone(),
                points: tally.points(),
                issues: tally.issues(),
                unestimated: tally.unestimated(),
            }
        });
        disciplines.filter(|discipline| !discipline.is_nothing()).collect()
    }
}

fn has_outcome(judged: &Judged<'_>, outcomes: &[Outcome]) -> bool {
    judged.row.walk.outcome.is_some_and(|outcome| outcomes.contains(&outcome))
}

fn count<T>(items: impl Iterator<Item = T>) -> u64 {
    items.fold(0, |number, _| number + 1)
}
