//! The files of `deploy/`, read.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};
use tidemark_tests::command::workspace;
use yaml_rust2::{Yaml, YamlLoader};

/// A path below `deploy/`.
pub(crate) fn deploy(path: &str) -> PathBuf {
    workspace().join("deploy").join(path)
}

pub(crate) fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// All files of `deploy/`, as paths below it, sorted.
pub(crate) fn all() -> Vec<String> {
    let root = deploy("");
    let mut folders = vec![root.clone()];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push(path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    files.sort_unstable();
    files
}

/// The documents of a YAML text as JSON, with merged keys (`<<`) put in their places.
pub(crate) fn yaml(text: &str, name: &str) -> Vec<Value> {
    let documents = YamlLoader::load_from_str(text).unwrap_or_else(|error| panic!("{name}: {error}"));
    documents.iter().map(|document| json(document, name)).filter(|value| !value.is_null()).collect()
}

/// The one document of a YAML file below `deploy/`.
pub(crate) fn document(path: &str) -> Value {
    let mut documents = yaml(&text(&deploy(path)), path);
    assert_eq!(documents.len(), 1, "{path}");
    documents.remove(0)
}

fn json(yaml: &Yaml, name: &str) -> Value {
    match yaml {
        Yaml::Real(number) => serde_json::from_str(number).unwrap_or_else(|_| Value::from(number.as_str())),
        Yaml::Integer(number) => Value::from(*number),
        Yaml::String(text) => Value::from(text.as_str()),
        Yaml::Boolean(value) => Value::from(*value),
        Yaml::Array(items) => items.iter().map(|item| json(item, name)).collect(),
        Yaml::Null => Value::Null,
        Yaml::Hash(entries) => {
            let mut object = Map::new();
            for (key, value) in entries {
                let value = json(value, name);
                match key.as_str().unwrap_or_else(|| panic!("{name}: a key that is no text: {key:?}")) {
                    "<<" => merge(&mut object, &value),
                    key => {
                        object.insert(key.to_owned(), value);
                    }
                }
            }
            Value::Object(object)
        }
        Yaml::Alias(_) | Yaml::BadValue => panic!("{name}: {yaml:?}"),
    }
}

/// Adds what is not there: what is written out wins, wherever it stands.
fn merge(object: &mut Map<String, Value>, merged: &Value) {
    for (key, value) in merged.as_object().unwrap() {
        object.entry(key.clone()).or_insert_with(|| value.clone());
    }
}

/// Every text in a value, with the path to it.
pub(crate) fn texts(value: &Value) -> Vec<(String, String)> {
    fn walk(value: &Value, path: &str, found: &mut Vec<(String, String)>) {
        match value {
            Value::String(text) => found.push((path.to_owned(), text.clone())),
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    walk(item, &format!("{path}[{index}]"), found);
                }
            }
            Value::Object(entries) => {
                for (key, item) in entries {
                    walk(item, &format!("{path}.{key}"), found);
                }
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    walk(value, "", &mut found);
    found
}

#[test]
fn every_file_parses() {
    let mut read = 0;
    for path in all() {
        let name = Path::new(&path);
        let text = text(&deploy(&path));
        assert!(text.ends_with('\n') && !text.ends_with("\n\n"), "{path}: it ends with one line feed");
        if name.starts_with("helm/tidemark/templates") {
            // Not YAML before it is rendered: `chart` does that.
            continue;
        }
        match name.extension().and_then(|extension| extension.to_str()) {
            Some("yaml") => assert_eq!(yaml(&text, &path).len(), 1, "{path}"),
            Some("json") => {
                serde_json::from_str::<Value>(&text).unwrap_or_else(|error| panic!("{path}: {error}"));
            }
            // Read by the program itself (`settings`), by docker and systemd (`tools`), or by people.
            Some("toml" | "md" | "service") => {}
            _ => assert!(
                ["Dockerfile", ".env.example", "helm/tidemark/.helmignore"].contains(&path.as_str()),
                "{path}: say here how it is read"
            ),
        }
        read += 1;
    }
    assert!(read > 15, "{read} files only");
}

#[test]
fn yaml_is_read_as_it_is_meant() {
    let merged = yaml("a: &a {x: 1, y: 2}\nb: {y: 3, <<: *a, z: '4'}\n---\n- 1.5\n- yes: ~\n", "a text");
    let expected =
        serde_json::json!([{"a": {"x": 1, "y": 2}, "b": {"x": 1, "y": 3, "z": "4"}}, [1.5, {"yes": null}]]);
    assert_eq!(Value::from(merged), expected);
}
