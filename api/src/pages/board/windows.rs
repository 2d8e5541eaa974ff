//! What the last closed sprints completed, over windows of several lengths.

use maud::{Markup, html};
use tidemark_model::fact::Cell;
use tidemark_model::facts::VelocityWindow;
use tidemark_sql::serving::{Reading, Select};

use super::View;
use crate::error::Error;
use crate::pages::address::Address;
use crate::pages::parts::{Amount, Unit, number, region, switch};
use crate::pages::words::counted;

/// How many sprints a window may hold.
const WINDOWS: &[(&str, i64)] = &[("3", 3), ("5", 5), ("7", 7), ("12", 12)];

/// The one that is called velocity.
const DEFAULT: (&str, i64) = WINDOWS[2];

/// The statistics of the asked window after each closed sprint, the newest first.
pub(super) async fn windows(reading: &mut Reading, view: &View) -> Result<Vec<VelocityWindow>, Error> {
    let window = view.asked.one_of("window", WINDOWS)?.unwrap_or(DEFAULT.1);
    let select = Select::<VelocityWindow>::all()
        .is("board_id", &view.board_id)
        .is("mode", "jira_cloud")
        .compare("window_sprints", "=", Cell::Integer(window));
    Ok(reading.rows(&select.by("closed_at", true).by("sprint_id", true)).await?)
}

/// The choice of a window.
pub(super) fn window_switch(view: &View, window: i64) -> Markup {
    let to = |name: &str| {
        let chosen = if name == DEFAULT.0 { "" } else { name };
        view.here.clone().with("window", chosen).at("velocity")
    };
    let views: Vec<(&str, Address)> = WINDOWS.iter().map(|(name, _)| (*name, to(name))).collect();
    let chosen = WINDOWS.iter().find(|(_, sprints)| *sprints == window).map_or(DEFAULT.0, |(name, _)| name);
    switch("Closed sprints that the velocity is made of", &views, chosen)
}

/// The present statistics in both units.
pub(super) fn statistics(present: &VelocityWindow) -> Markup {
    let table = html! {
        table.statistics {
            thead {
                tr {
                    th scope="col" { "A sprint completes" }
                    th.amount scope="col" { "Mean" }
                    th.amount scope="col" { "Median" }
                    th.amount scope="col" { abbr title="A quarter of the sprints completed less" { "Lower quartile" } }
                    th.amount scope="col" { abbr title="A quarter of the sprints completed more" { "Upper quartile" } }
                    th.amount scope="col" { abbr title="Upper quartile − lower quartile" { "Spread" } }
                }
            }
            tbody {
                tr data-key="points" { (points(present)) }
                tr data-key="issues" { (issues(present)) }
            }
        }
    };
    html! {
        (region("Velocity of the last closed sprints", &table))
        p.quiet {
            "Of the last " (counted(present.sprints, "closed sprint"))
            ". The spread is what lies between the quartiles: half of the sprints."
        }
    }
}

fn points(row: &VelocityWindow) -> Markup {
    let columns = [
        ("mean_points", row.mean_points),
        ("median_points", row.median_points),
        ("p25_points", row.p25_points),
        ("p75_points", row.p75_points),
        ("spread_points", spread(row.p25_points, row.p75_points)),
    ];
    cells("Points", Unit::Points, columns)
}

fn issues(row: &VelocityWindow) -> Markup {
    let columns = [
        ("mean_issues", row.mean_issues),
        ("median_issues", row.median_issues),
        ("p25_issues", row.p25_issues),
        ("p75_issues", row.p75_issues),
        ("spread_issues", spread(row.p25_issues, row.p75_issues)),
    ];
    cells("Issues", Unit::Issues, columns)
}

fn cells(words: &str, unit: Unit, columns: [(&'static str, Option<f64>); 5]) -> Markup {
    html! {
        th scope="row" { (words) }
        @for (name, value) in columns { td.amount { (number(name, Amount::Mean(unit, value))) } }
    }
}

fn spread(low: Option<f64>, high: Option<f64>) -> Option<f64> {
    Some(high? - low?)
}
