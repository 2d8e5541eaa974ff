//! When a board's sprints are created, started, due and closed: a cadence, and the manners in which teams keep to it.

use crate::dice::{Deck, Dice};
use crate::moment::{DAY, HOUR, MINUTE, MONDAY, Moment, SATURDAY, SECOND};

/// The instants of one sprint.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timetable {
    pub(crate) created: Moment,
    pub(crate) planned_start: Moment,
    /// The start instant S.
    pub(crate) start: Moment,
    /// The planned end PE.
    pub(crate) planned_end: Moment,
    /// The end instant E; none for a sprint that never ends, because the simulation ends before.
    pub(crate) close: Option<Moment>,
}

#[derive(Clone, Copy, Debug)]
enum StartManner {
    OnTime,
    HoursLate,
    DaysLate,
    OnWeekend,
}

#[derive(Clone, Copy, Debug)]
enum CloseManner {
    Exact,
    SecondsLate,
    HoursLate,
    DaysLate,
    Early,
}

const START_MANNERS: [StartManner; 6] = [
    StartManner::OnTime,
    StartManner::OnTime,
    StartManner::OnTime,
    StartManner::HoursLate,
    StartManner::DaysLate,
    StartManner::OnWeekend,
];

const CLOSE_MANNERS: [CloseManner; 6] = [
    CloseManner::HoursLate,
    CloseManner::HoursLate,
    CloseManner::DaysLate,
    CloseManner::Exact,
    CloseManner::SecondsLate,
    CloseManner::Early,
];

/// The days on which boards begin their sprints: Monday, Wednesday, Thursday.
const ANCHORS: [i64; 3] = [MONDAY, 2, 3];

/// Days between the last sprint's planned start and the end of the simulation, at least: room for a late start.
const TAIL: i64 = 7;

/// The rhythm of one board.
#[derive(Debug)]
pub(crate) struct Cadence {
    pub(crate) weeks: i64,
    pub(crate) sprints: u32,
    pub(crate) until: Moment,
}

impl Cadence {
    /// Lays out the sprints of a board in order; the last is open at `until`.
    pub(crate) fn lay_out(&self, dice: &mut Dice) -> Vec<Timetable> {
        let anchor = dice.one_of(&ANCHORS);
        let length = self.weeks * 7 * DAY;
        let first =
            self.last_planned_start(anchor, dice) - i64::from(self.sprints.saturating_sub(1)) * length;
        self.row(first, i64::from(self.sprints), None, dice)
    }

    /// Lays out the sprints of a board that goes on after `until`, where the last of its `sprints` has `stage` thousandths
    /// of its time behind it, as near as working days allow. From there on the board is punctual, so that it is hardly
    /// ever without a sprint.
    pub(crate) fn lay_out_on(&self, stage: i64, dice: &mut Dice) -> Vec<Timetable> {
        const AHEAD: i64 = 2 * 52 * 7 * DAY;
        let length = self.weeks * 7 * DAY;
        let current = i64::from(self.sprints.saturating_sub(1));
        let first = self.start_at_stage(stage, dice) - current * length;
        self.row(first, current + 1 + AHEAD / length, Some(current), dice)
    }

    /// Sprints in a row. They are started and closed as teams do, and punctually from the one of ordinal `punctual` on;
    /// without such a one the last stays open.
    fn row(&self, first: Moment, count: i64, punctual: Option<i64>, dice: &mut Dice) -> Vec<Timetable> {
        let length = self.weeks * 7 * DAY;
        let free = |ordinal| punctual.is_none_or(|punctual| ordinal < punctual);
        let mut starts = Deck::new(&START_MANNERS);
        let mut closes = Deck::new(&CLOSE_MANNERS);
        let mut sprints: Vec<Timetable> = Vec::new();
        for ordinal in 0..count {
            let planned_start = first + ordinal * length;
            let planned_end = planned_end(planned_start, length);
            let manner = starts.deal(dice).filter(|_| free(ordinal)).unwrap_or(StartManner::OnTime);
            let mut start = started(manner, planned_start, dice);
            let mut created = planned_start - 6 * DAY;
            if let Some(former) = sprints.last() {
                created = former.start + dice.between(HOUR, 20 * HOUR);
                start = start.max(former.close.unwrap_or(start) + dice.between(3 * MINUTE, 3 * HOUR));
            }
            let manner = closes.deal(dice).filter(|_| free(ordinal + 1)).unwrap_or(CloseManner::SecondsLate);
            let open = punctual.is_none() && ordinal + 1 == count;
            let close = (!open).then(|| closed(manner, planned_end, dice).max(start + 2 * DAY));
            sprints.push(Timetable { created, planned_start, start, planned_end, close });
        }
        sprints
    }

    /// The morning of a working day from which on `stage` thousandths of a sprint have best passed by `until`.
    fn start_at_stage(&self, stage: i64, dice: &mut Dice) -> Moment {
        let length = self.weeks * 7 * DAY;
        let hour = dice.between(8, 11) * HOUR;
        let days = (0..=7 * self.weeks).map(|back| self.until.midnight() - back * DAY + hour);
        let runs = |start: &Moment| {
            *start + HOUR < self.until && planned_end(*start, length) > self.until + 4 * HOUR
        };
        let suits = days.filter(|start| !start.on_weekend()).filter(runs);
        let off = |start: &Moment| ((self.until.0 - start.0) - stage * length / 1000).abs();
        suits.min_by_key(off).unwrap_or(self.until - DAY)
    }

    /// Lays out a sprint that is still in the future when the simulation ends.
    pub(crate) fn future(&self, latest: &Timetable, dice: &mut Dice) -> Timetable {
        let length = self.weeks * 7 * DAY;
        let planned_start = latest.planned_start + length;
        Timetable {
            created: latest.start.max(latest.created) + dice.between(HOUR, 20 * HOUR),
            planned_start,
            start: planned_start,
            planned_end: planned_end(planned_start, length),
            close: None,
        }
    }

    fn last_planned_start(&self, anchor: i64, dice: &mut Dice) -> Moment {
        let latest = self.until.midnight() - TAIL * DAY;
        let back = (latest.weekday() - anchor).rem_euclid(7);
        let weeks = usize::try_from(self.weeks).unwrap_or(1);
        let more = i64::try_from(dice.below(weeks)).unwrap_or_default() * 7;
        latest - (back + more) * DAY + dice.between(8, 11) * HOUR
    }
}

/// The evening before the next sprint is due, or the Friday when that is a Sunday.
fn planned_end(planned_start: Moment, length: i64) -> Moment {
    let next = (planned_start + length).midnight();
    let evening = next - DAY + 17 * HOUR;
    if evening.on_weekend() { evening - 2 * DAY } else { evening }
}

fn started(manner: StartManner, planned: Moment, dice: &mut Dice) -> Moment {
    match manner {
        StartManner::OnTime => planned + dice.between(0, 20 * MINUTE),
        StartManner::HoursLate => planned + dice.between(2 * HOUR, 7 * HOUR),
        StartManner::DaysLate => planned + DAY + dice.between(-HOUR, 20 * HOUR),
        StartManner::OnWeekend if planned.weekday() == MONDAY => planned - DAY + dice.between(0, 6 * HOUR),
        StartManner::OnWeekend => planned + (SATURDAY - planned.weekday()) * DAY + dice.between(0, 9 * HOUR),
    }
}

fn closed(manner: CloseManner, planned: Moment, dice: &mut Dice) -> Moment {
    match manner {
        CloseManner::Exact => planned,
        CloseManner::SecondsLate => planned + dice.between(1, 40 * SECOND),
        CloseManner::HoursLate => planned + dice.between(HOUR, 20 * HOUR),
        CloseManner::DaysLate => planned + dice.between(DAY, 3 * DAY),
        CloseManner::Early => planned - dice.between(2 * HOUR, 30 * HOUR),
    }
}

#[cfg(test)]
mod tests {
    use super::Cadence;
    use crate::dice::Dice;
    use crate::moment::Moment;

    #[test]
    fn sprints_of_a_board_never_overlap_and_the_last_is_open() {
        for seed in 0..200 {
            let until = Moment(1_782_777_600_000);
            let cadence =
                Cadence { weeks: 1 + i64::try_from(seed % 3).unwrap_or_default(), sprints: 8, until };
            let sprints = cadence.lay_out(&mut Dice::new(seed));
            for pair in sprints.windows(2) {
                assert!(pair[0].close.is_some_and(|close| pair[0].start < close && close < pair[1].start));
                assert!(
                    pair[1].created > pair[0].start
                        && pair[0].close.is_some_and(|close| pair[1].created < close)
                );
            }
            assert!(sprints.last().is_some_and(|last| last.close.is_none() && last.start < until));
        }
    }
}
