use std::collections::BTreeSet;

use serde_json::Value;

use super::super::{RESOURCES, ROOT};
use super::document;

// Tests run in their package's folder.
const SNAPSHOT: &str = "tests/openapi.json";

#[test]
fn the_snapshot_is_what_the_resources_declare() {
    let document = document();
    let snapshot = std::fs::read_to_string(SNAPSHOT).unwrap_or_default();
    if serde_json::from_str::<Value>(&snapshot).ok().as_ref() != Some(&document) {
        std::fs::write(SNAPSHOT, format!("{}\n", serde_json::to_string_pretty(&document).unwrap())).unwrap();
        panic!("api/{SNAPSHOT} was out of date and is written anew: read it and commit it");
    }
}

/// Every value of the document, with every value inside of it.
fn all<'a>(value: &'a Value, found: &mut Vec<&'a Value>) {
    found.push(value);
    match value {
        Value::Array(items) => items.iter().for_each(|item| all(item, found)),
        Value::Object(members) => members.values().for_each(|member| all(member, found)),
        _ => {}
    }
}

#[test]
fn every_pointer_points_at_something_and_everything_is_pointed_at() {
    let document = document();
    let mut values = Vec::new();
    all(&document, &mut values);
    let pointers: BTreeSet<&str> = values.iter().filter_map(|value| value.get("$ref")?.as_str()).collect();
    for pointer in &pointers {
        let found = document.pointer(pointer.strip_prefix('#').unwrap());
        assert!(found.is_some_and(Value::is_object), "{pointer}");
    }
    for kind in ["schemas", "parameters", "headers", "responses"] {
        for name in document["components"][kind].as_object().unwrap().keys() {
            let pointer = format!("#/components/{kind}/{name}");
            assert!(pointers.contains(pointer.as_str()), "nothing points at {pointer}");
        }
    }
}

#[test]
fn every_resource_is_described_with_all_that_its_path_names() {
    let document = document();
    let mut ids = BTreeSet::new();
    for resource in RESOURCES {
        let path = format!("{ROOT}{}", resource.path);
        let operation = &document["paths"][&path]["get"];
        assert!(ids.insert(operation["operationId"].as_str().unwrap()), "{path}: its operation id is taken");
        let of_path = resource.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
        let declared: Vec<&str> = operation["parameters"]
            .as_array()
            .unwrap()
            .iter()
            .map(|parameter| match parameter["$ref"].as_str() {
                Some(pointer) => document.pointer(&pointer[1..]).unwrap(),
                None => parameter,
            })
            .filter(|parameter| parameter["in"] == "path" && parameter["required"] == true)
            .map(|parameter| parameter["name"].as_str().unwrap())
            .collect();
        assert_eq!(declared, of_path.collect::<Vec<_>>(), "{path}");
        let names: Vec<&str> = resource.all_parameters().iter().map(|parameter| parameter.name).collect();
        let distinct: BTreeSet<&str> = names.iter().copied().collect();
        assert_eq!(distinct.len(), names.len(), "{path} declares a parameter twice");
    }
}
