//! The sprint's burndown, with what happened on the way.

use maud::{Markup, html};
use serde::Serialize;
use tidemark_model::facts::EntryKind;
use tidemark_model::{Points, Timestamp};
use tidemark_processors::burndown::{Amounts, Point, Step, guideline};
use tidemark_sql::serving::Reading;

use super::View;
use crate::error::Error;
use crate::pages::parts::{Amount, Figure, Unit, data, download, key, number, region, signed, time};
use crate::pages::words;
use crate::read::{self, Burndown};

/// More points than a chart has pixels for say nothing; those that lie together are one.
const POINTS: usize = 400;

/// What the script draws.
#[derive(Serialize)]
struct Drawing {
    unit: &'static str,
    state: String,
    started_at: Option<Timestamp>,
    planned_end_at: Option<Timestamp>,
    closed_at: Option<Timestamp>,
    points: Vec<Drawn>,
    guideline: Vec<(Timestamp, f64)>,
}

#[derive(Serialize)]
struct Drawn {
    at: Timestamp,
    remaining: f64,
    scope: f64,
    completed: f64,
    events: Vec<Event>,
}

#[derive(Serialize)]
struct Event {
    kind: EntryKind,
    words: String,
}

pub(super) async fn section(reading: &mut Reading, view: &View) -> Result<Markup, Error> {
    let burndown = read::burndown(reading, &view.shown, POINTS).await?;
    let unknown = view.shown.report.as_ref().is_some_and(|report| report.committed_points.is_none());
    Ok(html! {
        section aria-labelledby="burndown" {
            div.section-head {
                h2 id="burndown" { "Burndown" }
                div.tools { (download("the burndown", &view.here.table("burndown"))) }
            }
            div.live data-live="burndown" {
                @if burndown.points.is_empty() {
                    div.empty {
                        p {
                            @if unknown { "Unknown: history missing." }
                            @else { "Nothing has been in scope: there is nothing to burn down." }
                        }
                    }
                } @else {
                    @if unknown {
                        p.notice { strong { "Incomplete" } " Issues without a history are not in the burndown." }
                    }
                    (figure(view, &burndown).render())
                }
            }
        }
    })
}

fn figure(view: &View, burndown: &Burndown) -> Figure<'static> {
    Figure {
        kind: "burndown",
        label: "Remaining work, scope and completed work over time.",
        data: data(&drawing(view, burndown)),
        keys: html! {
            (key("remaining", "Remaining"))
            (key("scope", "Scope"))
            (key("completed", "Completed"))
            (key("guideline", "Guideline"))
            (key("added", "Added"))
            (key("removed", "Removed"))
            (key("reestimated", "Re-estimated"))
            (key("reopened", "Reopened"))
        },
        table: region("Burndown as a table", &table(&burndown.points, view.unit)),
    }
}

fn drawing(view: &View, burndown: &Burndown) -> Drawing {
    let sprint = &view.shown.sprint;
    let drawn = |point: &Point| Drawn {
        at: point.at,
        remaining: plain(remaining(&point.after, view.unit)),
        scope: plain(scope(&point.after, view.unit)),
        completed: plain(completed(&point.after, view.unit)),
        events: point
            .changes
            .iter()
            .map(|step| Event { kind: step.kind, words: happened(step, view.unit) })
            .collect(),
    };
    Drawing {
        unit: view.unit.name(),
        state: sprint.state.clone(),
        started_at: sprint.started_at,
        planned_end_at: sprint.planned_end_at,
        closed_at: sprint.closed_at,
        points: burndown.points.iter().map(drawn).collect(),
        guideline: guide(view, burndown),
    }
}

/// The guideline in the unit that is shown.
fn guide(view: &View, burndown: &Burndown) -> Vec<(Timestamp, f64)> {
    if view.unit == Unit::Points {
        return burndown.guideline.clone();
    }
    let sprint = &view.shown.sprint;
    let committed = burndown.points.first().map(|point| point.after.remaining_issues);
    match (sprint.started_at, sprint.planned_end_at, committed) {
        (Some(started), Some(end), Some(issues)) => {
            guideline(started, end, Points::from_f64(issues as f64).unwrap_or_default())
        }
        _ => Vec::new(),
    }
}

fn table(points: &[Point], unit: Unit) -> Markup {
    html! {
        table {
            thead {
                tr {
                    th scope="col" { "Time" }
                    th scope="col" { "What happened" }
                    th.amount scope="col" { "Remaining" }
                    th.amount scope="col" { "Scope" }
                    th.amount scope="col" { "Completed" }
                }
            }
            tbody {
                @for point in points {
                    tr data-key=(point.at) {
                        th scope="row" { (time(point.at)) }
                        td { ul.plain { @for step in &point.changes { li { (happened(step, unit)) } } } }
                        td.amount { (number(name("remaining", unit), remaining(&point.after, unit))) }
                        td.amount { (number(name("scope", unit), scope(&point.after, unit))) }
                        td.amount { (number(name("completed", unit), completed(&point.after, unit))) }
                    }
                }
            }
        }
    }
}

fn name(what: &str, unit: Unit) -> &'static str {
    match (what, unit) {
        ("remaining", Unit::Points) => "remaining_points",
        ("remaining", Unit::Issues) => "remaining_issues",
        ("scope", Unit::Points) => "scope_points",
        ("scope", Unit::Issues) => "scope_issues",
        (_, Unit::Points) => "completed_points",
        (_, Unit::Issues) => "completed_issues",
    }
}

fn remaining(amounts: &Amounts, unit: Unit) -> Amount {
    of(unit, amounts.remaining_points, amounts.remaining_issues)
}

fn scope(amounts: &Amounts, unit: Unit) -> Amount {
    of(unit, amounts.scope_points, amounts.scope_issues)
}

fn completed(amounts: &Amounts, unit: Unit) -> Amount {
    of(unit, amounts.completed_points, amounts.completed_issues)
}

fn of(unit: Unit, points: Points, issues: i64) -> Amount {
    match unit {
        Unit::Points => Amount::Points(Some(points)),
        Unit::Issues => Amount::Issues(Some(issues)),
    }
}

fn plain(amount: Amount) -> f64 {
    match amount {
        Amount::Points(points) => points.unwrap_or_default().to_f64(),
        Amount::Issues(issues) => issues.unwrap_or_default() as f64,
        Amount::Mean(_, number) | Amount::Ratio(number) => number.unwrap_or_default(),
    }
}

/// What one kind of entries did at one time: `2 issues added, +8 points`.
fn happened(step: &Step, unit: Unit) -> String {
    let what = format!("{} {}", words::counted(step.entries, "issue"), words::kind(step.kind));
    let change = match step.kind {
        EntryKind::Commit | EntryKind::Add | EntryKind::Remove | EntryKind::Reestimate => {
            scope(&step.change, unit)
        }
        EntryKind::Done => completed(&step.change, unit),
        EntryKind::Reopen => remaining(&step.change, unit),
        EntryKind::DoneBeforeStart | EntryKind::DoneOutside | EntryKind::CarryIn | EntryKind::CarryOut => {
            return what;
        }
    };
    match signed(change) {
        Some(change) if unit == Unit::Points => format!("{what}, {change} points"),
        _ => what,
    }
}
