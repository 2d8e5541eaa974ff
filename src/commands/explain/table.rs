//! An explanation as text: all numbers with their sums, or one number issue by issue.

use std::fmt::Write;

use tidemark_api::explain::{Document, Explained};
use tidemark_model::Timestamp;
use tidemark_processors::explain::{Explanation, Number, Share, Step, Unit, Value, owed_to};

use crate::printable::printable;

/// The longest summary that is printed.
const SUMMARY: usize = 60;

pub(super) fn text(document: &Document, number: Option<Number>) -> String {
    let sprint = &document.sprint;
    let mut lines = vec![
        format!("{}  ({}, {}, board {})", sprint.name, sprint.id, sprint.state, sprint.board),
        format!("mode {}   sub-tasks {}   done by {}", document.mode, document.subtasks, document.done),
    ];
    lines.extend(document.discipline.as_ref().map(|discipline| format!("only {discipline}")));
    lines.push(String::new());
    if number.is_some() {
        let numbers = document.numbers.iter().map(|number| one(&number.explanation));
        let sections: Vec<Vec<String>> = numbers.collect();
        lines.extend(sections.join(&String::new()));
    } else {
        lines.extend(all(&document.numbers));
        lines.push(String::new());
        lines.push(format!("tidemark explain sprint {} --number NAME: the issues of a number", sprint.id));
    }
    // A title must not steer a terminal. Writing to a string cannot fail.
    lines.iter().fold(String::new(), |mut out, line| {
        writeln!(out, "{}", printable(line).trim_end()).unwrap_or_default();
        out
    })
}

/// Every number in both units, and what is to be said of them.
fn all(numbers: &[Explained]) -> Vec<String> {
    let mut lines = vec![format!("{:<28} {:>10} {:>10}", "", "points", "issues")];
    let mut notes: Vec<String> = Vec::new();
    for number in Number::ALL {
        let of = |unit: Unit| {
            let mut all = numbers.iter().map(|number| &number.explanation);
            all.find(|explanation| explanation.number == *number && explanation.unit == unit)
        };
        let units = Unit::ALL.iter().map(|unit| of(*unit));
        let found: Vec<Option<&Explanation>> = units.collect();
        if found.iter().all(Option::is_none) {
            continue;
        }
        let cells: Vec<String> =
            found.iter().map(|found| found.map_or_else(String::new, |found| shown(found.value))).collect();
        lines.push(format!("{:<28} {:>10} {:>10}", number.as_str(), cells[0], cells[1]));
        for explanation in found.into_iter().flatten() {
            let note = explanation.unknown.clone().or_else(|| disagreement(explanation));
            if let Some(note) = note.filter(|note| !notes.contains(note)) {
                notes.push(note);
            }
        }
    }
    lines.extend(notes.into_iter().flat_map(|note| [String::new(), format!("! {note}")]));
    lines
}

/// One number, issue by issue.
fn one(explanation: &Explanation) -> Vec<String> {
    let Explanation { number, unit, shares, .. } = explanation;
    let mut lines = vec![
        format!("{} = {} {}", number.as_str(), shown(explanation.value), unit_of(explanation)),
        number.meaning().to_owned(),
        verdict(explanation),
    ];
    for share in shares {
        lines.extend(issue(share, *unit));
    }
    lines
}

/// What the number is made of, and whether that is the number.
fn verdict(explanation: &Explanation) -> String {
    if let Some(note) = explanation.unknown.clone().or_else(|| disagreement(explanation)) {
        return format!("! {note}");
    }
    if let Some(fraction) = &explanation.fraction {
        return format!("= {}", fraction.formula());
    }
    let sum = shown(explanation.sum);
    match explanation.shares.len() {
        0 => "no issue has a share, as the report says".to_owned(),
        1 => format!("1 issue makes {sum}, as the report says"),
        issues => format!("{issues} issues add up to {sum}, as the report says"),
    }
}

/// An issue, and what its share is made of.
fn issue(share: &Share, unit: Unit) -> Vec<String> {
    let summary: String = share.summary.chars().take(SUMMARY).collect();
    let of = share.subtask_id.as_ref().map_or_else(String::new, |id| format!(" (of sub-task {id})"));
    let mut lines = vec![
        String::new(),
        format!("{:>8}  {}{of}  {}  {summary}", share.amount, share.issue_key, share.issue_type),
    ];
    lines.extend(share.basis.as_ref().map(|basis| format!("{:>8}  {basis}", "")));
    lines.extend(share.steps.iter().map(|step| entry(step, unit)));
    lines
}

/// An entry: what it adds, when, what happened, and who did it by which change.
fn entry(step: &Step, unit: Unit) -> String {
    let entry = &step.entry;
    let points = if unit == Unit::Issues {
        String::new()
    } else if entry.before_points == entry.after_points {
        entry.after_points.to_string()
    } else {
        format!("{} → {}", entry.before_points, entry.after_points)
    };
    let change = entry.change_id.as_ref().map(|change| match change.as_str() {
        "correction" => change.clone(),
        change => format!("change {change}"),
    });
    let reason = entry.reason.as_ref().map(|reason| format!("({reason})"));
    let owed = owed_to(entry).into_iter().map(|(what, change)| format!("{what} change {change}"));
    let source: Vec<String> =
        [reason, entry.actor.clone(), change].into_iter().flatten().chain(owed).collect();
    let amount = format!("{}{}", if step.amount.millionths() < 0 { "" } else { "+" }, step.amount);
    format!("{amount:>12}  {}  {:<17} {points:<9} {}", minute(entry.at), entry.kind, source.join("  "))
}

/// An instant to the minute, in UTC.
fn minute(at: Timestamp) -> String {
    let text = at.to_string();
    let minute: String = text.chars().take("2026-03-02T09:15".len()).collect();
    format!("{}Z", minute.replace('T', " "))
}

/// That the shares do not come to the number, which is a defect.
fn disagreement(explanation: &Explanation) -> Option<String> {
    (explanation.agrees() == Some(false)).then(|| {
        format!(
            "{} in {} is {} in the report and {} by its issues: please report this as a defect",
            explanation.number.as_str(),
            explanation.unit.as_str(),
            shown(explanation.value),
            shown(explanation.sum)
        )
    })
}

/// What is not known is a dash.
fn shown(value: Option<Value>) -> String {
    match value {
        Some(Value::Sum(sum)) => sum.to_string(),
        Some(Value::Ratio(ratio)) => format!("{ratio:.3}"),
        None => "-".to_owned(),
    }
}

/// Ratios have no unit, but are of points or of issues.
fn unit_of(explanation: &Explanation) -> String {
    match (explanation.value, explanation.fraction) {
        (None, _) => String::new(),
        (_, Some(_)) => format!("(of {})", explanation.unit.as_str()),
        _ => explanation.unit.as_str().to_owned(),
    }
}
