//! What the sprint is: its name, goal and dates, and what to know before trusting its numbers.

use maud::{Markup, html};
use tidemark_model::facts::BoardSprint;

use super::View;
use crate::pages::address::Address;
use crate::pages::parts::{chip, mark_notices, name_link, relative, time, time_or, title, user_text};

pub(super) fn section(view: &View) -> Markup {
    let sprint = &view.shown.sprint;
    html! {
        div.lead data-live="head" {
            nav.crumbs aria-label="Where this is" {
                a href="/" { "Boards" }
                span aria-hidden="true" { "/" }
                (name_link(board_name(sprint), &Address::board(&sprint.board_id)))
            }
            div.title {
                (title(&sprint.sprint_name))
                (chip(&sprint.state, &sprint.state))
            }
            @if let Some(goal) = sprint.goal.as_deref().filter(|goal| !goal.trim().is_empty()) {
                p.goal { span.hidden { "Goal: " } (user_text(goal)) }
            }
            (dates(sprint))
            (boards(view))
        }
        div.marks data-live="marks" { (marks(view)) }
    }
}

fn board_name(sprint: &BoardSprint) -> &str {
    sprint.board_name.as_deref().unwrap_or(&sprint.board_id)
}

fn dates(sprint: &BoardSprint) -> Markup {
    let not_yet = if sprint.state == "future" { "not yet" } else { "unknown" };
    html! {
        dl.facts {
            div { dt { "Started" } dd { (time_or(sprint.started_at, not_yet)) } }
            div {
                dt { "Planned end" }
                dd {
                    (time_or(sprint.planned_end_at, "none"))
                    @if let (Some(end), "active") = (sprint.planned_end_at, sprint.state.as_str()) { (relative(end)) }
                }
            }
            @if let Some(closed) = sprint.closed_at { div { dt { "Closed" } dd { (time(closed)) } } }
        }
    }
}

/// The boards that show the sprint: each has a report of its own.
fn boards(view: &View) -> Markup {
    let here = &view.shown.sprint.board_id;
    html! {
        @if view.shown.boards.len() > 1 {
            nav.shown aria-label="Boards that show this sprint" {
                span { "Shown on" }
                @for board in &view.shown.boards {
                    a href=(view.here.clone().with("board", &board.board_id))
                        aria-current=[(board.board_id == *here).then_some("true")] {
                        (user_text(board_name(board)))
                        @if board.origin { span.quiet { " (origin)" } }
                    }
                }
            }
        }
    }
}

fn marks(view: &View) -> Markup {
    html! {
        @if view.shown.sprint.state == "deleted" {
            p.notice { strong { "Deleted" } " The source no longer has this sprint. Its report is kept as it was." }
        }
        (mark_notices(&view.marks))
    }
}
