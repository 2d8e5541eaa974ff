//! What happened to an issue, kept small: a hundred thousand issues with twenty changes each must fit in memory.

use std::collections::HashMap;

use crate::issue::{IssueType, Key};
use crate::lens::EstimationField;
use crate::moment::Moment;
use crate::points::Points;
use crate::workflow::{Resolution, Status};

/// One changelog item. Items that follow each other with the same history id belong to one history.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Change {
    pub(crate) at: Moment,
    pub(crate) history: u32,
    pub(crate) author: u16,
    pub(crate) item: Item,
}

/// The field changed, with its former and its new value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Item {
    Sprint(SprintList, SprintList),
    Estimate(EstimationField, Option<Points>, Option<Points>),
    Status(Status, Status),
    Resolution(Option<Resolution>, Option<Resolution>),
    Type(IssueType, IssueType),
    Parent(Option<u32>, Option<u32>),
    Key(Key, Key),
    Project(u16, u16),
    Assignee(Option<u16>, Option<u16>),
    Discipline(Option<u8>, Option<u8>),
    Priority(u8, u8),
    Labels(u8, u8),
    /// A component put on (true) or taken off.
    Component(u8, bool),
    Summary(u32, u32),
    Description(u32, u32),
    Rank(bool),
}

/// A list of sprints, by its place among the lists in use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct SprintList(u32);

/// The lists of sprints that issues are or were in, each kept once.
#[derive(Debug)]
pub(crate) struct SprintLists {
    lists: Vec<Box<[u32]>>,
    places: HashMap<Box<[u32]>, SprintList>,
}

impl SprintLists {
    pub(crate) fn new() -> Self {
        let empty: Box<[u32]> = Box::default();
        Self { lists: vec![empty.clone()], places: HashMap::from([(empty, SprintList::default())]) }
    }

    /// The sprints of a list, oldest entry first.
    pub(crate) fn sprints(&self, list: SprintList) -> &[u32] {
        let at = usize::try_from(list.0).unwrap_or(usize::MAX);
        self.lists.get(at).map(AsRef::as_ref).unwrap_or_default()
    }

    pub(crate) fn with(&mut self, list: SprintList, sprint: u32) -> SprintList {
        let mut sprints = self.sprints(list).to_vec();
        sprints.push(sprint);
        self.place(sprints)
    }

    pub(crate) fn without(&mut self, list: SprintList, sprint: u32) -> SprintList {
        let sprints = self.sprints(list).iter().copied().filter(|other| *other != sprint);
        let sprints = sprints.collect();
        self.place(sprints)
    }

    fn place(&mut self, sprints: Vec<u32>) -> SprintList {
        let sprints = sprints.into_boxed_slice();
        if let Some(place) = self.places.get(&sprints) {
            return *place;
        }
        let place = SprintList(u32::try_from(self.lists.len()).unwrap_or(u32::MAX));
        self.lists.push(sprints.clone());
        self.places.insert(sprints, place);
        place
    }
}

#[cfg(test)]
mod tests {
    use super::{SprintList, SprintLists};

    #[test]
    fn equal_lists_are_kept_once() {
        let mut lists = SprintLists::new();
        let one = lists.with(SprintList::default(), 7);
        let two = lists.with(one, 9);
        assert_eq!(lists.sprints(two), [7, 9]);
        assert_eq!(lists.without(two, 9), one);
        assert_eq!(lists.without(one, 7), SprintList::default());
    }
}
