//! The report as text, in the order of Jira's sprint report: the numbers, then the issues by outcome.

use std::fmt::Write;

use serde_json::Value;

use super::{Document, Item, NUMBERS};
use crate::printable::printable;

/// The outcomes as Jira's sprint report heads them.
const SECTIONS: [(&str, &str); 6] = [
    ("completed", "Completed issues"),
    ("not_completed", "Issues not completed"),
    ("removed", "Issues removed from the sprint"),
    ("done_outside", "Issues completed outside of this sprint"),
    ("done_before_start", "Issues done before the sprint started"),
    ("planned", "Planned issues"),
];

/// The longest summary that is printed.
const SUMMARY: usize = 60;

pub(super) fn text(document: &Document) -> String {
    let mut out = String::new();
    let sprint = &document.sprint;
    let field = |name: &str| sprint.get(name).map_or_else(|| "-".to_owned(), shown);
    // A title must not steer a terminal. Writing to a string cannot fail.
    let mut line = |text: String| writeln!(out, "{}", printable(&text)).unwrap_or_default();
    line(format!("{}  ({}, {}, board {})", field("name"), field("id"), field("state"), field("board")));
    line(format!(
        "started {}   planned end {}   closed {}",
        field("started_at"),
        field("planned_end_at"),
        field("closed_at")
    ));
    if sprint.get("goal").is_some_and(Value::is_string) {
        line(format!("goal: {}", field("goal")));
    }
    line(String::new());
    line(format!("{:<14} {:>10} {:>8}", "", "points", "issues"));
    for (name, sign) in NUMBERS.iter().zip(["", "+", "-", "+", "=", "", ""]) {
        let number = |of: &Value| of.get(name).map_or_else(|| "-".to_owned(), shown);
        let title = name.replace('_', " ");
        line(format!(
            "{sign:<1} {title:<12} {:>10} {:>8}",
            number(&document.points),
            number(&document.issues)
        ));
    }
    line(format!("  unestimated  {:>10} {:>8}", "", shown(&document.unestimated)));
    for (outcome, title) in SECTIONS {
        let items: Vec<&Item> = document.items.iter().filter(|item| item.outcome == outcome).collect();
        if items.is_empty() {
            continue;
        }
        line(String::new());
        let subtasks = items.iter().filter(|item| item.subtask).count();
        let beside = if subtasks == 0 {
            String::new()
        } else {
            format!(" and {subtasks} sub-tasks, which do not count")
        };
        line(format!("{title} ({}{beside})", items.len() - subtasks));
        for item in items {
            line(item_line(item));
        }
    }
    for mark in document.quality.as_array().into_iter().flatten() {
        let of = |name: &str| mark.get(name).map_or_else(String::new, shown);
        line(String::new());
        line(format!("! {}: {}", of("mark"), of("detail")));
    }
    out
}

/// As in Jira: `*` marks an issue that was added after the start, `3 → 5` one whose estimate changed.
fn item_line(item: &Item) -> String {
    let points = |number: &Option<serde_json::Number>| number.as_ref().map_or_else(|| "-".to_owned(), plain);
    let (first, last) = (points(&item.initial), points(&item.r#final));
    let estimate = if first == last || item.initial.is_none() { last } else { format!("{first} → {last}") };
    let star = if item.added == Some(true) { "*" } else { "" };
    let key = format!("{}{star}", item.key);
    let kind = if item.subtask { format!("{} (sub-task)", item.r#type) } else { item.r#type.clone() };
    let summary: String = item.summary.chars().take(SUMMARY).collect();
    format!("  {key:<14} {kind:<18} {estimate:>8}  {summary}")
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        Value::Number(number) => plain(number),
        other => other.to_string(),
    }
}

fn plain(number: &serde_json::Number) -> String {
    number.as_f64().map_or_else(|| number.to_string(), |number| number.to_string())
}
