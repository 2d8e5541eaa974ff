//! What answers look like, as JSON Schema says it.

use serde_json::{Value, json};
use tidemark_model::fact::{Column, Kind};

/// An object of answers.
pub(crate) struct Schema {
    /// Its name among the document's components.
    pub(crate) name: &'static str,
    pub(crate) doc: &'static str,
    pub(crate) fields: Vec<Field>,
}

/// A member of an object. Every member is always there; one without a value is null.
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) shape: Shape,
    pub(crate) nullable: bool,
    pub(crate) doc: &'static str,
}

/// What a member holds.
#[derive(Clone, Copy)]
pub(crate) enum Shape {
    Value(Kind),
    Object(fn() -> Schema),
    Objects(fn() -> Schema),
}

impl Field {
    pub(crate) fn of_column(column: &Column) -> Self {
        Self {
            name: column.name,
            shape: Shape::Value(column.kind),
            nullable: column.nullable,
            doc: column.doc,
        }
    }

    /// A member that is always there and is made of others.
    pub(crate) fn nested(name: &'static str, shape: Shape, doc: &'static str) -> Self {
        Self { name, shape, nullable: false, doc }
    }
}

impl Schema {
    /// An object of columns alone.
    pub(crate) fn of_columns(name: &'static str, doc: &'static str, columns: &[Column]) -> Self {
        Self { name, doc, fields: columns.iter().map(Field::of_column).collect() }
    }

    pub(crate) fn json(&self) -> Value {
        let properties = self.fields.iter().map(|field| (field.name.to_owned(), property(field)));
        let names: Vec<&str> = self.fields.iter().map(|field| field.name).collect();
        json!({
            "type": "object",
            "description": sentence(self.doc),
            "properties": Value::Object(properties.collect()),
            "required": names,
            "additionalProperties": false,
        })
    }

    /// The schemas that this one is made of, itself first.
    pub(crate) fn all(self) -> Vec<Self> {
        let mut all = vec![self];
        let mut next = 0;
        while let Some(schema) = all.get(next) {
            let parts = schema.fields.iter().filter_map(|field| match field.shape {
                Shape::Value(_) => None,
                Shape::Object(part) | Shape::Objects(part) => Some(part()),
            });
            let parts: Vec<Self> = parts.collect();
            all.extend(parts);
            next += 1;
        }
        all
    }
}

/// A pointer to a component.
pub(crate) fn reference(kind: &str, name: &str) -> Value {
    json!({ "$ref": format!("#/components/{kind}/{name}") })
}

/// Documentation as its author broke it into lines, as one.
pub(crate) fn sentence(doc: &str) -> String {
    doc.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn property(field: &Field) -> Value {
    let mut property = match field.shape {
        Shape::Value(kind) => value(kind, field.nullable),
        Shape::Object(part) => reference("schemas", part().name),
        Shape::Objects(part) => json!({ "type": "array", "items": reference("schemas", part().name) }),
    };
    property["description"] = sentence(field.doc).into();
    property
}

fn value(kind: Kind, nullable: bool) -> Value {
    let (name, format) = match kind {
        Kind::Text => ("string", None),
        Kind::Integer => ("integer", Some("int64")),
        Kind::Float => ("number", Some("double")),
        Kind::Boolean => ("boolean", None),
        Kind::Timestamp => ("string", Some("date-time")),
    };
    let mut value = json!({ "type": if nullable { json!([name, "null"]) } else { json!(name) } });
    if let Some(format) = format {
        value["format"] = format.into();
    }
    value
}
