//! What is carried from sprint to sprint of a board, told from the legs that the books noted while they were kept.

use std::collections::HashMap;

use serde::Serialize;

use crate::moment::{DAY, Moment};

/// An issue that comes back later than this after a close was not carried over, but taken up again.
const LONGEST_GAP: i64 = 5 * DAY;

/// An issue that was in scope of a sprint.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Leg {
    pub(crate) issue: u32,
    /// Since when it had been in the sprint when it first came into scope.
    pub(crate) since: Moment,
    /// In scope and not done at the end.
    pub(crate) open: bool,
}

/// The legs of a sprint that has started.
#[derive(Debug)]
pub(crate) struct Stage<'a> {
    pub(crate) sprint: u32,
    /// E; none while it is open.
    pub(crate) end: Option<Moment>,
    pub(crate) legs: &'a [Leg],
}

/// An issue's carry-over into and out of a sprint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Carry {
    pub(crate) issue: u32,
    pub(crate) carried_in_from: Option<u32>,
    /// Sprints before this one, without a break.
    pub(crate) carry_count: u32,
    /// Sprints of the board that it ever was in, this one included.
    pub(crate) sprints_touched: u32,
    pub(crate) carried_out: bool,
}

/// The way of an issue so far.
#[derive(Clone, Copy, Debug, Default)]
struct Way {
    touched: u32,
    /// The last closed sprint that it was in: its id, its end, whether the issue was left open, and its count.
    former: Option<(u32, Moment, bool, u32)>,
}

/// The rows of each sprint of a board, by sprint: each comes after those that were closed before, and the open ones last
/// (METRICS rule 14).
pub(crate) fn carries(mut stages: Vec<Stage<'_>>) -> HashMap<u32, Vec<Carry>> {
    stages.sort_by_key(|stage| (stage.end.is_none(), stage.end, stage.sprint));
    let mut ways: HashMap<u32, Way> = HashMap::new();
    let rows = stages.into_iter().map(|stage| {
        let rows = stage.legs.iter().map(|leg| ways.entry(leg.issue).or_default().go(&stage, leg));
        (stage.sprint, rows.collect())
    });
    rows.collect()
}

impl Way {
    fn go(&mut self, stage: &Stage<'_>, leg: &Leg) -> Carry {
        let former = self.former.filter(|(_, end, open, _)| *open && leg.since.0 - end.0 <= LONGEST_GAP);
        let carry_count = former.map_or(0, |(_, _, _, count)| count + 1);
        self.touched += 1;
        if let Some(end) = stage.end {
            self.former = Some((stage.sprint, end, leg.open, carry_count));
        }
        Carry {
            issue: leg.issue,
            carried_in_from: former.map(|(sprint, ..)| sprint),
            carry_count,
            sprints_touched: self.touched,
            carried_out: leg.open && stage.end.is_some(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Leg, Stage, carries};
    use crate::moment::{DAY, Moment};

    #[test]
    fn a_gap_of_more_than_five_days_breaks_the_chain_but_touches_the_sprint() {
        let leg = |since: i64, open| [Leg { issue: 1, since: Moment(since), open }];
        let (one, two, three, four) =
            (leg(0, true), leg(100, true), leg(200 + 5 * DAY, true), leg(300 + 11 * DAY, false));
        let stage = |sprint, end: i64, legs| Stage { sprint, end: Some(Moment(end)), legs };
        let mut stages = vec![stage(7, 100, &one), stage(8, 200, &two), stage(5, 300 + 5 * DAY, &three)];
        stages.push(Stage { sprint: 2, end: None, legs: &four });
        let rows = carries(stages);
        let row = |sprint: u32| {
            let row = rows[&sprint][0];
            (row.carried_in_from, row.carry_count, row.sprints_touched, row.carried_out)
        };
        assert_eq!(row(7), (None, 0, 1, true));
        assert_eq!(row(8), (Some(7), 1, 2, true));
        assert_eq!(row(5), (Some(8), 2, 3, true));
        assert_eq!(row(2), (None, 0, 4, false));
    }
}
