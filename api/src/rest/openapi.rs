//! The OpenAPI 3.1 document, made from [`RESOURCES`] and from what the resources declare.

mod components;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use axum::response::Response;
use serde_json::{Map, Value, json};
use tidemark_model::fact::Column;

use super::asked::FORMAT;
use super::parameter::Parameter;
use super::schema::{Field, Schema, reference};
use super::{Answer, RESOURCES, ROOT, Resource};
use crate::content::{Content, Ready};
use crate::error::Error;
use crate::events;
use crate::request::Head;
use components::{closed, components};

const DESCRIPTION: &str = "\
What Tidemark knows of sprints. Everything is read; nothing is written here.

Ids read `source/native-id` and are two segments of a path. Instants are UTC with milliseconds, points are exact to a \
millionth.

**Lists** come in pages: `page` counts from 1, `links.next` is null on the last one. `format=csv` gives all rows of the \
filter as a file. A parameter that is not known, or whose value is not allowed, is an error; an empty one counts as not \
given.

**Caching**: every answer has an `ETag`; sent back as `If-None-Match` it costs a 304 without a body where nothing has \
changed. `/api/v1/events` tells what changes.

**Errors** have one form, and every answer has an `x-request-id`, under which the log says more. With a token in the \
configuration, requests need it as `Authorization: Bearer …`, or the cookie that /login gives.";

static DOCUMENT: LazyLock<Result<Ready, Error>> = LazyLock::new(|| Content::json(&document()).map(Ready::of));

pub(super) async fn describe(head: Head) -> Result<Response, Error> {
    DOCUMENT.as_ref().map(|document| document.response(&head)).map_err(Error::clone)
}

/// The document.
fn document() -> Value {
    let mut paths: BTreeMap<String, Value> =
        RESOURCES.iter().map(|resource| (format!("{ROOT}{}", resource.path), operation(resource))).collect();
    paths.extend(others());
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Tidemark",
            "version": env!("CARGO_PKG_VERSION"),
            "description": DESCRIPTION,
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": "/" }],
        "security": [{ "token": [] }, { "session": [] }, {}],
        "paths": paths,
        "components": components(),
    })
}

fn operation(resource: &Resource) -> Value {
    let ids = resource.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let ids = ids.map(|name| reference("parameters", name));
    let parameters: Vec<Value> = ids.chain(resource.all_parameters().iter().map(Parameter::json)).collect();
    let mut content = Map::new();
    content.insert("application/json".to_owned(), json!({ "schema": body(&resource.answer) }));
    if resource.all_parameters().iter().any(|parameter| parameter.name == FORMAT.name) {
        content.insert("text/csv".to_owned(), json!({ "schema": { "type": "string" } }));
    }
    let mut answers = answers(&Value::Object(content), resource.summary);
    if resource.path.contains('{') {
        answers["404"] = reference("responses", "NotFound");
    }
    answers["400"] = reference("responses", "Invalid");
    answers["500"] = reference("responses", "Internal");
    json!({ "get": {
        "operationId": operation_id(resource.path),
        "summary": resource.summary,
        "parameters": parameters,
        "responses": answers,
    } })
}

/// `sprints.report` for `/sprints/{source}/{id}/report`, `sprints.one` where nothing follows the id.
fn operation_id(path: &str) -> String {
    let words: Vec<&str> =
        path.split('/').filter(|part| !part.is_empty() && !part.starts_with('{')).collect();
    match words.as_slice() {
        [only] if path.contains('{') => format!("{only}.one"),
        [only] => format!("{only}.list"),
        words => words.join("."),
    }
}

fn answers(content: &Value, description: &str) -> Value {
    json!({
        "200": {
            "description": description,
            "headers": {
                "ETag": reference("headers", "ETag"),
                "x-request-id": reference("headers", "RequestId"),
            },
            "content": content,
        },
        "304": reference("responses", "NotModified"),
        "401": reference("responses", "Unauthorized"),
        "421": reference("responses", "WrongHost"),
    })
}

/// The whole of an answer: what is found, what is said of it, and where to go on.
fn body(answer: &Answer) -> Value {
    let (data, meta, links) = match answer {
        Answer::Single(schema) => {
            (reference("schemas", schema().name), closed(json!({})), reference("schemas", "Links"))
        }
        Answer::List { row, meta, .. } => {
            let data = json!({ "type": "array", "items": reference("schemas", row().name) });
            (data, list_meta(meta), reference("schemas", "PageLinks"))
        }
    };
    closed(json!({ "data": data, "meta": meta, "links": links }))
}

fn list_meta(more: &[Column]) -> Value {
    let mut properties = json!({
        "total": { "type": "integer", "description": "Rows of the filter, on whatever page." },
        "page": { "type": "integer" },
        "per_page": { "type": "integer" },
    });
    let more = Schema { name: "", doc: "", fields: more.iter().map(Field::of_column).collect() }.json();
    for (name, property) in more["properties"].as_object().into_iter().flatten() {
        properties[name] = property.clone();
    }
    closed(properties)
}

/// What is no resource: the document itself, the events, and what operators ask.
fn others() -> Vec<(String, Value)> {
    let other = |path: &str, summary: &str, media_type: &str, parameters: &[Parameter]| {
        let mut content = Map::new();
        content.insert(media_type.to_owned(), json!({}));
        let parameters: Vec<Value> = parameters.iter().map(Parameter::json).collect();
        let mut answers = json!({ "200": { "description": summary, "content": content } });
        if path.starts_with(ROOT) {
            answers["401"] = reference("responses", "Unauthorized");
            answers["421"] = reference("responses", "WrongHost");
        }
        if !parameters.is_empty() {
            answers["400"] = reference("responses", "Invalid");
        }
        let operation = json!({ "get": {
            "operationId": path.rsplit('/').next().unwrap_or_default(),
            "summary": summary,
            "parameters": parameters,
            "responses": answers,
        } });
        (path.to_owned(), operation)
    };
    let mut ready =
        other("/ready", "Whether requests should be sent here: 200 or 503", "application/json", &[]);
    ready.1["get"]["responses"]["503"] = json!({ "description": "Not now; `status` says why." });
    let events = "Server-sent events: `ready` at once, then a `change` with the boards and sprints of each batch that can be read";
    vec![
        ready,
        other(&format!("{ROOT}/events"), events, "text/event-stream", events::PARAMETERS),
        other(&format!("{ROOT}/openapi.json"), "This document", "application/json", &[]),
        other("/health", "Whether the process answers at all", "application/json", &[]),
        other("/metrics", "What was counted, as OpenMetrics", "application/openmetrics-text", &[]),
    ]
}
