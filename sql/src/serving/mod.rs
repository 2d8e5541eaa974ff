//! The serving database: the newest facts by key, for reports, pages and small questions. SQLite in the data folder, or
//! Postgres, through one code.
//!
//! Its tables are the facts of [`SERVED`] and [`crate::SERVED_ONLY`], made from their declarations, plus what is needed to
//! keep them: a row's key in its table, its version (log generation << 40 | offset) and whether it is gone.
//! `tidemark_sinks` writes it; everyone else reads it through [`Reading`], one consistent state per question, and hears
//! through [`News`] what others have written. Whoever opens it for reading or writing a server's finds the tables that
//! [`Database::migrate`] made.

mod check;
mod database;
mod error;
mod migrations;
mod news;
mod place;
mod reading;
mod schema;
mod select;

pub use check::check;
pub use database::{Access, Database, Lock};
pub use error::Error;
pub use migrations::State;
pub use news::{Changed, News};
pub use place::{Engine, Place};
pub use reading::{Reading, storable};
pub use schema::{SERVED, create, insert, made_from, served};
pub use select::{Select, cells, decoded};
