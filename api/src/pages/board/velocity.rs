//! What a board's closed sprints committed to and completed.

use maud::{Markup, html};
use serde::Serialize;
use tidemark_model::facts::Velocity;
use tidemark_model::{Points, Timestamp};
use tidemark_sql::serving::{Reading, Select};

use crate::error::Error;
use crate::pages::address::Address;
use crate::pages::asked::Asked;
use crate::pages::parts::{
    Amount, Figure, data, download, key, linked, name_link, number, ratio, region, switch, time,
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
    velocity: f64,
}

pub(super) async fn section(
    reading: &mut Reading,
    board_id: &str,
    asked: &Asked,
    here: &Address,
) -> Result<Markup, Error> {
    let last = asked.one_of("last", LASTS)?.unwrap_or(DEFAULT_LAST.1);
    let select = Select::<Velocity>::all().is("board_id", board_id).is("mode", "jira_cloud");
    let mut rows = reading.rows(&select.by("position", true).page(last, 0)).await?;
    rows.reverse();
    let views: Vec<(&str, Address)> =
        LASTS.iter().map(|(name, _)| (*name, here.clone().with("last", name).without("page"))).collect();
    let chosen = LASTS.iter().find(|(_, sprints)| *sprints == last).map_or(DEFAULT_LAST.0, |(name, _)| name);
    Ok(html! {
        section aria-labelledby="velocity" {
            div.section-head {
                h2 id="velocity" { "Velocity" }
                @if !rows.is_empty() {
                    div.tools {
                        (switch("Closed sprints in the chart", &views, chosen))
                        (download("the velocity", &Address::board(board_id).table("velocity")))
                    }
                }
            }
            div.live data-live="velocity" {
                @if rows.is_empty() {
                    div.empty { p { "No sprint has been closed yet: there is no velocity." } }
                } @else {
                    (figure(&rows).render())
                }
            }
        }
    })
}

fn figure(rows: &[Velocity]) -> Figure<'static> {
    let bars: Vec<Bars<'_>> = rows.iter().map(bars).collect();
    Figure {
        kind: "velocity",
        label: "Points committed and completed in each closed sprint, and their mean.",
        data: data(&bars),
        keys: html! {
            (key("committed", "Committed"))
            (key("completed", "Completed"))
            (key("mean", "Velocity: mean of up to 7 sprints"))
        },
        table: region("Velocity by closed sprint", &table(rows)),
    }
}

fn bars(row: &Velocity) -> Bars<'_> {
    Bars {
        name: &row.sprint_name,
        closed_at: row.closed_at,
        committed: row.committed_points,
        completed: row.completed_points,
        velocity: row.velocity_points,
    }
}

fn table(rows: &[Velocity]) -> Markup {
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
                @for row in rows.iter().rev() {
                    tr data-key=(row.sprint_id) data-sprint=(row.sprint_id) { (cells(row)) }
                }
            }
        }
        p.quiet {
            "The delivery ratio is completed ÷ committed; there is none where nothing was committed or the "
            "commitment is not known."
        }
    }
}

fn cells(row: &Velocity) -> Markup {
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
        td.amount { (number("velocity_points", Amount::Mean(Some(row.velocity_points)))) }
    }
}
