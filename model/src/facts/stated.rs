//! What sprints are counted from, for counting them by definitions that are not stored: rows of tables, as JSON. Only the
//! serving database has them; no warehouse holds them and no view shows them.

use crate::Row;
use crate::board::{Board, Field, Status};
use crate::fact::{Fact, fact};
use crate::membership::{SprintIssue, Successors};
use crate::policy::Policy;
use crate::sprint::Sprint;

/// A row of a table that is served as it is stated.
pub trait Stated: Fact {
    type Row: Row;

    fn of(row: &Self::Row) -> Self;

    /// The row again.
    fn row(&self) -> serde_json::Result<Self::Row>;
}

macro_rules! stated {
    ($($(#[doc = $doc:literal])+ $name:ident = $table:literal of $row:ty, $it:ident: $source:expr, $id:expr;)*) => {$(
        fact! {
            $(#[doc = $doc])+
            pub struct $name = $table by ["id"] {
                /// The source's name in the configuration; empty for what is of no source.
                pub source: String,
                /// What the row is of, as `source/native-id`.
                pub id: String,
                /// The row, as JSON.
                pub stated: String,
            }
        }

        impl Stated for $name {
            type Row = $row;

            fn of($it: &$row) -> Self {
                Self { source: $source, id: $id, stated: json($it) }
            }

            fn row(&self) -> serde_json::Result<$row> {
                serde_json::from_str(&self.stated)
            }
        }
    )*};
}

stated! {
    /// One row per board: its newest configuration.
    StatedBoard = "stated_boards" of Board, it: it.source.clone(), format!("{}/{}", it.source, it.id);
    /// One row per field of a source.
    StatedField = "stated_fields" of Field, it: it.source.clone(), format!("{}/{}", it.source, it.id);
    /// The one row of the configured policy; none where it is the default.
    StatedPolicy = "stated_policies" of Policy, it: String::new(), Policy::TABLE.to_owned();
    /// One row per sprint: every statement about it.
    StatedSprint = "stated_sprints" of Sprint, it: it.source.clone(), format!("{}/{}", it.source, it.id);
    /// One row per status of a source.
    StatedStatus = "stated_statuses" of Status, it: it.source.clone(), format!("{}/{}", it.source, it.id);
    /// One row per sprint that was opened again: when the sprints that its issues moved on to were active.
    StatedSuccessors = "stated_successors" of Successors, it: it.source.clone(), format!("{}/{}", it.source, it.sprint_id);
}

fact! {
    /// One row per sprint and issue that ever was in it: what happened to the issue there.
    pub struct StatedHistory = "stated_histories" by ["sprint_id", "issue_id"] {
        /// The source's name in the configuration.
        pub source: String,
        /// The sprint, as `source/native-id`.
        pub sprint_id: String,
        /// The issue, as `source/native-id`.
        pub issue_id: String,
        /// The row, as JSON.
        pub stated: String,
    }
}

impl Stated for StatedHistory {
    type Row = SprintIssue;

    fn of(row: &SprintIssue) -> Self {
        let SprintIssue { source, sprint_id, issue_id, .. } = row;
        Self {
            source: source.clone(),
            sprint_id: format!("{source}/{sprint_id}"),
            issue_id: format!("{source}/{issue_id}"),
            stated: json(row),
        }
    }

    fn row(&self) -> serde_json::Result<SprintIssue> {
        serde_json::from_str(&self.stated)
    }
}

/// Rows are plain structs with text keys: writing them to memory cannot fail.
fn json(row: &impl Row) -> String {
    serde_json::to_string(row).unwrap_or_default()
}
