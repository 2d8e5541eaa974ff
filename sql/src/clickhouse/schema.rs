//! The tables and views of a warehouse, made from the facts' declarations, and the steps by which they came about.

use std::fmt::Write as _;

use tidemark_model::Timestamp;
use tidemark_model::fact::{Column, Kind};

use crate::catalogue::{FACTS, FactTable, KEY_COLUMN, VERSION_COLUMN};
use crate::views::VIEWS;

/// 1 where the row is gone: then its other columns say nothing.
pub const DELETED_COLUMN: &str = "_deleted";

/// What was done to warehouses, in order. A step that was released never changes. When a fact's declaration changes, a new
/// step names the fact, which gets a new table; when a view changes, a step without facts will do (tests say when one is
/// missing, and what it has to say).
const STEPS: &[Step] = &[
    Step {
        number: 1,
        facts: &[
            ("boards", 0x062c_2c29_95b4_67e5),
            ("carry_over", 0x5339_b0e4_697e_4f55),
            ("issue_changes", 0x3c46_9b02_6962_8d7e),
            ("issues", 0xbbf9_edd9_7288_f28f),
            ("ledger", 0x2bcb_ce26_acdf_e3b0),
            ("rejected", 0x0c3c_e959_f6bf_d604),
            ("sprint_disciplines", 0x036c_b39e_235b_7fc9),
            ("sprint_items", 0xa42e_22a7_7fa2_4147),
            ("sprint_reports", 0xfc0c_c5ee_f88f_6ff8),
            ("sprints", 0xf766_4367_c705_cc21),
            ("velocity", 0x1889_6398_bf6e_60d4),
            ("velocity_windows", 0x699e_bf19_e672_b49f),
        ],
        views: 0xf501_9910_9570_1f44,
    },
    // Positions say when they were last current.
    Step { number: 2, facts: &[], views: 0xf501_9910_9570_1f44 },
    // What is inserted is on disk before it is answered.
    Step { number: 3, facts: &[], views: 0xf501_9910_9570_1f44 },
];

/// One step of a warehouse's schema.
#[derive(Debug, Clone, Copy)]
pub struct Step {
    pub number: u32,
    /// The facts that get a new table, each with the digest of its columns.
    pub facts: &'static [(&'static str, u64)],
    /// The digest of all views.
    pub views: u64,
}

/// What a program knows of warehouses.
#[derive(Debug, Clone, Copy)]
pub struct Schema {
    pub steps: &'static [Step],
}

impl Schema {
    /// What this program knows.
    pub const CURRENT: Self = Self { steps: STEPS };

    /// The number of the last step.
    pub fn newest(&self) -> u32 {
        self.steps.last().map_or(0, |step| step.number)
    }

    /// The name of the table that holds a fact: `ledger_1`.
    pub fn table(&self, fact: &str) -> String {
        let names = |step: &&Step| step.facts.iter().any(|(name, _)| *name == fact);
        let step = self.steps.iter().rev().find(names).map_or(0, |step| step.number);
        format!("{fact}_{step}")
    }

    /// Tables that former steps made and that hold nothing any more.
    pub(super) fn superseded(&self) -> Vec<String> {
        let made = self
            .steps
            .iter()
            .flat_map(|step| step.facts.iter().map(|(fact, _)| (*fact, format!("{fact}_{}", step.number))));
        let living = |fact: &str, table: &str| {
            FACTS.iter().any(|known| known.name == fact) && self.table(fact) == table
        };
        made.filter(|(fact, table)| !living(fact, table)).map(|(_, table)| table).collect()
    }

    /// The statements that make all tables and views; they change nothing where these are there.
    pub(super) fn statements(&self) -> Vec<String> {
        let tables = FACTS.iter().map(|fact| create_table(fact, &self.table(fact.name)));
        let synced = FACTS.iter().map(|fact| synced(&self.table(fact.name)));
        let layer = FACTS.iter().map(|fact| create_layer(fact, &self.table(fact.name)));
        let views = VIEWS.iter().map(|view| format!("CREATE OR REPLACE VIEW {} AS\n{}", view.name, view.sql));
        tables.chain(synced).chain(layer).chain(views).collect()
    }
}

/// What is kept beside the facts: which steps were begun and done, and how far each table follows each partition. Both are as
/// the first step made them; [`own_columns`] says what was added since.
pub(super) const OWN_TABLES: [&str; 2] = [
    "CREATE TABLE IF NOT EXISTS schema_steps (step UInt32, done UInt8) \
     ENGINE = ReplacingMergeTree(done) ORDER BY step",
    // The version grows with generation, position and wholeness, so that a position never goes back.
    "CREATE TABLE IF NOT EXISTS positions (table_name String, partition UInt32, generation UInt64, position UInt64, \
     whole UInt8, version UInt64) ENGINE = ReplacingMergeTree(version) ORDER BY (table_name, partition)",
];

/// The columns that were added to what is kept beside the facts. Positions have a time, in ms; those that there are count as
/// of `now`.
pub(super) fn own_columns(now: Timestamp) -> [String; 1] {
    [format!("ALTER TABLE positions ADD COLUMN IF NOT EXISTS followed_at Int64 DEFAULT {}", now.0)]
}

fn create_table(fact: &FactTable, table: &str) -> String {
    format!("CREATE TABLE IF NOT EXISTS {table} ({}", table_body(fact))
}

/// Rows are on disk before the position that says so can be: a server that loses power may lose both, or the position alone.
fn synced(table: &str) -> String {
    format!("ALTER TABLE {table} MODIFY SETTING fsync_after_insert = 1, fsync_part_directory = 1")
}

/// The columns, and how the table keeps them.
fn table_body(fact: &FactTable) -> String {
    let mut sql = String::new();
    for column in fact.columns {
        let kind = column_type(column);
        let kind = if fact.explodes() { format!("Array({kind})") } else { kind };
        // Writing to a string cannot fail.
        write!(sql, "`{}` {kind}, ", column.name).ok();
    }
    let engine = format!("ReplacingMergeTree({VERSION_COLUMN}, {DELETED_COLUMN})");
    write!(
        sql,
        "{KEY_COLUMN} String, {VERSION_COLUMN} UInt64, {DELETED_COLUMN} UInt8) ENGINE = {engine} ORDER BY {KEY_COLUMN}"
    )
    .ok();
    sql
}

fn column_type(column: &Column) -> String {
    let kind = match column.kind {
        Kind::Text => "String",
        Kind::Integer => "Int64",
        Kind::Float => "Float64",
        Kind::Boolean => "Bool",
        Kind::Timestamp => "DateTime64(3, 'UTC')",
    };
    if column.nullable { format!("Nullable({kind})") } else { kind.to_owned() }
}

/// The view of the living rows.
fn create_layer(fact: &FactTable, table: &str) -> String {
    let names: Vec<String> = fact.columns.iter().map(|column| format!("`{}`", column.name)).collect();
    let names = names.join(", ");
    let explode = if fact.explodes() { format!(" ARRAY JOIN {names}") } else { String::new() };
    format!("CREATE OR REPLACE VIEW current_{} AS SELECT {names} FROM {table} FINAL{explode}", fact.name)
}

#[cfg(test)]
mod tests {
    use super::{STEPS, Schema, Step, create_layer, table_body};
    use crate::catalogue::{FACTS, digest};
    use crate::views::VIEWS;

    #[test]
    fn steps_are_numbered_in_order() {
        assert!(STEPS.iter().zip(1..).all(|(step, number)| step.number == number));
    }

    #[test]
    fn the_newest_step_of_each_fact_names_its_columns() {
        let wanted = FACTS.iter().map(|fact| (fact.name, digest([table_body(fact)])));
        let named = |fact: &str| {
            let mut facts = STEPS.iter().rev().flat_map(|step| step.facts);
            facts.find(|(name, _)| *name == fact).map(|(_, digest)| *digest)
        };
        let missing: Vec<String> = wanted
            .filter(|(fact, digest)| named(fact) != Some(*digest))
            .map(|(fact, digest)| format!("(\"{fact}\", {digest:#018x})"))
            .collect();
        assert!(missing.is_empty(), "facts have changed: add a step with `{}`", missing.join(", "));
    }

    #[test]
    fn the_newest_step_names_the_views() {
        let layer = FACTS.iter().map(|fact| create_layer(fact, fact.name));
        let views = VIEWS.iter().map(|view| format!("{} {}", view.name, view.sql));
        let wanted = digest(layer.chain(views));
        let named = STEPS.last().unwrap().views;
        assert_eq!(named, wanted, "views have changed: add a step with `views: {wanted:#018x}`");
    }

    #[test]
    fn a_fact_that_is_named_again_gets_another_table() {
        const ONCE: Step = Step { number: 1, facts: &[("ledger", 1), ("issues", 1), ("burnt", 1)], views: 1 };
        const AGAIN: Step = Step { number: 2, facts: &[("ledger", 2)], views: 1 };
        let schema = Schema { steps: &[ONCE, AGAIN] };
        assert_eq!(schema.newest(), 2);
        assert_eq!((schema.table("ledger"), schema.table("issues")), ("ledger_2".into(), "issues_1".into()));
        assert_eq!(schema.superseded(), ["ledger_1", "burnt_1"]);
    }
}
