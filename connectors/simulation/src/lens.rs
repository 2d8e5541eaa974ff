//! How a board looks at its issues: which statuses are done, which count at all, and what it estimates by. A board may be
//! configured anew; a restated report then looks at the whole past through the newest lens (METRICS rule 13).

use crate::issue::Aspect;
use crate::points::Points;
use crate::tally::Weight;
use crate::workflow::Columns;

/// The two fields that boards estimate by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EstimationField {
    StoryPoints,
    /// What newer projects of Jira Cloud estimate by.
    StoryPointEstimate,
}

impl EstimationField {
    pub(crate) const ALL: [Self; 2] = [Self::StoryPoints, Self::StoryPointEstimate];

    pub(crate) const fn id(self) -> &'static str {
        match self {
            Self::StoryPoints => "customfield_10016",
            Self::StoryPointEstimate => "customfield_10028",
        }
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::StoryPoints => "Story Points",
            Self::StoryPointEstimate => "Story point estimate",
        }
    }

    /// Its place among an issue's estimates.
    pub(crate) const fn place(self) -> usize {
        match self {
            Self::StoryPoints => 0,
            Self::StoryPointEstimate => 1,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lens {
    pub(crate) columns: Columns,
    pub(crate) field: EstimationField,
}

impl Lens {
    pub(crate) fn weigh(self, aspect: Aspect) -> Weight {
        let estimate = aspect.estimates[self.field.place()];
        Weight {
            points: estimate.filter(|_| self.columns.mapped(aspect.status)).unwrap_or(Points::ZERO),
            done: self.columns.done(aspect.status),
            unestimated: estimate.is_none(),
        }
    }
}
