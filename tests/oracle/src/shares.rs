//! Points by the issue that bears them.

use std::collections::BTreeMap;

use crate::points::Points;

/// Points by the id of the issue that bears them: one share, or with rolled-up
/// sub-tasks one for each of them (rule 11).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Shares(BTreeMap<String, Points>);

impl Shares {
    /// One share.
    pub(crate) fn of(bearer: &str, points: Points) -> Self {
        Self(BTreeMap::from([(bearer.to_owned(), points)]))
    }

    pub(crate) fn from_estimates(estimates: BTreeMap<String, Points>) -> Self {
        Self(estimates)
    }

    /// Who bears a share.
    pub(crate) fn bearers(&self) -> impl Iterator<Item = &String> {
        self.0.keys()
    }

    pub(crate) fn total(&self) -> Points {
        self.total_of(|_| true)
    }

    /// The sum of what some bear.
    pub(crate) fn total_of(&self, chosen: impl Fn(&str) -> bool) -> Points {
        let shares = self.0.iter().filter(|(bearer, _)| chosen(bearer));
        shares.fold(Points::default(), |sum, (_, points)| sum.plus(*points))
    }

    /// What one has more than another, by bearer; none where they are equal.
    pub(crate) fn minus(&self, other: &Self) -> Self {
        let mut shares = self.0.clone();
        for (bearer, points) in &other.0 {
            let share = shares.entry(bearer.clone()).or_default();
            *share = share.minus(*points);
        }
        shares.retain(|_, points| *points != Points::default());
        Self(shares)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
