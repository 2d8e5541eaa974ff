//! The report by discipline: a row for each, and the whole beneath.

use std::cmp::Reverse;

use maud::{Markup, html};
use tidemark_model::Points;
use tidemark_model::facts::{Mode, SprintDiscipline, SprintReport};
use tidemark_model::policy::SubtaskPolicy;
use tidemark_processors::explain::Number;
use tidemark_sql::serving::Reading;

use super::View;
use crate::error::Error;
use crate::pages::address::Address;
use crate::pages::parts::{Amount, Pages, Unit, completion, download, linked, pager, region, user_text};
use crate::pages::words::counted;
use crate::read::{self, Definitions, UNASSIGNED};

const PAGE_SIZE: i64 = 25;

/// A number of the table, as `?show=` names it.
struct Column {
    number: Number,
    show: &'static str,
    words: &'static str,
    points_name: &'static str,
    issues_name: &'static str,
    /// Of a discipline.
    points: fn(&SprintDiscipline) -> Option<Points>,
    issues: fn(&SprintDiscipline) -> Option<i64>,
    /// Of the report.
    all_points: fn(&SprintReport) -> Option<Points>,
    all_issues: fn(&SprintReport) -> Option<i64>,
}

macro_rules! column {
    ($number:ident, $words:literal, $points:ident, $issues:ident) => {
        Column {
            number: Number::$number,
            show: Number::$number.as_str(),
            words: $words,
            points_name: stringify!($points),
            issues_name: stringify!($issues),
            points: |part| part.$points.into(),
            issues: |part| part.$issues.into(),
            all_points: |report| report.$points,
            all_issues: |report| report.$issues,
        }
    };
}

const COLUMNS: [Column; 7] = [
    column!(Committed, "Committed", committed_points, committed_issues),
    column!(Added, "Added", added_points, added_issues),
    column!(Removed, "Removed", removed_points, removed_issues),
    column!(Reestimated, "Re-estimated", reestimated_points, reestimated_issues),
    column!(FinalScope, "Scope", final_scope_points, final_scope_issues),
    column!(Completed, "Completed", completed_points, completed_issues),
    column!(NotCompleted, "Not completed", not_completed_points, not_completed_issues),
];

pub(super) async fn section(reading: &mut Reading, view: &View) -> Result<Markup, Error> {
    let Some(report) = &view.shown.report else { return Ok(html! {}) };
    let mut parts = read::disciplines(reading, &view.shown.sprint, Mode::JiraCloud).await?;
    // An issue's points then belong to its sub-tasks' disciplines: no list of issues adds up to them.
    let rolled_up = Definitions::default().meant(reading).await?.by.subtasks == SubtaskPolicy::RollUp;
    let split = parts.iter().any(|part| part.discipline != UNASSIGNED);
    // The largest first; what belongs to nobody comes last.
    parts.sort_by_cached_key(|part| {
        let scope = match view.unit {
            Unit::Points => part.final_scope_points.millionths(),
            Unit::Issues => part.final_scope_issues,
        };
        (part.discipline == UNASSIGNED, Reverse(scope), part.discipline.clone())
    });
    let total = i64::try_from(parts.len()).unwrap_or(i64::MAX);
    let pages = Pages::new(view.asked.page("disciplines_page")?, PAGE_SIZE, total);
    Ok(html! {
        section aria-labelledby="disciplines" {
            div.section-head {
                h2 id="disciplines" { "Disciplines" }
                @if split { div.tools { (download("the disciplines", &view.here.table("disciplines"))) } }
            }
            div.live data-live="disciplines" {
                @if split {
                    @if pages.last() > 1 { p.tally { (counted(total, "discipline")) ", the largest first" } }
                    (region("Report by discipline", &table(view, pages.of(&parts), report, rolled_up)))
                    (pager(pages, "disciplines", "disciplines_page", &view.here.clone().at("disciplines")))
                } @else {
                    (how_to())
                }
            }
        }
    })
}

/// What to do where no issue has a discipline.
fn how_to() -> Markup {
    html! {
        p.quiet {
            "No issue of this sprint has a discipline. What tells it is configured under " code { "[disciplines]" }
            " (a field, component, label or type) or by the people of " code { "[teams.NAME]" } "."
        }
    }
}

fn table(view: &View, parts: &[SprintDiscipline], report: &SprintReport, rolled_up: bool) -> Markup {
    html! {
        table.disciplines {
            thead {
                tr {
                    th scope="col" { "Discipline" }
                    @for column in &COLUMNS { th.amount scope="col" { (column.words) } }
                    th scope="col" { "Completed of the scope" }
                }
            }
            tbody { @for part in parts { (row(view, part, rolled_up)) } }
            tfoot { (whole(view, report)) }
        }
    }
}

fn row(view: &View, part: &SprintDiscipline, rolled_up: bool) -> Markup {
    let behind = |column: &Column| {
        let to = if rolled_up { view.explained(column.number) } else { behind(view, column.show) };
        to.with("discipline", &part.discipline)
    };
    let chosen = view.asked.text("discipline") == Some(&part.discipline);
    let amount = |points: Points, issues: i64| Amount::of(view.unit, Some(points), Some(issues));
    let completed = amount(part.completed_points, part.completed_issues);
    let scope = amount(part.final_scope_points, part.final_scope_issues);
    html! {
        tr data-key=(part.discipline) aria-current=[chosen.then_some("true")] {
            th scope="row" {
                a href=(view.explained(Number::FinalScope).with("discipline", &part.discipline)) {
                    (user_text(&part.discipline))
                }
            }
            @for column in &COLUMNS {
                @let (name, amount) = column.of(view.unit, (column.points)(part), (column.issues)(part));
                @let words = format!("{} {}", amount.unit(), column.words.to_lowercase());
                td.amount { (linked(name, amount, &words, &behind(column))) }
            }
            td { (completion(completed, scope)) }
        }
    }
}

/// All disciplines together: the report.
fn whole(view: &View, report: &SprintReport) -> Markup {
    let completed = Amount::of(view.unit, report.completed_points, report.completed_issues);
    let scope = Amount::of(view.unit, report.final_scope_points, report.final_scope_issues);
    html! {
        tr {
            th scope="row" { "All together" }
            @for column in &COLUMNS {
                @let (name, amount) =
                    column.of(view.unit, (column.all_points)(report), (column.all_issues)(report));
                @let words = format!("{} {}", amount.unit(), column.words.to_lowercase());
                td.amount { (linked(name, amount, &words, &behind(view, column.show).without("discipline"))) }
            }
            td { (completion(completed, scope)) }
        }
    }
}

/// The items behind a number.
fn behind(view: &View, show: &str) -> Address {
    view.here.clone().with("show", show).without("items_page").at("items")
}

impl Column {
    fn of(&self, unit: Unit, points: Option<Points>, issues: Option<i64>) -> (&'static str, Amount) {
        let name = match unit {
            Unit::Points => self.points_name,
            Unit::Issues => self.issues_name,
        };
        (name, Amount::of(unit, points, issues))
    }
}
