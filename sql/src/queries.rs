//! Named queries: what commands ask of the views. Identifiers go in as parameters, never into the text.

/// A query with `$1`, `$2` … for its parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NamedQuery {
    pub name: &'static str,
    pub sql: &'static str,
}

/// The boards that show a sprint, its origin first. Parameters: sprint.
pub const SPRINT_BOARDS: NamedQuery =
    NamedQuery { name: "sprint_boards", sql: include_str!("../queries/sprint_boards.sql") };

/// What a sprint is: name, state, goal and dates. Parameters: board, sprint.
pub const SPRINT_HEADER: NamedQuery =
    NamedQuery { name: "sprint_header", sql: include_str!("../queries/sprint_header.sql") };

/// The issues of a sprint. Parameters: board, sprint.
pub const SPRINT_ITEMS: NamedQuery =
    NamedQuery { name: "sprint_items", sql: include_str!("../queries/sprint_items.sql") };

/// The numbers of a sprint. Parameters: board, sprint.
pub const SPRINT_REPORT: NamedQuery =
    NamedQuery { name: "sprint_report", sql: include_str!("../queries/sprint_report.sql") };

/// Every named query, sorted by name.
pub const QUERIES: &[NamedQuery] = &[SPRINT_BOARDS, SPRINT_HEADER, SPRINT_ITEMS, SPRINT_REPORT];
