//! The serving database's tables, made from the facts' declarations.

use tidemark_model::fact::Kind;

use super::Engine;
use crate::catalogue::{FACTS, FactTable, SERVED_ONLY};

/// Those facts of the warehouse that are served as well: what reports and pages are made of.
pub const SERVED: &[&str] = &[
    "boards",
    "carry_over",
    "ledger",
    "rejected",
    "sprint_disciplines",
    "sprint_items",
    "sprint_reports",
    "sprints",
    "velocity",
    "velocity_windows",
];

/// The columns that follow a fact's own: the key of its table row, the row's version, and whether the row is gone.
fn keeping(engine: Engine) -> String {
    let bytes = match engine {
        Engine::Sqlite => "BLOB",
        Engine::Postgres => "BYTEA",
    };
    format!("_key {bytes} PRIMARY KEY, _version BIGINT NOT NULL, _gone SMALLINT NOT NULL")
}

/// What questions look rows up by; each index starts with a board or a sprint.
const INDEXES: &[(&str, &[&str])] = &[
    ("carry_over", &["sprint_id", "board_id"]),
    ("carry_over", &["board_id", "issue_id"]),
    ("ledger", &["sprint_id", "board_id", "at"]),
    ("sprint_disciplines", &["sprint_id", "board_id"]),
    ("sprint_items", &["sprint_id", "board_id", "outcome"]),
    ("sprint_reports", &["sprint_id", "board_id"]),
    ("sprints", &["board_id", "state"]),
    ("sprints", &["sprint_id"]),
    ("stated_histories", &["sprint_id"]),
    ("stated_sprints", &["id"]),
    ("stated_successors", &["id"]),
    ("velocity", &["board_id", "closed_at"]),
    ("velocity_windows", &["board_id", "closed_at"]),
];

/// The facts that are served.
pub fn served() -> impl Iterator<Item = &'static FactTable> {
    FACTS.iter().filter(|fact| SERVED.contains(&fact.name)).chain(SERVED_ONLY)
}

/// The statements that make a fact's table.
pub fn create(fact: &FactTable, engine: Engine) -> Vec<String> {
    let column = |column: &tidemark_model::fact::Column| {
        let null = if column.nullable { "" } else { " NOT NULL" };
        format!("{} {}{null}", column.name, sql_type(column.kind, engine))
    };
    let columns: Vec<String> = fact.columns.iter().map(column).collect();
    let table = format!("CREATE TABLE {} ({}, {})", fact.name, columns.join(", "), keeping(engine));
    let indexes = INDEXES.iter().filter(|(table, _)| *table == fact.name).map(|(table, columns)| {
        format!("CREATE INDEX {table}_by_{} ON {table} ({})", columns.join("_"), columns.join(", "))
    });
    std::iter::once(table).chain(indexes).collect()
}

/// What a fact's table is made from, in few letters: where it differs, the table is another.
pub fn made_from(fact: &FactTable, engine: Engine) -> String {
    format!("{:016x}", fnv(&create(fact, engine)))
}

/// FNV-1a of some texts, each ended by a zero byte.
pub(super) fn fnv(texts: &[String]) -> u64 {
    let bytes = texts.iter().flat_map(|text| text.bytes().chain([0]));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// The statement that writes `rows` rows of a fact: of two rows with one key the one with the higher version stays.
pub fn insert(fact: &FactTable, rows: usize) -> String {
    let names: Vec<&str> =
        fact.columns.iter().map(|column| column.name).chain(["_key", "_version", "_gone"]).collect();
    let tuple = |row: usize| {
        let marks: Vec<String> =
            (1..=names.len()).map(|mark| format!("${}", row * names.len() + mark)).collect();
        format!("({})", marks.join(", "))
    };
    let tuples: Vec<String> = (0..rows).map(tuple).collect();
    let updates: Vec<String> = names.iter().map(|name| format!("{name} = excluded.{name}")).collect();
    format!(
        "INSERT INTO {table} ({}) VALUES {} ON CONFLICT (_key) DO UPDATE SET {} WHERE excluded._version > {table}._version",
        names.join(", "),
        tuples.join(", "),
        updates.join(", "),
        table = fact.name,
    )
}

/// Booleans are small integers: the driver that serves both databases knows no others. Text sorts by its bytes, whatever
/// the language of the server is.
fn sql_type(kind: Kind, engine: Engine) -> &'static str {
    match kind {
        Kind::Text if engine == Engine::Postgres => "TEXT COLLATE \"C\"",
        Kind::Text => "TEXT",
        Kind::Integer | Kind::Timestamp => "BIGINT",
        Kind::Float => "DOUBLE PRECISION",
        Kind::Boolean => "SMALLINT",
    }
}

#[cfg(test)]
mod tests {
    use super::{Engine, INDEXES, SERVED, SERVED_ONLY, create, served};

    #[test]
    fn served_facts_and_their_indexes_exist() {
        assert_eq!(served().count(), SERVED.len() + SERVED_ONLY.len());
        for (table, columns) in INDEXES {
            let fact = served().find(|fact| fact.name == *table).unwrap();
            for name in *columns {
                assert!(fact.columns.iter().any(|column| column.name == *name), "{table}.{name}");
            }
        }
    }

    #[test]
    fn a_fact_is_its_table() {
        let velocity = served().find(|fact| fact.name == "velocity").unwrap();
        let statements = create(velocity, Engine::Sqlite);
        assert!(statements[0].starts_with(
            "CREATE TABLE velocity (source TEXT NOT NULL, board_id TEXT NOT NULL, sprint_id TEXT NOT NULL"
        ));
        assert!(statements[0].contains("closed_at BIGINT NOT NULL"));
        assert!(statements[0].contains("committed_points DOUBLE PRECISION,"));
        assert_eq!(
            statements[1],
            "CREATE INDEX velocity_by_board_id_closed_at ON velocity (board_id, closed_at)"
        );
        let statements = create(velocity, Engine::Postgres);
        assert!(statements[0].contains("(source TEXT COLLATE \"C\" NOT NULL,"), "{}", statements[0]);
        assert!(statements[0].contains("_key BYTEA PRIMARY KEY"));
    }
}
