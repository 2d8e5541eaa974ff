//! Which field of a source is which: the sprint field, and the fields that boards estimate with.

use std::collections::{BTreeMap, BTreeSet};

use tidemark_model::Key;
use tidemark_model::board::{Board, Field};
use tidemark_model::issue::FieldChange;
use tidemark_model::policy::Policy;

/// Stands for the estimate that is stated beside an issue, where a source names no estimation field at all.
pub const STATED: &str = "stated";

/// The sprint field of a source.
#[derive(Debug, Default)]
pub struct SprintField<'a> {
    ids: Vec<&'a str>,
}

impl<'a> SprintField<'a> {
    /// Finds it by its type; where the source lists no fields, it is known by its name.
    pub fn of(source: &str, fields: &'a BTreeMap<Key, Field>) -> Self {
        let of_source = of_source(source, fields);
        let ids = of_source
            .filter(|field| field.custom_type.as_deref() == Some(Field::SPRINT))
            .map(|field| field.id.as_str());
        Self { ids: ids.collect() }
    }

    /// Whether a change is one of the sprint field. Fields may be renamed: the id decides where there is one.
    pub fn changed_by(&self, change: &FieldChange) -> bool {
        match change.field_id.as_deref() {
            Some(id) if !self.ids.is_empty() => self.ids.contains(&id),
            _ => change.field.eq_ignore_ascii_case("sprint"),
        }
    }
}

/// The fields that some board of the source estimates with, and those that would be taken where a board does not say.
pub fn estimation_fields(
    source: &str,
    boards: &BTreeMap<Key, Board>,
    fields: &BTreeMap<Key, Field>,
    policy: &Policy,
) -> BTreeSet<String> {
    let mut ids: BTreeSet<String> =
        of_source(source, boards).filter_map(|board| board.estimation_field.clone()).collect();
    ids.extend(unsaid_estimation_field(source, fields, policy));
    ids
}

/// The field that a board estimates with; nothing where it counts issues.
pub fn estimation_field(
    source: &str,
    board: Option<&Board>,
    fields: &BTreeMap<Key, Field>,
    policy: &Policy,
) -> Option<String> {
    match board.filter(|board| !board.columns.is_empty() && !board.estimation_unsaid) {
        Some(board) => board.estimation_field.clone(),
        None => unsaid_estimation_field(source, fields, policy),
    }
}

/// The estimation field where no board configuration says one: the one that the policy chooses; else by its type, else by
/// its name; the first by id, if there are several; [`STATED`] if there is none.
fn unsaid_estimation_field(source: &str, fields: &BTreeMap<Key, Field>, policy: &Policy) -> Option<String> {
    if let Some(chosen) = policy.estimation_fields.get(source) {
        return Some(chosen.clone());
    }
    let by = |test: &dyn Fn(&Field) -> bool| {
        of_source(source, fields).find(|field| test(field)).map(|field| field.id.clone())
    };
    by(&|field| field.custom_type.as_deref() == Some(Field::STORY_POINTS))
        .or_else(|| by(&|field| Field::STORY_POINTS_NAMES.contains(&field.name.to_lowercase().as_str())))
        .or_else(|| Some(STATED.to_owned()))
}

/// The rows of one source in a global table.
pub fn of_source<'a, R>(
    source: &str,
    rows: &'a BTreeMap<Key, R>,
) -> impl Iterator<Item = &'a R> + use<'a, R> {
    let prefix = Key::of([source]);
    rows.range(prefix.clone()..).take_while(move |(key, _)| key.starts_with(&prefix)).map(|(_, row)| row)
}

/// Reads the ids of a sprint field's value in a changelog: `"10, 11"`.
pub fn sprint_ids(value: Option<&str>) -> Vec<String> {
    let ids: BTreeSet<&str> =
        value.unwrap_or_default().split(',').map(str::trim).filter(|id| !id.is_empty()).collect();
    ids.into_iter().map(str::to_owned).collect()
}
