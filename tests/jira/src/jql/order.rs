//! Which issue comes first.

use std::cmp::Ordering;

use super::{Field, Query, Sort};
use crate::index::Doc;

/// Where an issue stands in the order of a query; no two stand at the same place.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Place {
    values: Vec<(Value, bool)>,
    id: u32,
}

#[derive(Clone, Debug, PartialEq)]
enum Value {
    Number(i64),
    Points(f64),
    Text(String),
    Key(String, u32),
    /// No value: after all that have one.
    None,
}

/// Without an order the newest issues come first.
pub(crate) fn place(query: &Query, doc: &Doc) -> Place {
    const NEWEST: [Sort; 1] = [Sort { field: Field::Created, descending: true }];
    let order = if query.order.is_empty() { &NEWEST } else { query.order.as_slice() };
    Place { values: order.iter().map(|sort| (value(sort.field, doc), sort.descending)).collect(), id: doc.id }
}

fn value(field: Field, doc: &Doc) -> Value {
    let number = |id: &str| id.parse().map_or(Value::None, Value::Number);
    let text = |text: &Option<String>| text.clone().map_or(Value::None, Value::Text);
    match field {
        Field::Issue => Value::Key(doc.project_key.clone(), doc.number),
        Field::Project => Value::Text(doc.project.name.clone()),
        Field::Sprint => doc.sprints.last().map_or(Value::None, |sprint| Value::Number(i64::from(*sprint))),
        Field::Updated => Value::Number(doc.updated.0),
        Field::Created => Value::Number(doc.created.0),
        Field::Resolved => doc.resolved.map_or(Value::None, |at| Value::Number(at.0)),
        Field::Type => Value::Text(doc.kind.name.clone()),
        Field::Status => number(&doc.status.id),
        Field::StatusCategory => number(&doc.category.id),
        Field::Resolution => {
            doc.resolution.as_ref().map_or(Value::None, |value| Value::Text(value.name.clone()))
        }
        Field::Priority => doc.priority.as_ref().map_or(Value::None, |value| number(&value.id)),
        Field::Assignee => text(&doc.assignee),
        Field::Reporter => text(&doc.reporter),
        Field::Parent => doc.parent.map_or(Value::None, |parent| Value::Number(i64::from(parent))),
        Field::Labels => text(&doc.labels.first().cloned()),
        Field::Component => text(&doc.components.first().map(|value| value.name.clone())),
        Field::StoryPoints => doc.points[0].map_or(Value::None, Value::Points),
        Field::StoryPointEstimate => doc.points[1].map_or(Value::None, Value::Points),
        Field::Summary => Value::Text(doc.summary.clone()),
        Field::Rank => Value::Number(i64::from(doc.id)),
    }
}

impl Place {
    pub(crate) fn compare(&self, other: &Self) -> Ordering {
        for ((one, descending), (two, _)) in self.values.iter().zip(&other.values) {
            let ordering = one.compare(two);
            if ordering.is_ne() {
                return if *descending { ordering.reverse() } else { ordering };
            }
        }
        self.id.cmp(&other.id)
    }
}

impl Value {
    fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Number(one), Self::Number(two)) => one.cmp(two),
            (Self::Points(one), Self::Points(two)) => one.total_cmp(two),
            (Self::Text(one), Self::Text(two)) => one.to_lowercase().cmp(&two.to_lowercase()),
            (Self::Key(one, first), Self::Key(two, second)) => (one, first).cmp(&(two, second)),
            (Self::None, Self::None) => Ordering::Equal,
            (Self::None, _) => Ordering::Greater,
            (_, Self::None) => Ordering::Less,
            _ => Ordering::Equal,
        }
    }
}
