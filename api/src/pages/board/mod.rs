//! One board: its velocity, how well commitments are kept, and its sprints.

mod sprints;
mod velocity;

use axum::extract::Path;
use axum::response::Response;
use maud::{Markup, html};
use tidemark_sql::serving::Reading;

use super::address::Address;
use super::asked::Asked;
use super::parts::{Amount, number, title, user_text};
use super::shell::{Page, Place, all_events};
use super::visit::Visit;
use super::words::counted;
use crate::error::Error;
use crate::live::Scope;
use crate::read::{self, BoardSummary};

pub(super) async fn show(
    Path((source, id)): Path<(String, String)>,
    visit: Visit,
) -> Result<Response, Error> {
    let board_id = format!("{source}/{id}");
    visit.answer(Scope::Board(board_id.clone()), |reading, asked| page(reading, asked, board_id)).await
}

async fn page(mut reading: Reading, asked: Asked, board_id: String) -> Result<Page, Error> {
    let board = read::board(&mut reading, &board_id).await?;
    let here = Address::board(&board_id).asked(&asked);
    let name = board.board_name.clone().unwrap_or_else(|| board_id.clone());
    let velocity = velocity::section(&mut reading, &board_id, &asked, &here).await?;
    let sprints = sprints::section(&mut reading, &board_id, &asked, &here).await?;
    let body = html! {
        div.lead data-live="head" {
            nav.crumbs aria-label="Where this is" { a href="/" { "Boards" } }
            (title(&name))
            (summary(&board))
        }
        (velocity)
        (sprints)
    };
    let events = all_events().with("board", &board_id);
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
                span.big { (number("velocity_points", Amount::Mean(Some(velocity.velocity_points)))) }
                " points a sprint, the mean of the last " (counted(velocity.sprints, "closed sprint"))
            }
        }
    }
}
