//! Which groups a step computes: those that changes touch, or the next ones of all.

use std::collections::{BTreeMap, BTreeSet};
use std::iter::Peekable;

use tidemark_model::Key;

use super::state::State;
use crate::store::{Offset, Snapshot};
use crate::{Error, Spec};

/// The groups that changes touch, and the positions after them.
pub(super) struct Touched {
    pub(super) groups: Vec<Key>,
    pub(super) positions: BTreeMap<String, Offset>,
}

/// Reads up to `limit` changes and names the groups that they touch, each once.
pub(super) fn changed_groups(
    snapshot: &dyn Snapshot,
    spec: &Spec,
    state: &State,
    limit: usize,
) -> Result<Touched, Error> {
    let mut groups = BTreeSet::new();
    let mut positions = state.positions.clone();
    let mut left = limit;
    for table in spec.inputs {
        let position = positions.entry((*table).to_owned()).or_default();
        for change in snapshot.changes(table, *position)?.take(left) {
            let change = change?;
            left -= 1;
            *position = change.offset;
            match spec.group(&change.key) {
                Some(group) => {
                    groups.insert(group);
                }
                None => groups.extend(groups_beneath(snapshot, spec, &change.key)?),
            }
        }
    }
    Ok(Touched { groups: groups.into_iter().collect(), positions })
}

/// The groups that a key shorter than a group touches: all that there are beneath it.
fn groups_beneath(snapshot: &dyn Snapshot, spec: &Spec, prefix: &Key) -> Result<BTreeSet<Key>, Error> {
    let mut groups = BTreeSet::new();
    let mut keys = sources(snapshot, spec, prefix)?;
    for keys in &mut keys {
        for key in keys {
            let key = key?;
            if !key.starts_with(prefix) {
                break;
            }
            groups.extend(spec.group(&key));
        }
    }
    Ok(groups)
}

/// The next groups after `cursor`, in order, of all that the inputs name or that were emitted before.
pub(super) fn next_groups(
    snapshot: &dyn Snapshot,
    spec: &Spec,
    cursor: &Key,
    limit: usize,
) -> Result<Vec<Key>, Error> {
    let mut sources: Vec<Peekable<Keys<'_>>> =
        sources(snapshot, spec, cursor)?.into_iter().map(Iterator::peekable).collect();
    let mut groups: Vec<Key> = Vec::new();
    loop {
        let mut next: Option<(usize, Option<&Key>)> = None;
        for (index, source) in sources.iter_mut().enumerate() {
            // An error counts as the least, so that it is taken out below, by reading on.
            let place = match source.peek() {
                Some(Ok(key)) => Some(key),
                Some(Err(_)) => None,
                None => continue,
            };
            if next.is_none_or(|(_, least)| place < least) {
                next = Some((index, place));
            }
        }
        let Some((index, _)) = next else { return Ok(groups) };
        let Some(key) = sources[index].next().transpose()? else { return Ok(groups) };
        let Some(group) = spec.group(&key) else { continue };
        // The cursor is a group, and its own rows come after it.
        if group == *cursor || groups.last() == Some(&group) {
            continue;
        }
        if groups.len() == limit {
            return Ok(groups);
        }
        groups.push(group);
    }
}

type Keys<'a> = Box<dyn Iterator<Item = Result<Key, Error>> + 'a>;

/// The keys after a place, of every local input and of what was emitted.
fn sources<'a>(snapshot: &'a dyn Snapshot, spec: &Spec, after: &Key) -> Result<Vec<Keys<'a>>, Error> {
    let mut sources = vec![snapshot.emitted_after(spec.name, after)?];
    for table in spec.inputs {
        sources.push(snapshot.keys_after(table, after)?);
    }
    Ok(sources)
}
