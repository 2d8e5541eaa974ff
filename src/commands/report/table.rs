//! The report as text, in the order of Jira's sprint report: the numbers, then the issues by outcome.

use std::fmt::{Display, Write};

use tidemark_api::report::{Document, Item};
use tidemark_model::facts::{Mode, Outcome};

use crate::printable::printable;

/// The outcomes as Jira's sprint report heads them.
const SECTIONS: [(Outcome, &str); 6] = [
    (Outcome::Completed, "Completed issues"),
    (Outcome::NotCompleted, "Issues not completed"),
    (Outcome::Removed, "Issues removed from the sprint"),
    (Outcome::DoneOutside, "Issues completed outside of this sprint"),
    (Outcome::DoneBeforeStart, "Issues done before the sprint started"),
    (Outcome::Planned, "Planned issues"),
];

/// The longest summary that is printed.
const SUMMARY: usize = 60;

pub(super) fn text(document: &Document) -> String {
    let mut out = String::new();
    let sprint = &document.sprint;
    // A title must not steer a terminal. Writing to a string cannot fail.
    let mut line = |text: String| writeln!(out, "{}", printable(&text)).unwrap_or_default();
    line(format!("{}  ({}, {}, board {})", sprint.name, sprint.id, sprint.state, sprint.board));
    line(format!(
        "started {}   planned end {}   closed {}",
        shown(sprint.started_at),
        shown(sprint.planned_end_at),
        shown(sprint.closed_at)
    ));
    if document.mode != Mode::JiraCloud {
        line(format!("mode {}", document.mode));
    }
    if let Some(goal) = &sprint.goal {
        line(format!("goal: {goal}"));
    }
    line(String::new());
    line(format!("{:<14} {:>10} {:>8}", "", "points", "issues"));
    let numbers = document.points.named().into_iter().zip(document.issues.numbers.named());
    for (((name, points), (_, issues)), sign) in numbers.zip(["", "+", "-", "+", "=", "", ""]) {
        let title = name.replace('_', " ");
        line(format!("{sign:<1} {title:<12} {:>10} {:>8}", shown(points), shown(issues)));
    }
    line(format!("  unestimated  {:>10} {:>8}", "", shown(document.unestimated)));
    for (outcome, title) in SECTIONS {
        let items: Vec<&Item> = document.items.iter().filter(|item| item.outcome == outcome).collect();
        if items.is_empty() {
            continue;
        }
        line(String::new());
        let subtasks = items.iter().filter(|item| item.subtask && !item.counted).count();
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
    for mark in &document.quality {
        line(String::new());
        line(format!("! {}: {}", mark.mark, mark.detail));
    }
    out
}

/// As in Jira: `*` marks an issue that was added after the start, `3 → 5` one whose estimate changed.
fn item_line(item: &Item) -> String {
    let (first, last) = (shown(item.initial), shown(item.r#final));
    let estimate = if first == last || item.initial.is_none() { last } else { format!("{first} → {last}") };
    let star = if item.added == Some(true) { "*" } else { "" };
    let key = format!("{}{star}", item.key);
    let kind = if item.subtask { format!("{} (sub-task)", item.r#type) } else { item.r#type.clone() };
    let summary: String = item.summary.chars().take(SUMMARY).collect();
    format!("  {key:<14} {kind:<18} {estimate:>8}  {summary}")
}

/// What is not known is a dash.
fn shown(value: Option<impl Display>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}
