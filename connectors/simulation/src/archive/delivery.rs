//! The order in which lines get into an archive: some come twice, some late, some are older than others of the same issue
//! (METRICS case 27). Which ones, is decided by their numbers alone.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use crate::behaviour::Behaviour;
use crate::issue::Issue;
use crate::organisation::{Observation, Organisation};

/// An issue as it was once, exported at the time.
#[derive(Debug)]
pub(crate) struct Export {
    pub(crate) issue: u32,
    pub(crate) histories: u16,
    pub(crate) line: Box<RawValue>,
}

/// The lines of an issue in the order in which they come; the rest comes after those of all others.
pub(super) struct Lines<'a> {
    pub(super) before: Vec<&'a RawValue>,
    pub(super) repeated: bool,
    pub(super) after: Vec<&'a RawValue>,
}

/// The exports of issues that are still listed, by issue: others are gone, whoever saw them earlier.
pub(super) fn exports(organisation: &Organisation) -> BTreeMap<u32, Vec<&Export>> {
    let mut exports: BTreeMap<u32, Vec<&Export>> = BTreeMap::new();
    for export in organisation.exports.iter().filter(|export| organisation.issue(export.issue).listed()) {
        exports.entry(organisation.issue(export.issue).id).or_default().push(export);
    }
    exports
}

pub(super) fn lines<'a>(issue: &Issue, exports: &BTreeMap<u32, Vec<&'a Export>>) -> Lines<'a> {
    let exports = exports.get(&issue.id).map(Vec::as_slice).unwrap_or_default();
    let half = |early: bool| {
        let chosen = exports.iter().filter(move |export| (export.histories % 2 == 0) == early);
        chosen.map(|export| &*export.line).collect()
    };
    Lines { before: half(true), repeated: repeated(issue), after: half(false) }
}

fn repeated(issue: &Issue) -> bool {
    issue.listed() && issue.id % 43 == 11
}

/// The observations in the order in which they are written.
pub(super) fn observations(organisation: &Organisation) -> Vec<Observation> {
    const LATE: usize = 6;
    let mut sorted = organisation.observations.clone();
    sorted.sort_by_key(|observation| observation.at());
    let mut order: Vec<(usize, Observation)> = Vec::new();
    for (place, observation) in sorted.into_iter().enumerate() {
        order.push((if place % 9 == 4 { place + LATE } else { place }, observation));
        if place % 13 == 7 {
            order.push((place + 2 * LATE, observation));
        }
    }
    order.sort_by_key(|(place, _)| *place);
    order.into_iter().map(|(_, observation)| observation).collect()
}

/// Counts what is odd about the lines that are going to be written.
pub(crate) fn count(organisation: &mut Organisation) {
    let repeated = organisation.issues.iter().filter(|issue| repeated(issue)).count() as u64;
    let exports = exports(organisation).into_values().flatten();
    let outdated = exports.filter(|export| organisation.issue(export.issue).histories > export.histories);
    let outdated = outdated.count() as u64;
    let pairs = observations(organisation);
    let late = pairs.windows(2).filter(|pair| pair[0].at() > pair[1].at()).count() as u64;
    let behaviours = &mut organisation.behaviours;
    behaviours.add(Behaviour::LineRepeated, repeated);
    behaviours.add(Behaviour::LineOutdated, outdated);
    behaviours.add(Behaviour::ObservationOutOfOrder, late);
}
