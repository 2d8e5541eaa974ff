//! What a field was at an instant, for the fields that make no ledger entry.

use crate::archive::Archive;
use crate::issue::{Change, Issue};
use crate::timeline::correction_instant;

/// One change of a value: when, and the value before and after.
#[derive(Debug)]
pub(crate) struct Turned<T> {
    pub(crate) at: i64,
    pub(crate) from: T,
    pub(crate) to: T,
}

/// A value at an instant. Before its first change it is that change's `from`;
/// without changes, and so without a history, it is the present value (rule
/// 4). Where the history does not lead to the present value, that one holds
/// from the correction on (case 29).
pub(crate) fn value_at<T: Clone>(
    issue: &Issue,
    at: i64,
    turned: &[Turned<T>],
    present: &T,
    same: impl Fn(&T, &T) -> bool,
) -> T {
    let (Some(first), Some(last)) = (turned.first(), turned.last()) else {
        return present.clone();
    };
    if !same(&last.to, present) && correction_instant(issue) <= at {
        return present.clone();
    }
    match turned.iter().rev().find(|turned| turned.at <= at) {
        Some(turned) => turned.to.clone(),
        None => first.from.clone(),
    }
}

/// The changes of a field, each read by a function of (id, text).
pub(crate) fn changes_of<T>(
    archive: &Archive,
    issue: &Issue,
    field: &str,
    read: impl Fn(Option<&str>, Option<&str>) -> T,
) -> Vec<Turned<T>> {
    let changes = raw_changes_of(archive, issue, field);
    let turned = changes.into_iter().map(|change| Turned {
        at: change.at,
        from: read(change.from.as_deref(), change.from_string.as_deref()),
        to: read(change.to.as_deref(), change.to_string.as_deref()),
    });
    turned.collect()
}

/// The changelog items of a field, by its id or else by its name.
pub(crate) fn raw_changes_of<'a>(archive: &Archive, issue: &'a Issue, field: &str) -> Vec<&'a Change> {
    let name = match field {
        "components" => "Component",
        other => archive.field_names.get(other).map_or(other, String::as_str),
    };
    let changes = issue.changes.iter().flatten();
    changes.filter(|change| change.is_of(field, &[name, field])).collect()
}
