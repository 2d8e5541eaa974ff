//! What a board's closed sprints committed to and completed.

use std::collections::HashMap;

use maud::{Markup, html};
use serde::Serialize;
use tidemark_model::facts::{Velocity, VelocityWindow};
use tidemark_model::{Points, Timestamp};
use tidemark_sql::serving::{Reading, Select};

use super::View;
use super::windows::{statistics, window_switch, windows};
use crate::error::Error;
use crate::pages::address::Address;
use crate::pages::parts::{
    Amount, Figure, Unit, data, download, key, linked, name_link, number, ratio, region, switch, time,
};

/// How many sprints may be shown.
const LASTS: &[(&str, i64)] = &[("7", 7), ("12", 12), ("26", 26)];
const DEFAULT_LAST: (&str, i64) = LASTS[1];

/// One sprint in the chart.
#[derive(Serialize)]
struct Bars<'a> {
    name: &'a str,
    closed_at: Timestamp,
    committed: Option<Points>,
    completed: Points,
    velocity: Option<f64>,
}

pub(super) async fn section(reading: &mut Reading, view: &View) -> Result<Markup, Error> {
    let View { board_id, asked, here, .. } = view;
    let last = asked.one_of("last", LASTS)?.unwrap_or(DEFAULT_LAST.1);
    let select = Select::<Velocity>::all().is("board_id", board_id).is("mode", "jira_cloud");
    let mut rows = reading.rows(&select.by("position", true).page(last, 0)).await?;
    rows.reverse();
    let windows = windows(reading, view).await?;
    let views: Vec<(&str, Address)> =
        LASTS.iter().map(|(name, _)| (*name, here.clone().with("last", name).at("velocity"))).collect();
    let chosen = LASTS.iter().find(|(_, sprints)| *sprints == last).map_or(DEFAULT_LAST.0, |(name, _)| name);
    Ok(html! {
        section aria-labelledby="velocity" {
            div.section-head {
                h2 id="velocity" { "Velocity" }
                @if !rows.is_empty() {
                    div.tools {
                        (download("the velocity", &Address::board(board_id).table("velocity")))
                    }
                }
            }
            div.live data-live="velocity" {
                @if rows.is_empty() {
                    div.empty { p { "No sprint has been closed yet: there is no velocity." } }
                } @else {
                    @if let Some(present) = windows.first() {
                        div.choice {
                            span.quiet aria-hidden="true" { "Over the last" }
                            (window_switch(view, present.window_sprints))
                            span.quiet aria-hidden="true" { "closed sprints" }
                        }
                        (statistics(present))
                    }
                    div.choice {
                        span.quiet aria-hidden="true" { "Sprints in the chart" }
                        (switch("Closed sprints in the chart", &views, chosen))
                    }
                    (figure(&rows, &windows).render())
                }
            }
        }
    })
}

fn figure(rows: &[Velocity], windows: &[VelocityWindow]) -> Figure<'static> {
    let means: HashMap<&str, Option<f64>> =
        windows.iter().map(|row| (row.sprint_id.as_str(), row.mean_points)).collect();
    let lines: Vec<Line<'_>> = rows
        .iter()
        .map(|row| Line { row, mean: means.get(row.sprint_id.as_str()).copied().flatten() })
        .collect();
    let bars: Vec<Bars<'_>> = lines.iter().map(bars).collect();
    let window = windows.first().map_or(7, |row| row.window_sprints);
    Figure {
        kind: "velocity",
        label: "Points committed and completed in each closed sprint, and their mean.",
        data: data(&bars),
        keys: html! {
            (key("committed", "Committed"))
            (key("completed", "Completed"))
            (key("mean", &format!("Velocity: mean of up to {window} sprints")))
        },
        table: region("Velocity by closed sprint", &table(&lines)),
    }
}

/// A closed sprint with the mean of the chosen window.
struct Line<'a> {
    row: &'a Velocity,
    mean: Option<f64>,
}

fn bars<'a>(Line { row, mean }: &Line<'a>) -> Bars<'a> {
    Bars {
        name: &row.sprint_name,
        closed_at: row.closed_at,
        committed: row.committed_points,
        completed: row.completed_points,
        velocity: *mean,
    }
}

fn table(lines: &[Line<'_>]) -> Markup {
    html! {
        table {
            thead {
                tr {
                    th scope="col" { "Sprint" }
                    th scope="col" { "Closed" }
                    th.amount scope="col" { "Committed" }
                    th.amount scope="col" { "Completed" }
                    th.amount scope="col" { "Delivery ratio" }
                    th.amount scope="col" { "Velocity" }
                }
            }
            tbody {
                @for line in lines.iter().rev() {
                    tr data-key=(line.row.sprint_id) data-sprint=(line.row.sprint_id) { (cells(line)) }
                }
            }
        }
        p.quiet {
            "The delivery ratio is completed ÷ committed; there is none where nothing was committed or the "
            "commitment is not known."
        }
    }
}

fn cells(Line { row, mean }: &Line<'_>) -> Markup {
    let to = Address::sprint(&row.sprint_id, &row.board_id);
    let behind = |show: &str| to.clone().with("show", show).at("items");
    let committed = Amount::Points(row.committed_points);
    let completed = Amount::Points(Some(row.completed_points));
    html! {
        th scope="row" { (name_link(&row.sprint_name, &to)) }
        td { (time(row.closed_at)) }
        td.amount { (linked("committed_points", committed, "points committed", &behind("committed"))) }
        td.amount { (linked("completed_points", completed, "points completed", &behind("completed"))) }
        td.amount { (number("delivery_ratio", ratio(Some(row.completed_points), row.committed_points))) }
        td.amount { (number("mean_points", Amount::Mean(Unit::Points, *mean))) }
    }
}
