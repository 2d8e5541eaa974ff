//! The vocabulary of Tidemark: ids, time, exact points, rows of tables and facts with their columns.
//!
//! Nothing here does I/O, is async or reads a clock (but for [`time::SystemClock`], the one place that may).
//! A [`row::Row`] is one statement: what is true of one key. A [`fact::Fact`] is a row that leaves the
//! program as columns; its struct is the only definition of those columns.

pub mod asked;
pub mod board;
pub mod delivery;
pub mod fact;
pub mod facts;
pub mod issue;
pub mod key;
pub mod membership;
pub mod people;
pub mod points;
pub mod policy;
pub mod raw;
pub mod rejected;
pub mod row;
pub mod sprint;
pub mod sums;
pub mod tables;
pub mod time;

pub use key::Key;
pub use points::Points;
pub use row::{Row, Rows};
pub use time::Timestamp;
