//! The sources, and how they are doing.

use axum::response::Response;
use maud::{Markup, html};
use tidemark_sql::serving::Reading;

use super::address::Address;
use super::asked::Asked;
use super::parts::{chip, region, time_or, user_text};
use super::shell::{Page, Place, all_events};
use super::visit::Visit;
use crate::error::Error;
use crate::live::Scope;
use crate::read::{self, SourceState};

pub(super) async fn show(visit: Visit) -> Result<Response, Error> {
    visit.answer(Scope::Everything, page).await
}

async fn page(mut reading: Reading, _: Asked) -> Result<Page, Error> {
    let sources = read::sources(&mut reading).await?;
    let body = html! {
        div.lead {
            h1 { "Sources" }
            p { "Where the numbers come from, and how fresh they are." }
        }
        section.live data-live="sources" {
            @if sources.is_empty() {
                div.empty { p { "No source has been read yet." } }
            } @else {
                (region("Table of sources", &table(&sources)))
            }
        }
    };
    Ok(Page { title: "Sources".to_owned(), place: Place::Sources, events: all_events(), charts: false, body })
}

fn table(sources: &[SourceState]) -> Markup {
    html! {
        table {
            thead {
                tr {
                    th scope="col" { "Source" }
                    th scope="col" { "State" }
                    th scope="col" { "Last poll" }
                    th scope="col" { "Last success" }
                    th scope="col" { "Last news" }
                    th.amount scope="col" { "Records" }
                    th.amount scope="col" { "Rejected" }
                }
            }
            tbody {
                @for source in sources {
                    tr data-key=(source.name) data-source=(source.name) { (cells(source)) }
                }
            }
        }
    }
}

fn cells(source: &SourceState) -> Markup {
    let rejected = Address::new("/rejected").with("source", &source.name);
    html! {
        th scope="row" { (user_text(&source.name)) span.quiet.below { (source.kind) } }
        td {
            (chip(&source.state, state(&source.state)))
            @if let Some(error) = &source.error { p.trouble dir="auto" { (error) } }
        }
        td { (time_or(source.polled_at, "never")) }
        td { (time_or(source.succeeded_at, "never")) }
        td { (time_or(source.changed_at, "never")) }
        td.amount {
            span data-number="records" data-unit="records" data-value=(source.records) { (source.records) }
        }
        td.amount {
            a.number-link href=(rejected) {
                span data-number="rejected" data-unit="records" data-value=(source.rejected) { (source.rejected) }
                span.hidden { " rejected records of " (source.name) }
            }
        }
    }
}

fn state(state: &str) -> &str {
    match state {
        "reading" => "reading for the first time",
        other => other,
    }
}
