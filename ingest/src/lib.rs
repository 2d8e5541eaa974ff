//! How records enter: pulled page by page, merged into the raw tables, translated into canonical rows.
//!
//! A page, its rejected records and the cursor after it are one durable batch: an interruption costs a page, never a
//! record. What cannot be taken goes to `rejected` with its bytes, and the rest goes on.

mod asked;
pub mod backup;
pub mod calls;
mod expiry;
pub mod inbox;
pub mod merge;
pub mod poll;
pub mod pull;
pub mod reconcile;
mod stop;
mod told;
pub mod translate;

use std::time::Duration;

pub use inbox::{Inbox, InboxWriter, Outcome, inbox};
pub use poll::{Poll, Polled};
pub use pull::{Pulled, pull};
pub use reconcile::{Reconcile, Reconciled};
pub use translate::Translate;

/// Why records cannot enter.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Source(#[from] tidemark_connectors::Error),
    #[error(transparent)]
    Store(#[from] tidemark_stream::Error),
    #[error("the reading thread of source {0} ended early")]
    Ended(String),
    #[error("source {0} was not waited for: the program stops")]
    Stopped(String),
}

impl Error {
    /// The least time to wait before the source is asked again, where it says so.
    pub fn wait(&self) -> Option<Duration> {
        match self {
            Self::Source(error) => error.wait(),
            Self::Store(_) | Self::Ended(_) | Self::Stopped(_) => None,
        }
    }
}
