//! One board: its velocity, how well commitments are kept, and its sprints.

mod carried;
mod sprints;
mod velocity;
mod windows;

use axum::extract::Path;
use axum::response::Response;
use maud::{Markup, html};
use tidemark_sql::serving::Reading;

use super::address::Address;
use super::asked::Asked;
use super::parts::{Amount, Unit, number, title, user_text};
use super::shell::{Page, Place, all_events};
use super::visit::Visit;
use super::words::counted;
use crate::error::Error;
use crate::live::Scope;
use crate::read::{self, BoardSummary};
use crate::stale::Stale;

/// What the sections of the page share.
struct View {
    board_id: String,
    asked: Asked,
    /// The page's address, with everything that was asked.
    here: Address,
    stale: Stale,
}

pub(super) async fn show(
    Path((source, id)): Path<(String, String)>,
    visit: Visit,
) -> Result<Response, Error> {
    let board_id = format!("{source}/{id}");
    let stale = visit.stale.clone();
    let make = |reading, asked: Asked| {
        let here = Address::board(&board_id).asked(&asked);
        page(reading, View { board_id: board_id.clone(), asked, here, stale })
    };
    visit.answer(Scope::Board(board_id.clone()), make).await
}

async fn page(mut reading: Reading, view: View) -> Result<Page, Error> {
    let board = read::board(&mut reading, &view.board_id, &view.stale).await?;
    let name = board.board_name.clone().unwrap_or_else(|| view.board_id.clone());
    let velocity = velocity::section(&mut reading, &view).await?;
    let carried = carried::section(&mut reading, &view).await?;
    let sprints = sprints::section(&mut reading, &view).await?;
    let body = html! {
        div.lead data-live="head" {
            nav.crumbs aria-label="Where this is" { a href="/" { "Boards" } }
            (title(&name))
            (summary(&board))
        }
        (velocity)
        (carried)
        (sprints)
    };
    let events = all_events().with("board", &view.board_id);
    Ok(Page { title: name, place: Place::Boards, events, charts: true, body })
}

fn summary(board: &BoardSummary) -> Markup {
    html! {
        p.quiet {
            (user_text(&board.source))
            @if let Some(kind) = &board.kind { " · " (kind) " board" }
            " · " (counted(board.closed_sprints, "closed sprint"))
        }
        @if let Some(velocity) = &board.velocity {
            p.headline {
                span.big { (number("velocity_points", Amount::Mean(Unit::Points, velocity.velocity_points))) }
                " points a sprint, the mean of the last " (counted(velocity.sprints, "closed sprint"))
            }
        }
    }
}
