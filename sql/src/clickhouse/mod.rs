//! A warehouse on a ClickHouse server: its schema, and how it is asked. `tidemark_sinks` writes it.
//!
//! **One row per table row.** Every fact lies in one `ReplacingMergeTree(_version, _deleted)` that is sorted by `_key`, the
//! key of the table row that it comes from; a row that is gone is a row with `_deleted`. Facts of which one table row makes
//! many ([`crate::catalogue::EXPLODED`]) lie there as arrays, one array per column, and `current_*` explodes them. So
//! whatever happens to a table row is one row of one `INSERT`, which readers see whole or not at all, and `FINAL` gives the
//! newest one: a key is shown as it was or as it is, never a mix and never nothing, also where fewer rows are left of it.
//!
//! Why not otherwise: a list of keys beside the rows is a second table, and a query reads its tables at different moments;
//! the newest version of a key by a window function or an aggregate reads and sorts the whole table for every question. And
//! the key of the fact's own columns can't sort the table: of a row that is gone only the table's key is known, so that its
//! mark would have to be looked up before it is written. `_key` begins with the same parts in the same order.
//!
//! **Versions decide, not the order of arrival.** A version is log generation << 40 | offset of the change. So a batch may
//! come twice, late, or from several processes at once, and the newest statement is shown all the same.
//!
//! **Names of tables carry the number of the step that made them** ([`schema`]): a fact whose declaration changes gets a new
//! table under a new name, and positions are kept by that name, so that they can't be taken for those of another table.

mod connection;
mod error;
mod migrate;
mod place;
mod reader;
pub mod schema;
mod types;

pub use connection::Connection;
pub use error::Error;
pub use migrate::{check, expect, migrate, require};
pub use place::Place;
pub use reader::{Limits, Reader};
pub use schema::Schema;
