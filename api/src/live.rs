//! What changed, told to everyone who waits for it: open pages, and the bodies that are kept in memory.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::broadcast;

/// Changes that a slow listener may lag behind; one that falls further behind is told to look at everything.
const KEPT: usize = 256;

/// What one batch changed in the serving database.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Change {
    /// Boards, as `source/native-id`.
    pub boards: BTreeSet<String>,
    /// Sprints, as `source/native-id`.
    pub sprints: BTreeSet<String>,
    /// That anything may have changed: whole tables were written anew.
    pub everything: bool,
    /// When the batch was readable (UTC).
    pub at: tidemark_model::Timestamp,
}

/// What an answer depends on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Any batch may change it.
    Everything,
    /// Rows of one board.
    Board(String),
    /// Rows of one sprint, on whatever board.
    Sprint(String),
}

/// Tells of changes, and numbers them by scope. Clones share one state.
#[derive(Debug, Clone)]
pub struct Live {
    versions: Arc<RwLock<Versions>>,
    sender: broadcast::Sender<Arc<Change>>,
}

#[derive(Debug, Default)]
struct Versions {
    /// Batches so far.
    newest: u64,
    /// The batch after which everything has to be looked at anew.
    everything: u64,
    scopes: HashMap<Scope, u64>,
}

impl Default for Live {
    fn default() -> Self {
        Self { versions: Arc::default(), sender: broadcast::Sender::new(KEPT) }
    }
}

impl Live {
    /// Tells of a change, after it can be read.
    pub fn publish(&self, change: Change) {
        {
            // A panic while numbers are written cannot leave them half written.
            let mut versions = self.versions.write().unwrap_or_else(PoisonError::into_inner);
            versions.newest += 1;
            let newest = versions.newest;
            if change.everything {
                versions.everything = newest;
                versions.scopes.clear();
            }
            let boards = change.boards.iter().cloned().map(Scope::Board);
            for scope in boards.chain(change.sprints.iter().cloned().map(Scope::Sprint)) {
                versions.scopes.insert(scope, newest);
            }
        }
        // Nobody listens where no page is open.
        self.sender.send(Arc::new(change)).ok();
    }

    /// The number of the last change of a scope. Whoever reads it before the data has data at least as new.
    pub fn version(&self, scope: &Scope) -> u64 {
        let versions = self.versions.read().unwrap_or_else(PoisonError::into_inner);
        match scope {
            Scope::Everything => versions.newest,
            scope => versions.scopes.get(scope).copied().unwrap_or(versions.everything),
        }
    }

    /// The changes from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<Arc<Change>> {
        self.sender.subscribe()
    }
}

#[cfg(test)]
mod tests {
    use super::{Change, Live, Scope};

    fn change(board: &str) -> Change {
        Change { boards: [board.to_owned()].into(), ..Change::default() }
    }

    #[test]
    fn a_change_of_one_board_leaves_the_others_as_they_are() {
        let live = Live::default();
        let (one, two) = (Scope::Board("acme/1".to_owned()), Scope::Board("acme/2".to_owned()));
        live.publish(change("acme/1"));
        let before = (live.version(&one), live.version(&two));
        live.publish(change("acme/2"));
        assert_eq!(live.version(&one), before.0);
        assert!(live.version(&two) > before.1);
        assert_eq!(live.version(&Scope::Everything), 2);
        live.publish(Change { everything: true, ..Change::default() });
        assert!(live.version(&one) > before.0);
    }
}
