//! Which fields of an issue are wanted: `*all`, `*navigable`, names, and names with a minus.

use serde_json::{Map, Value};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wanted {
    all: bool,
    with: Vec<String>,
    without: Vec<String>,
}

impl Wanted {
    pub(crate) fn all() -> Self {
        Self { all: true, with: Vec::new(), without: Vec::new() }
    }

    /// Reads a list of fields; without one, or with nothing but exclusions, those of `or` are meant.
    pub(crate) fn read(list: &[String], or: &[&str]) -> Self {
        let (without, with): (Vec<_>, Vec<_>) = list.iter().cloned().partition(|name| name.starts_with('-'));
        let without = without.iter().map(|name| name.trim_start_matches('-').to_owned()).collect();
        let with = match with.is_empty() {
            true => or.iter().map(|name| (*name).to_owned()).collect(),
            false => with,
        };
        let all = with.iter().any(|name| name == "*all" || name == "*navigable");
        Self { all, with, without }
    }

    /// Nothing but ids and keys is wanted.
    pub(crate) fn identity(&self) -> bool {
        !self.all && self.with.iter().all(|name| name == "id" || name == "key")
    }

    /// Nothing but ids.
    pub(crate) fn ids(&self) -> bool {
        !self.all && self.with.iter().all(|name| name == "id")
    }

    pub(crate) fn select(&self, fields: Map<String, Value>) -> Map<String, Value> {
        let wanted = |name: &String| (self.all || self.with.contains(name)) && !self.without.contains(name);
        fields.into_iter().filter(|(name, _)| wanted(name)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Wanted;

    #[test]
    fn reads_lists_as_jira_does() {
        let read = |list: &[&str]| {
            let list: Vec<String> = list.iter().map(|name| (*name).to_owned()).collect();
            let fields = serde_json::json!({"summary": 1, "status": 2, "updated": 3});
            let serde_json::Value::Object(fields) = fields else { panic!() };
            Wanted::read(&list, &["*navigable"]).select(fields).keys().cloned().collect::<Vec<_>>()
        };
        assert_eq!(read(&[]), ["status", "summary", "updated"]);
        assert_eq!(read(&["-summary"]), ["status", "updated"]);
        assert_eq!(read(&["summary", "updated", "-updated"]), ["summary"]);
        assert!(Wanted::read(&[], &["id"]).ids() && Wanted::read(&["key".to_owned()], &["id"]).identity());
    }
}
