//! Every answer is what the OpenAPI document says it is.

use serde_json::Value;

use crate::support::Organisation;

/// What is wrong with a value, by the few words of JSON Schema that the document uses.
fn wrong(document: &Value, schema: &Value, value: &Value, at: &str, found: &mut Vec<String>) {
    if let Some(pointer) = schema["$ref"].as_str() {
        let target = document.pointer(pointer.strip_prefix('#').unwrap()).unwrap();
        return wrong(document, target, value, at, found);
    }
    let types: Vec<&str> = match &schema["type"] {
        Value::Array(types) => types.iter().map(|name| name.as_str().unwrap()).collect(),
        name => vec![name.as_str().unwrap()],
    };
    let fits = |name: &&str| match *name {
        "null" => value.is_null(),
        "string" => value.is_string(),
        "integer" => value.is_i64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("{other} is not checked"),
    };
    if !types.iter().any(fits) {
        found.push(format!("{at}: {value} is none of {types:?}"));
    }
    if schema["format"] == "date-time" && value.is_string() {
        let text = value.as_str().unwrap();
        if tidemark_model::Timestamp::parse(text).map(|at| at.to_string()).ok().as_deref() != Some(text) {
            found.push(format!("{at}: {text} is no instant as they are written"));
        }
    }
    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
        wrong(document, &schema["items"], item, &format!("{at}/{index}"), found);
    }
    let Some(members) = value.as_object() else { return };
    for name in schema["required"].as_array().unwrap() {
        if !members.contains_key(name.as_str().unwrap()) {
            found.push(format!("{at}: {name} is missing"));
        }
    }
    for (name, member) in members {
        match schema["properties"].get(name) {
            Some(property) => wrong(document, property, member, &format!("{at}/{name}"), found),
            None => found.push(format!("{at}: {name} is not described")),
        }
    }
}

#[test]
fn every_answer_is_as_it_is_described() {
    let organisation = Organisation::simulated(4);
    let document = organisation.json("/api/v1/openapi.json");
    let reports = organisation.reports();
    let mut resources = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        let content = &methods["get"]["responses"]["200"]["content"];
        let schema = &content["application/json"]["schema"];
        if schema.is_null() {
            continue;
        }
        resources += 1;
        // Of each state one: future sprints have no numbers.
        for report in &reports {
            let id = if path.contains("/sprints/") { &report.sprint_id } else { &report.board_id };
            let path = path.replace("{source}/{id}", id);
            let mut found = Vec::new();
            wrong(&document, schema, &organisation.json(&path), &path, &mut found);
            assert!(found.is_empty(), "{}", found.join("\n"));
            if !path.contains(id.as_str()) {
                break;
            }
        }
    }
    assert!(resources >= 11, "{resources} resources only");
    let answer = organisation.get("/api/v1/boards?page=0");
    let mut found = Vec::new();
    let error = &document["components"]["schemas"]["Error"];
    wrong(&document, error, &answer.json(), "an error", &mut found);
    assert!(found.is_empty(), "{}", found.join("\n"));
}
