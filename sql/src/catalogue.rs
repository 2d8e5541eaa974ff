//! The facts that warehouses hold, as data: schemas, views, sinks and the data dictionary are made from it.

#[cfg(feature = "clickhouse")]
use std::sync::Arc;

#[cfg(feature = "clickhouse")]
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use tidemark_model::fact::{Column, Fact, Kind};
use tidemark_model::facts::{
    BoardFact, BoardSprint, CarryOver, IssueChangeFact, IssueFact, LedgerEntry, RejectedFact,
    SprintDiscipline, SprintItem, SprintReport, StatedBoard, StatedField, StatedHistory, StatedPolicy,
    StatedSprint, StatedStatus, StatedSuccessors, Velocity, VelocityWindow,
};

/// A fact's table, as its struct in the model declares it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FactTable {
    pub name: &'static str,
    pub doc: &'static str,
    pub columns: &'static [Column],
    /// The columns that identify a row, in the order that exports sort by.
    pub key: &'static [&'static str],
}

/// Every fact that leaves the program, sorted by name.
pub const FACTS: &[FactTable] = &[
    FactTable::of::<BoardFact>(),
    FactTable::of::<CarryOver>(),
    FactTable::of::<IssueChangeFact>(),
    FactTable::of::<IssueFact>(),
    FactTable::of::<LedgerEntry>(),
    FactTable::of::<RejectedFact>(),
    FactTable::of::<SprintDiscipline>(),
    FactTable::of::<SprintItem>(),
    FactTable::of::<SprintReport>(),
    FactTable::of::<BoardSprint>(),
    FactTable::of::<Velocity>(),
    FactTable::of::<VelocityWindow>(),
];

/// Facts that only the serving database has: what sprints are counted from by definitions that are not stored.
pub const SERVED_ONLY: &[FactTable] = &[
    FactTable::of::<StatedBoard>(),
    FactTable::of::<StatedField>(),
    FactTable::of::<StatedHistory>(),
    FactTable::of::<StatedPolicy>(),
    FactTable::of::<StatedSprint>(),
    FactTable::of::<StatedStatus>(),
    FactTable::of::<StatedSuccessors>(),
];

/// Facts of which one table row makes any number of rows. All others have exactly one.
pub const EXPLODED: &[&str] = &["issue_changes"];

/// In warehouses: the key of the table row that a fact row comes from. It decides what a newer part of the lake supersedes.
pub const KEY_COLUMN: &str = "_key";

/// In warehouses: log generation << 40 | offset of the table row that a fact row comes from.
pub const VERSION_COLUMN: &str = "_version";

impl FactTable {
    pub const fn of<F: Fact>() -> Self {
        Self { name: F::NAME, doc: F::DOC, columns: F::COLUMNS, key: F::KEY }
    }

    /// Whether one table row makes any number of rows.
    pub fn explodes(&self) -> bool {
        EXPLODED.contains(&self.name)
    }

    /// The columns in words: when they differ from those that a part was written with, it is of no use any more.
    pub fn fingerprint(&self) -> Vec<String> {
        let word = |column: &Column| {
            let null = if column.nullable { " or null" } else { "" };
            format!("{}: {}{null}", column.name, kind_name(column.kind))
        };
        self.columns.iter().map(word).collect()
    }
}

#[cfg(feature = "clickhouse")]
impl FactTable {
    /// The columns that people see.
    pub fn schema(&self) -> SchemaRef {
        Arc::new(Schema::new(self.fields()))
    }

    /// The columns of a part of the lake: those that people see, then the row's key and version.
    pub fn lake_schema(&self) -> SchemaRef {
        let mut fields = self.fields();
        fields.extend(key_fields());
        Arc::new(Schema::new(fields))
    }

    fn fields(&self) -> Vec<Field> {
        self.columns
            .iter()
            .map(|column| Field::new(column.name, data_type(column.kind), column.nullable))
            .collect()
    }
}

#[cfg(feature = "clickhouse")]
/// The schema of a delta's list of superseded keys.
pub fn keys_schema() -> SchemaRef {
    Arc::new(Schema::new(key_fields().to_vec()))
}

#[cfg(feature = "clickhouse")]
fn key_fields() -> [Field; 2] {
    [Field::new(KEY_COLUMN, DataType::Binary, false), Field::new(VERSION_COLUMN, DataType::Int64, false)]
}

#[cfg(feature = "clickhouse")]
/// The Arrow type of a kind of column.
pub fn data_type(kind: Kind) -> DataType {
    match kind {
        Kind::Text => DataType::Utf8,
        Kind::Integer => DataType::Int64,
        Kind::Float => DataType::Float64,
        Kind::Boolean => DataType::Boolean,
        Kind::Timestamp => DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into())),
    }
}

/// What documents call a kind of column.
pub fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "text",
        Kind::Integer => "integer",
        Kind::Float => "float",
        Kind::Boolean => "boolean",
        Kind::Timestamp => "timestamp",
    }
}

/// Texts in one number (FNV-1a), for tests that see whether a declaration has changed.
pub(crate) fn digest(texts: impl IntoIterator<Item = String>) -> u64 {
    let bytes = texts.into_iter().flat_map(|text| text.into_bytes().into_iter().chain([0]));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::{EXPLODED, FACTS, SERVED_ONLY};

    #[test]
    fn facts_are_sorted_and_their_columns_leave_the_lakes_own_names_free() {
        assert!(EXPLODED.iter().all(|exploded| FACTS.iter().any(|fact| fact.name == *exploded)));
        assert!(FACTS.is_sorted_by(|one, next| one.name < next.name));
        assert!(SERVED_ONLY.iter().all(|served| FACTS.iter().all(|fact| fact.name != served.name)));
        for fact in FACTS {
            assert!(fact.columns.iter().all(|column| !column.name.starts_with('_')), "{}", fact.name);
        }
    }
}
