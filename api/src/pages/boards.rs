//! All boards, with what runs on them.

use std::collections::BTreeSet;

use axum::response::Response;
use maud::{Markup, html};
use tidemark_model::Points;
use tidemark_model::facts::Velocity;
use tidemark_sql::serving::Reading;

use super::address::Address;
use super::asked::Asked;
use super::parts::{
    Amount, Pages, Unit, chip, linked, mark_chips, name_link, number, pager, progress, relative, time,
    user_text,
};
use super::shell::{Page, Place, all_events};
use super::visit::Visit;
use super::words::counted;
use crate::error::Error;
use crate::live::Scope;
use crate::read::{self, ActiveSprint, BoardSummary};
use crate::stale::Stale;

const PAGE_SIZE: i64 = 50;

pub(super) async fn show(visit: Visit) -> Result<Response, Error> {
    let stale = visit.stale.clone();
    visit.answer(Scope::Everything, |reading, asked| page(reading, asked, stale)).await
}

async fn page(mut reading: Reading, asked: Asked, stale: Stale) -> Result<Page, Error> {
    let all = read::boards(&mut reading, &stale).await?;
    let sources: BTreeSet<String> = all.iter().map(|board| board.source.clone()).collect();
    let found: Vec<BoardSummary> = all.into_iter().filter(|board| is_meant(board, &asked)).collect();
    let pages = Pages::new(asked.page("page")?, PAGE_SIZE, found.len() as i64);
    let here = Address::new("/").asked(&asked);
    let body = html! {
        div.lead { h1 { "Boards" } }
        (filter(&asked, &sources))
        section.live data-live="boards" {
            p.tally data-number="boards" data-unit="boards" data-value=(found.len()) {
                (counted(found.len() as i64, "board"))
                @if asked.text("q").is_some() || asked.text("source").is_some() { " found" }
            }
            @if found.is_empty() { (nothing(&asked)) }
            ul.boards {
                @for board in pages.of(&found) { li data-key=(board.board_id) { (card(board)) } }
            }
            (pager(pages, "boards", "page", &here))
        }
    };
    Ok(Page { title: "Boards".to_owned(), place: Place::Boards, events: all_events(), charts: false, body })
}

fn is_meant(board: &BoardSummary, asked: &Asked) -> bool {
    let of_source = asked.text("source").is_none_or(|source| board.source == source);
    let sprints = board.active.iter().map(|active| active.sprint.sprint_name.as_str());
    let mut names = sprints.chain([board_name(board), board.board_id.as_str()]);
    let named = asked.text("q").is_none_or(|text| {
        let text = text.to_lowercase();
        names.any(|name| name.to_lowercase().contains(&text))
    });
    of_source && named
}

/// What people call the board.
fn board_name(board: &BoardSummary) -> &str {
    board.board_name.as_deref().unwrap_or(&board.board_id)
}

fn filter(asked: &Asked, sources: &BTreeSet<String>) -> Markup {
    html! {
        form.filter role="search" method="get" action="/" {
            div.field {
                label for="q" { "Board or sprint" }
                input id="q" name="q" type="search" value=[asked.text("q")] maxlength="200" autocomplete="off";
            }
            @if sources.len() > 1 {
                div.field {
                    label for="source" { "Source" }
                    select id="source" name="source" {
                        option value="" { "All sources" }
                        @for source in sources {
                            option value=(source) selected[asked.text("source") == Some(source)] { (source) }
                        }
                    }
                }
            }
            button type="submit" { "Filter" }
        }
    }
}

fn nothing(asked: &Asked) -> Markup {
    html! {
        div.empty {
            @if asked.iter().next().is_some() {
                p { "No board fits. " a href="/" { "Show all boards" } }
            } @else {
                p {
                    "There are no boards yet. They appear as soon as a source brings them: "
                    a href="/sources" { "look at the sources" } "."
                }
            }
        }
    }
}

fn card(board: &BoardSummary) -> Markup {
    let address = Address::board(&board.board_id);
    html! {
        article.board data-board=(board.board_id) {
            div.board-head {
                h2 { (name_link(board_name(board), &address)) }
                p.quiet {
                    (user_text(&board.source))
                    @if let Some(kind) = &board.kind { " · " (kind) " board" }
                }
            }
            div.board-sprints {
                @for active in &board.active { (running(active)) }
                @if board.active.is_empty() { p.quiet { (idle(board)) } }
            }
            (velocity(board.velocity.as_ref()))
        }
    }
}

/// Why nothing runs.
fn idle(board: &BoardSummary) -> String {
    match (board.closed_sprints, board.kind.as_deref()) {
        (0, Some("kanban")) => "A kanban board: it has no sprints".to_owned(),
        (0, _) => "No sprint has been started yet".to_owned(),
        (closed, _) => format!("No active sprint, {} closed", counted(closed, "sprint")),
    }
}

fn running(active: &ActiveSprint) -> Markup {
    let sprint = &active.sprint;
    let to = Address::sprint(&sprint.sprint_id, &sprint.board_id);
    let behind = |show: &str| to.clone().with("show", show).at("items");
    html! {
        section.running data-sprint=(sprint.sprint_id) {
            div.running-head {
                h3 { (name_link(&sprint.sprint_name, &to)) }
                (chip("active", "active"))
            }
            p.quiet {
                @match sprint.planned_end_at {
                    Some(end) => { "Ends " (time(end)) (relative(end)) },
                    None => "Without a planned end",
                }
            }
            @if let Some(report) = &active.report {
                (progress(Amount::Points(report.completed_points), Amount::Points(report.final_scope_points)))
                (mark_chips(&active.marks))
                dl.smalls {
                    (small("Committed", "committed_points", report.committed_points, &behind("committed")))
                    (small("Added", "added_points", report.added_points, &behind("added")))
                    (small("Removed", "removed_points", report.removed_points, &behind("removed")))
                }
            }
        }
    }
}

/// A number that leads to the items behind it.
fn small(words: &str, name: &str, points: Option<Points>, items: &Address) -> Markup {
    let number = linked(name, Amount::Points(points), "points", items);
    html! { div { dt { (words) } dd { (number) } } }
}

fn velocity(velocity: Option<&Velocity>) -> Markup {
    html! {
        dl.board-velocity {
            dt { "Velocity" }
            @match velocity {
                Some(velocity) => dd {
                    span.big { (number("velocity_points", Amount::Mean(Unit::Points, velocity.velocity_points))) }
                    " "
                    span.quiet { "points a sprint, mean of " (counted(velocity.sprints, "closed sprint")) }
                },
                None => dd { span.quiet { "no closed sprint yet" } },
            }
        }
    }
}
