//! Things that happen at, or within a second of, the start and the end of a sprint.

use crate::moment::{Moment, SECOND};
use crate::timetable::Timetable;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Edge {
    AddSecondBeforeStart,
    AddAtStart,
    AddMillisecondAfterStart,
    RemoveAtStart,
    RemoveMillisecondAfterStart,
    ReestimateSecondBeforeStart,
    ReestimateAtStart,
    ReestimateMillisecondAfterStart,
    FinishAtStart,
    FinishAtClose,
    FinishMillisecondAfterClose,
}

impl Edge {
    pub(crate) const ALL: [Self; 11] = [
        Self::AddSecondBeforeStart,
        Self::AddAtStart,
        Self::AddMillisecondAfterStart,
        Self::RemoveAtStart,
        Self::RemoveMillisecondAfterStart,
        Self::ReestimateSecondBeforeStart,
        Self::ReestimateAtStart,
        Self::ReestimateMillisecondAfterStart,
        Self::FinishAtStart,
        Self::FinishAtClose,
        Self::FinishMillisecondAfterClose,
    ];

    /// The instant; none for the close of a sprint that is not closed within the simulation.
    pub(crate) fn at(self, times: &Timetable) -> Option<Moment> {
        match self {
            Self::AddSecondBeforeStart | Self::ReestimateSecondBeforeStart => Some(times.start - SECOND),
            Self::AddAtStart | Self::RemoveAtStart | Self::ReestimateAtStart | Self::FinishAtStart => {
                Some(times.start)
            }
            Self::AddMillisecondAfterStart
            | Self::RemoveMillisecondAfterStart
            | Self::ReestimateMillisecondAfterStart => Some(times.start + 1),
            Self::FinishAtClose => times.close,
            Self::FinishMillisecondAfterClose => times.close.map(|close| close + 1),
        }
    }
}
