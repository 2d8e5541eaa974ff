//! The sprints of a board, with their numbers.

use std::cmp::Reverse;
use std::collections::HashMap;

use maud::{Markup, html};
use tidemark_model::Timestamp;
use tidemark_model::facts::{BoardSprint, SprintReport};
use tidemark_sql::serving::{Reading, Select};

use super::View;
use crate::error::Error;
use crate::pages::address::Address;
use crate::pages::parts::{
    Amount, Pages, chip, day_or, download, linked, mark_chips, name_link, pager, region, switch,
};
use crate::quality::{self, Mark};

const PAGE_SIZE: i64 = 50;

/// The states in the order in which they are listed.
const STATES: &[(&str, &str)] =
    &[("active", "active"), ("future", "future"), ("closed", "closed"), ("deleted", "deleted")];

pub(super) async fn section(reading: &mut Reading, view: &View) -> Result<Markup, Error> {
    let View { board_id, asked, here, stale } = view;
    let state = asked.one_of("state", STATES)?;
    let select = Select::<BoardSprint>::all().is("board_id", board_id);
    let mut sprints = reading.rows(&select).await?;
    let known: Vec<&str> = STATES.iter().map(|(name, _)| *name).filter(|name| has(&sprints, name)).collect();
    sprints.retain(|sprint| state.is_none_or(|state| sprint.state == state));
    sprints.sort_by_cached_key(place);
    let select = Select::<SprintReport>::all().is("board_id", board_id).is("mode", "jira_cloud");
    let reports = reading.rows(&select).await?;
    let reports: HashMap<&str, &SprintReport> =
        reports.iter().map(|report| (report.sprint_id.as_str(), report)).collect();
    let pages = Pages::new(asked.page("page")?, PAGE_SIZE, sprints.len() as i64);
    let rows = pages.of(&sprints).iter().map(|sprint| {
        let report = reports.get(sprint.sprint_id.as_str()).copied().filter(|_| sprint.state != "future");
        Ok(Line { sprint, report, marks: quality::marks(sprint, report, stale)? })
    });
    let rows = rows.collect::<Result<Vec<Line<'_>>, Error>>()?;
    let view = |state: &str| here.clone().with("state", state).without("page").at("sprints");
    let views: Vec<(&str, Address)> =
        std::iter::once(("all", view(""))).chain(known.iter().map(|state| (*state, view(state)))).collect();
    Ok(html! {
        section aria-labelledby="sprints" {
            div.section-head {
                h2 id="sprints" { "Sprints" }
                div.tools {
                    @if views.len() > 2 { (switch("State", &views, state.unwrap_or("all"))) }
                    (download("the sprints", &Address::new("/sprints").with("board", board_id).table("")))
                }
            }
            div.live data-live="sprints" {
                @if sprints.is_empty() {
                    div.empty { p { "There are no sprints to show." } }
                } @else {
                    (region("Table of sprints", &table(&rows)))
                    (pager(pages, "sprints", "page", &here.clone().at("sprints")))
                }
            }
        }
    })
}

fn has(sprints: &[BoardSprint], state: &str) -> bool {
    sprints.iter().any(|sprint| sprint.state == state)
}

/// By state; within it those that started the newest first, the others as they were made.
fn place(sprint: &BoardSprint) -> (usize, Reverse<Option<Timestamp>>, usize, String) {
    let state = STATES.iter().position(|(name, _)| *name == sprint.state).unwrap_or(STATES.len());
    let id = sprint.sprint_id.clone();
    (state, Reverse(sprint.closed_at.or(sprint.started_at)), id.len(), id)
}

/// A sprint in the table.
struct Line<'a> {
    sprint: &'a BoardSprint,
    /// Nothing where it has not started, or is not computed yet.
    report: Option<&'a SprintReport>,
    marks: Vec<Mark>,
}

fn table(rows: &[Line<'_>]) -> Markup {
    html! {
        table {
            thead {
                tr {
                    th scope="col" { "Sprint" }
                    th scope="col" { "State" }
                    th scope="col" { "Started" }
                    th scope="col" { "End" }
                    th.amount scope="col" { "Committed" }
                    th.amount scope="col" { "Added" }
                    th.amount scope="col" { "Removed" }
                    th.amount scope="col" { "Re-estimated" }
                    th.amount scope="col" { "Final scope" }
                    th.amount scope="col" { "Completed" }
                    th.amount scope="col" { "Not completed" }
                }
            }
            tbody {
                @for row in rows {
                    tr data-key=(row.sprint.sprint_id) data-sprint=(row.sprint.sprint_id) { (cells(row)) }
                }
            }
        }
    }
}

fn cells(row: &Line<'_>) -> Markup {
    let Line { sprint, report, marks } = row;
    let to = Address::sprint(&sprint.sprint_id, &sprint.board_id);
    html! {
        th scope="row" { (name_link(&sprint.sprint_name, &to)) (mark_chips(marks)) }
        td { (chip(&sprint.state, &sprint.state)) }
        td { (day_or(sprint.started_at, "–")) }
        td {
            (day_or(sprint.closed_at.or(sprint.planned_end_at), "–"))
            @if sprint.closed_at.is_none() && sprint.planned_end_at.is_some() { span.below.quiet { "planned" } }
        }
        @match report {
            Some(report) => @for (name, words, points) in numbers(report) {
                td.amount {
                    @let show = name.strip_suffix("_points").unwrap_or(name);
                    (linked(name, Amount::Points(points), words, &to.clone().with("show", show).at("items")))
                }
            },
            None => td.quiet colspan="7" { "not started" },
        }
    }
}

type Number = (&'static str, &'static str, Option<tidemark_model::Points>);

fn numbers(report: &SprintReport) -> [Number; 7] {
    [
        ("committed_points", "points committed", report.committed_points),
        ("added_points", "points added", report.added_points),
        ("removed_points", "points removed", report.removed_points),
        ("reestimated_points", "points by re-estimates", report.reestimated_points),
        ("final_scope_points", "points of final scope", report.final_scope_points),
        ("completed_points", "points completed", report.completed_points),
        ("not_completed_points", "points not completed", report.not_completed_points),
    ]
}
