//! One sprint as one board shows it: its report, and the items and changes that every number comes from.

mod burndown;
mod carried;
mod disciplines;
mod equation;
mod head;
mod items;
mod ledger;
mod part;
mod predictability;

use axum::extract::Path;
use axum::response::Response;
use maud::html;
use tidemark_processors::explain::{self, Number};
use tidemark_sql::serving::Reading;

use super::address::Address;
use super::asked::Asked;
use super::parts::Unit;
use super::shell::{Page, Place, all_events};
use super::visit::Visit;
use crate::error::Error;
use crate::quality::{self, Mark};
use crate::read::{self, Shown};
use crate::stale::Stale;

/// What the sections of the page share.
struct View {
    shown: Shown,
    asked: Asked,
    /// The page's address, with everything that was asked.
    here: Address,
    unit: Unit,
    /// What to know before trusting the report's numbers.
    marks: Vec<Mark>,
}

impl View {
    /// Where a number is explained, in the page's unit where it has it.
    fn explained(&self, number: Number) -> Address {
        let unit = match self.unit {
            Unit::Points => explain::Unit::Points,
            Unit::Issues => explain::Unit::Issues,
        };
        Address::explain(&self.shown.sprint, number, unit)
    }
}

pub(super) async fn show(Path(sprint): Path<(String, String)>, visit: Visit) -> Result<Response, Error> {
    visit.of_sprint(sprint, page).await
}

async fn page(mut reading: Reading, asked: Asked, sprint_id: String, stale: Stale) -> Result<Page, Error> {
    let shown = read::shown(&mut reading, &sprint_id, asked.text("board")).await?;
    let unit = asked.one_of("unit", Unit::NAMED)?.unwrap_or(Unit::Points);
    let here = Address::sprint(&sprint_id, &shown.sprint.board_id).asked(&asked);
    let marks = quality::marks(&shown.sprint, shown.report.as_ref(), &stale)?;
    let view = View { shown, asked, here, unit, marks };
    let sprint = &view.shown.sprint;
    let body = html! {
        (head::section(&view))
        (equation::section(&view))
        @if sprint.state != "future" {
            (disciplines::section(&mut reading, &view).await?)
            (burndown::section(&mut reading, &view).await?)
            (carried::section(&mut reading, &view).await?)
        }
        (items::section(&mut reading, &view).await?)
        @if sprint.state != "future" { (ledger::section(&mut reading, &view).await?) }
    };
    let title =
        format!("{} · {}", sprint.sprint_name, sprint.board_name.as_deref().unwrap_or(&sprint.board_id));
    let events = all_events().with("sprint", &sprint_id);
    Ok(Page { title, place: Place::Boards, events, charts: true, body })
}
