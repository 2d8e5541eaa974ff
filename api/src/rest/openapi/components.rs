//! What the operations of the document share: schemas, answers that mean failure, and how to show who asks.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::super::schema::reference;
use super::super::{Answer, RESOURCES};

pub(super) fn components() -> Value {
    let mut schemas: BTreeMap<&str, Value> = BTreeMap::new();
    for resource in RESOURCES {
        let (Answer::Single(schema) | Answer::List { row: schema, .. }) = resource.answer;
        schemas.extend(schema().all().into_iter().map(|schema| (schema.name, schema.json())));
    }
    let text = json!({ "type": "string" });
    let link = json!({ "type": ["string", "null"] });
    let detail = closed(json!({ "field": text, "message": text }));
    schemas.insert("Links", closed(json!({ "self": text })));
    schemas.insert("PageLinks", closed(json!({ "self": text, "next": link })));
    let error = closed(json!({
        "code": { "type": "string", "description": "For programs; it never changes." },
        "message": { "type": "string", "description": "For people." },
        "details": { "type": "array", "items": detail, "description": "What is wrong with which parameter." },
        "request_id": { "type": "string", "description": "As in the header `x-request-id` and in the log." },
    }));
    schemas.insert("Error", closed(json!({ "error": error })));
    let id = |name: &str, description: &str| json!({ "name": name, "in": "path", "required": true, "description": description, "schema": text });
    let header = |description: &str| json!({ "description": description, "schema": text });
    let failure = |description: &str| {
        json!({
            "description": description,
            "headers": { "x-request-id": reference("headers", "RequestId") },
            "content": { "application/json": { "schema": reference("schemas", "Error") } },
        })
    };
    json!({
        "schemas": schemas,
        "parameters": {
            "source": id("source", "The source's name in the configuration: what an id has before its slash."),
            "id": id("id", "The id in the source: what an id has after its slash."),
        },
        "headers": {
            "ETag": header("The version of this answer; send it back as `If-None-Match`."),
            "RequestId": header("The id of this request, as in the log."),
        },
        "responses": {
            "NotModified": { "description": "What `If-None-Match` names is still the newest version." },
            "Invalid": failure("A parameter is not known or its value is not allowed; `details` says which and why."),
            "Unauthorized": failure("The configuration has a token, and the request does not."),
            "NotFound": failure("There is nothing of that id (`not_found`), or its numbers are still being computed (`not_computed`)."),
            "WrongHost": failure("Without a token in the configuration only requests to this machine's own name are answered."),
            "Internal": failure("Our fault; the log says more under the request's id."),
        },
        "securitySchemes": {
            "token": { "type": "http", "scheme": "bearer", "description": "The token of the configuration." },
            "session": { "type": "apiKey", "in": "cookie", "name": "tidemark_session", "description": "For pages; /login gives it." },
        },
    })
}

/// An object whose members are all there, and no others.
pub(super) fn closed(properties: Value) -> Value {
    let names: BTreeSet<String> =
        properties.as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect();
    json!({
        "type": "object", "properties": properties, "required": names, "additionalProperties": false,
    })
}
