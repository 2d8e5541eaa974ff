//! What some boards and sprints go through once in their lives: configured anew, reopened, deleted. Founded at the
//! beginning, so that the books which a restated report needs are kept from the start.

use crate::dice::Dice;
use crate::lens::{EstimationField, Lens};
use crate::moment::{DAY, HOUR, MINUTE, Moment, SECOND};
use crate::sprint::{Reopening, StartEdit};
use crate::timetable::Timetable;

/// What becomes of one sprint.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Twist {
    Reopened(Reopening),
    StartEdited(StartEdit),
    /// Another board shows the sprint as well.
    Shown(u16),
}

impl Twist {
    pub(crate) fn reopening(self) -> Option<Reopening> {
        match self {
            Self::Reopened(reopening) => Some(reopening),
            _ => None,
        }
    }

    pub(crate) fn start_edit(self) -> Option<StartEdit> {
        match self {
            Self::StartEdited(edit) => Some(edit),
            _ => None,
        }
    }
}

/// How a board is configured from some moment on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reform {
    pub(crate) at: Moment,
    pub(crate) lens: Lens,
}

/// A board that gets other columns or another estimation field soon after a sprint's close: nothing runs then.
pub(crate) fn reform(former: Lens, after: Moment, dice: &mut Dice) -> Reform {
    let columns = dice.chance(500);
    let lens = if columns {
        Lens { columns: former.columns.later(), ..former }
    } else {
        Lens { field: EstimationField::StoryPointEstimate, ..former }
    };
    Reform { at: after + dice.between(70 * SECOND, 100 * SECOND), lens }
}

/// A sprint that is opened again: before the next one starts, if there is time for that, else while it runs.
pub(crate) fn reopening(sprint: &Timetable, next: &Timetable, dice: &mut Dice) -> Option<Reopening> {
    let (close, end) = (sprint.close?, next.close?);
    if next.start.0 - close.0 > 2 * HOUR && dice.chance(500) {
        let at = close + dice.between(5 * MINUTE, 30 * MINUTE);
        return Some(Reopening { at, close: at + dice.between(30 * MINUTE, HOUR) });
    }
    let at = next.start + dice.between(2 * HOUR, 10 * HOUR);
    let again = at + dice.between(4 * HOUR, 20 * HOUR);
    (again + HOUR < end).then_some(Reopening { at, close: again })
}

/// A start date that is set right some hours after the fact: to a whole minute, mostly a later one.
pub(crate) fn start_edit(former: &Timetable, sprint: &Timetable, dice: &mut Dice) -> Option<StartEdit> {
    let close = sprint.close?;
    let earliest = former.close?.max(sprint.created + 2 * HOUR) + 10 * MINUTE;
    let start = if dice.chance(400) {
        sprint.start - dice.between(10 * MINUTE, 20 * HOUR)
    } else {
        sprint.start + dice.between(10 * MINUTE, 26 * HOUR)
    };
    let start = Moment(start.0 - start.0.rem_euclid(MINUTE));
    let at = start.max(sprint.start) + dice.between(10 * MINUTE, 10 * HOUR);
    (start > earliest && at + HOUR < close).then_some(StartEdit { at, start })
}

/// A sprint that someone starts between two others, sees the mistake, and closes at once: its length is zero.
pub(crate) fn mistake(former: &Timetable, next: &Timetable, dice: &mut Dice) -> Option<Timetable> {
    let close = former.close?;
    let start = close + dice.between(30 * SECOND, 55 * SECOND);
    let created = former.start + dice.between(21 * HOUR, 30 * HOUR);
    let free = created + DAY < close && start + MINUTE < next.start;
    free.then_some(Timetable { created, start, close: Some(start), ..*next })
}
