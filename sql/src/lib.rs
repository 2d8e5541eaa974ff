//! The views that people query and the engine that runs them on the lake; and the serving database, for whoever reads it.
//!
//! [`catalogue`] lists the facts, and all that depends on their columns is made from it. [`views`] is the public SQL
//! contract (`v1_*`): a view's name never changes its meaning. [`manifest`] is what the lake's writer and its readers
//! agree on. [`Engine`] reads one state of the lake: what is flushed later is seen by an engine opened later.
//! Queries can neither write nor reach anything but the views and their `current_*` layer. [`clickhouse`] is the same at scale:
//! the views on a ClickHouse server, and [`clickhouse::Reader`], which answers what [`Engine`] does.

pub mod catalogue;
#[cfg(feature = "clickhouse")]
pub mod clickhouse;
pub mod dictionary;
#[cfg(feature = "lake")]
mod engine;
#[cfg(feature = "lake")]
mod failure;
#[cfg(feature = "clickhouse")]
pub mod format;
#[cfg(feature = "clickhouse")]
mod instants;
#[cfg(feature = "lake")]
mod layer;
pub mod manifest;
#[cfg(feature = "clickhouse")]
mod rows;
pub mod serving;
pub mod views;

pub use catalogue::{FACTS, FactTable, SERVED_ONLY};
pub use dictionary::dictionary;
#[cfg(feature = "lake")]
pub use engine::Engine;
pub use manifest::Manifest;
#[cfg(feature = "clickhouse")]
pub use rows::Rows;
pub use views::{VIEWS, View};

/// What can go wrong when a warehouse is asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Manifest(#[from] manifest::ManifestError),
    #[error(
        "the lake's `{fact}` has other columns than this version of tidemark knows: `tidemark sync` writes it anew"
    )]
    OtherColumns { fact: &'static str },
    #[error("there is no table `{name}`: there are {}", known.join(", "))]
    UnknownTable { name: String, known: Vec<&'static str> },
    /// The query is at fault, or what it asks needs more than there is.
    #[error("{0}")]
    Query(String),
    /// The engine is at fault.
    #[error("the SQL engine failed: {0}")]
    Engine(String),
    /// The server is at fault, or can't be reached.
    #[cfg(feature = "clickhouse")]
    #[error(transparent)]
    ClickHouse(#[from] clickhouse::Error),
}

impl Error {
    pub(crate) fn unknown_table(name: &str) -> Self {
        Self::UnknownTable { name: name.to_owned(), known: VIEWS.iter().map(|view| view.name).collect() }
    }
}
