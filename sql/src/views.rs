//! The public SQL contract: one view per file of `views/`, over the `current_*` layer that each engine makes.

use tidemark_model::fact::{Column, Kind};

use crate::Error;
use crate::catalogue::{FACTS, FactTable};

/// A view that people query. Its name never changes its meaning; another meaning is another name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct View {
    pub name: &'static str,
    /// A `SELECT` from the `current_*` layer.
    pub sql: &'static str,
    pub content: Content,
}

/// What a view shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// All columns of the fact with this name.
    Fact(&'static str),
    /// Columns of its own.
    Derived { doc: &'static str, columns: &'static [Column], key: &'static [&'static str] },
}

macro_rules! view {
    ($name:literal, $content:expr) => {
        View { name: $name, sql: include_str!(concat!("../views/", $name, ".sql")), content: $content }
    };
}

/// Every view, sorted by name.
pub const VIEWS: &[View] = &[
    view!("v1_boards", Content::Fact("boards")),
    view!("v1_burndown", BURNDOWN),
    view!("v1_carry_over", Content::Fact("carry_over")),
    view!("v1_disciplines", Content::Fact("sprint_disciplines")),
    view!("v1_issue_changes", Content::Fact("issue_changes")),
    view!("v1_issues", Content::Fact("issues")),
    view!("v1_ledger", Content::Fact("ledger")),
    view!("v1_rejected", Content::Fact("rejected")),
    view!("v1_sprint_items", Content::Fact("sprint_items")),
    view!("v1_sprint_report_modes", Content::Fact("sprint_reports")),
    view!("v1_sprint_reports", Content::Fact("sprint_reports")),
    view!("v1_sprints", Content::Fact("sprints")),
    view!("v1_velocity", Content::Fact("velocity")),
    view!("v1_velocity_windows", Content::Fact("velocity_windows")),
];

impl View {
    /// The view of this name: `v1_sprints`, or `sprints` for short.
    pub fn named(name: &str) -> Result<&'static Self, Error> {
        let view = VIEWS.iter().find(|view| view.name == name || view.name.strip_prefix("v1_") == Some(name));
        view.ok_or_else(|| Error::unknown_table(name))
    }

    /// The query for all rows, sorted by the key.
    pub fn export_sql(&self) -> String {
        format!("SELECT * FROM {} ORDER BY {}", self.name, self.key().join(", "))
    }

    /// The fact that the view shows, unless it is derived.
    pub fn fact(&self) -> Option<&'static FactTable> {
        match self.content {
            Content::Fact(name) => FACTS.iter().find(|fact| fact.name == name),
            Content::Derived { .. } => None,
        }
    }

    pub fn doc(&self) -> &'static str {
        match self.content {
            Content::Fact(_) => self.fact().map_or("", |fact| fact.doc),
            Content::Derived { doc, .. } => doc,
        }
    }

    pub fn columns(&self) -> &'static [Column] {
        match self.content {
            Content::Fact(_) => self.fact().map_or(&[], |fact| fact.columns),
            Content::Derived { columns, .. } => columns,
        }
    }

    /// The columns that identify a row, in the order that exports sort by.
    pub fn key(&self) -> &'static [&'static str] {
        match self.content {
            Content::Fact(_) => self.fact().map_or(&[], |fact| fact.key),
            Content::Derived { key, .. } => key,
        }
    }
}

const fn column(name: &'static str, kind: Kind, doc: &'static str) -> Column {
    Column { name, kind, nullable: false, doc }
}

const BURNDOWN: Content = Content::Derived {
    doc: " One row per board, sprint and instant at which the sprint's ledger has an entry: what changed at that \
          instant, and what held after it.",
    key: &["board_id", "sprint_id", "at"],
    columns: &[
        column("source", Kind::Text, " The source's name in the configuration."),
        column("board_id", Kind::Text, " The board, as `source/native-id`."),
        column("sprint_id", Kind::Text, " The sprint, as `source/native-id`."),
        column(
            "at",
            Kind::Timestamp,
            " When it happened; the sprint's start for what was true at the start.",
        ),
        column("entries", Kind::Integer, " The number of ledger entries at this instant."),
        column("scope_points_change", Kind::Float, " Change of the sprint's scope, in points."),
        column("remaining_points_change", Kind::Float, " Change of the remaining work, in points."),
        column("completed_points_change", Kind::Float, " Change of the completed work, in points."),
        column("scope_issues_change", Kind::Integer, " Change of the number of issues in scope."),
        column(
            "remaining_issues_change",
            Kind::Integer,
            " Change of the number of issues in scope and not done.",
        ),
        column(
            "completed_issues_change",
            Kind::Integer,
            " Change of the number of issues in scope and done.",
        ),
        column("scope_points", Kind::Float, " Points in scope after this instant."),
        column("remaining_points", Kind::Float, " Points in scope and not done after this instant."),
        column("completed_points", Kind::Float, " Points in scope and done after this instant."),
        column("scope_issues", Kind::Integer, " Issues in scope after this instant."),
        column("remaining_issues", Kind::Integer, " Issues in scope and not done after this instant."),
        column("completed_issues", Kind::Integer, " Issues in scope and done after this instant."),
    ],
};
