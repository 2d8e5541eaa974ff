//! The burndown of a sprint: its ledger, summed up as a step function of time (METRICS section 7).

use tidemark_model::facts::EntryKind;
use tidemark_model::{Points, Timestamp};

const DAY_MS: i64 = 86_400_000;

/// Changes of a sprint's scope and of its remaining and completed work.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Amounts {
    pub scope_points: Points,
    pub remaining_points: Points,
    pub completed_points: Points,
    pub scope_issues: i64,
    pub remaining_issues: i64,
    pub completed_issues: i64,
}

/// The ledger entries of one kind at one instant, summed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    pub at: Timestamp,
    pub kind: EntryKind,
    pub entries: i64,
    pub change: Amounts,
}

/// What happened between the point before and this one, and what held after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Point {
    /// The first instant at which the ledger has an entry here.
    pub from: Timestamp,
    /// The last one: what `after` says holds from here on.
    pub at: Timestamp,
    /// By kind, in the order of [`EntryKind::ALL`].
    pub changes: Vec<Step>,
    pub after: Amounts,
}

impl std::ops::AddAssign for Amounts {
    fn add_assign(&mut self, other: Self) {
        self.scope_points += other.scope_points;
        self.remaining_points += other.remaining_points;
        self.completed_points += other.completed_points;
        self.scope_issues += other.scope_issues;
        self.remaining_issues += other.remaining_issues;
        self.completed_issues += other.completed_issues;
    }
}

/// The burndown of a ledger's steps, which are sorted by time. Where there are more than `most` instants, those that
/// lie together are one point: what held at its end is exact, whatever the number of points.
pub fn burndown(steps: &[Step], most: usize) -> Vec<Point> {
    let (Some(first), Some(last)) = (steps.first(), steps.last()) else { return Vec::new() };
    let mut instants: Vec<Timestamp> = steps.iter().map(|step| step.at).collect();
    instants.dedup();
    // The start is a point of its own: it is where the commitment is read.
    let buckets = i64::try_from(most.max(2) - 1).unwrap_or(i64::MAX);
    let width = if instants.len() <= most.max(2) { 1 } else { (last.at.0 - first.at.0) / buckets + 1 };
    let bucket = |at: Timestamp| if at == first.at { -1 } else { (at.0 - first.at.0) / width };
    let mut after = Amounts::default();
    let groups = steps.chunk_by(|one, next| bucket(one.at) == bucket(next.at));
    groups
        .filter_map(|group| {
            let (from, at) = (group.first()?.at, group.last()?.at);
            let mut changes: Vec<Step> = Vec::new();
            for step in group {
                after += step.change;
                match changes.iter_mut().find(|change| change.kind == step.kind) {
                    Some(change) => {
                        change.entries += step.entries;
                        change.change += step.change;
                        change.at = step.at;
                    }
                    None => changes.push(*step),
                }
            }
            changes.sort_by_key(|change| change.kind);
            Some(Point { from, at, changes, after })
        })
        .collect()
}

/// The guideline from what was committed at the start to nothing at the planned end, flat on Saturdays and Sundays
/// (UTC): its corners. Nothing where the dates do not make a line.
pub fn guideline(started: Timestamp, planned_end: Timestamp, committed: Points) -> Vec<(Timestamp, f64)> {
    if planned_end <= started {
        return Vec::new();
    }
    let mut corners = vec![started];
    let mut midnight = (started.0.div_euclid(DAY_MS) + 1) * DAY_MS;
    while midnight < planned_end.0 {
        corners.push(Timestamp(midnight));
        midnight += DAY_MS;
    }
    corners.push(planned_end);
    let working = |from: Timestamp, to: Timestamp| if is_weekend(from) { 0 } else { to.0 - from.0 };
    let total: i64 = corners.windows(2).map(|pair| working(pair[0], pair[1])).sum();
    let start = committed.to_f64();
    if total == 0 {
        // A sprint of a weekend has no working time to spread the work over.
        return vec![(started, start), (planned_end, 0.0)];
    }
    let mut done = 0;
    let mut line = vec![(started, start)];
    for pair in corners.windows(2) {
        done += working(pair[0], pair[1]);
        line.push((pair[1], start * (1.0 - done as f64 / total as f64)));
    }
    // Corners that lie on the line between their neighbours say nothing.
    let keep = |index: usize| {
        index == 0 || index + 1 == line.len() || is_weekend(line[index - 1].0) != is_weekend(line[index].0)
    };
    (0..line.len()).filter(|index| keep(*index)).map(|index| line[index]).collect()
}

/// 1970-01-01 was a Thursday.
fn is_weekend(at: Timestamp) -> bool {
    matches!((at.0.div_euclid(DAY_MS) + 3).rem_euclid(7), 5 | 6)
}

#[cfg(test)]
mod tests {
    use tidemark_model::facts::EntryKind::{Add, Commit, Done};
    use tidemark_model::{Points, Timestamp};

    use super::{Amounts, Step, burndown, guideline};

    fn step(at: i64, kind: tidemark_model::facts::EntryKind, scope: i64, remaining: i64) -> Step {
        let points = |whole: i64| Points::from_f64(whole as f64).unwrap();
        let change = Amounts {
            scope_points: points(scope),
            remaining_points: points(remaining),
            completed_points: points(scope - remaining),
            ..Amounts::default()
        };
        Step { at: Timestamp(at), kind, entries: 1, change }
    }

    #[test]
    fn points_say_what_held_after_each_instant_however_few_there_are() {
        let steps = [step(0, Commit, 20, 20), step(5, Done, 0, -8), step(5, Add, 3, 3), step(9, Done, 0, -3)];
        let all = burndown(&steps, 100);
        let remaining: Vec<f64> = all.iter().map(|point| point.after.remaining_points.to_f64()).collect();
        assert_eq!(remaining, [20.0, 15.0, 12.0]);
        assert_eq!(all[1].changes.iter().map(|change| change.kind).collect::<Vec<_>>(), [Add, Done]);
        let few = burndown(&steps, 2);
        assert_eq!(few.len(), 2, "the start, and all else");
        assert_eq!(few[1].after, all[2].after);
        assert_eq!((few[1].from, few[1].at), (Timestamp(5), Timestamp(9)));
        assert!(burndown(&[], 100).is_empty());
    }

    #[test]
    fn the_guideline_rests_at_weekends() {
        // Friday 2026-03-06 12:00 to Tuesday 2026-03-10 12:00 (UTC): two working days in all.
        let (friday, tuesday) = (Timestamp(1_772_798_400_000), Timestamp(1_773_144_000_000));
        let line = guideline(friday, tuesday, Points::from_f64(20.0).unwrap());
        let day = 86_400_000;
        let midnight = Timestamp(friday.0 + day / 2);
        let monday = Timestamp(midnight.0 + 2 * day);
        assert_eq!(line, [(friday, 20.0), (midnight, 15.0), (monday, 15.0), (tuesday, 0.0)]);
        assert!(guideline(tuesday, friday, Points::ZERO).is_empty());
    }
}
