//! Records that could not be taken: what they are, why, and what to do about it.

use axum::response::Response;
use maud::{Markup, html};
use tidemark_model::facts::RejectedFact;
use tidemark_model::rejected::{Reason, Stage};
use tidemark_sql::serving::{Reading, Select};

use super::address::Address;
use super::asked::Asked;
use super::parts::{Pages, pager, user_text};
use super::shell::{Page, Place, all_events};
use super::visit::Visit;
use super::words;
use crate::error::Error;
use crate::live::Scope;
use crate::read;

const PAGE_SIZE: i64 = 50;

/// An original may be a whole issue; its start is enough to find it.
const SHOWN_BYTES: usize = 4096;

pub(super) async fn show(visit: Visit) -> Result<Response, Error> {
    visit.answer(Scope::Everything, page).await
}

async fn page(mut reading: Reading, asked: Asked) -> Result<Page, Error> {
    let stages: Vec<(&str, Stage)> = Stage::ALL.iter().map(|stage| (stage.as_str(), *stage)).collect();
    let reasons: Vec<(&str, Reason)> = Reason::ALL.iter().map(|reason| (reason.as_str(), *reason)).collect();
    let (stage, reason) = (asked.one_of("stage", &stages)?, asked.one_of("reason", &reasons)?);
    let select = Select::<RejectedFact>::all()
        .is_given("source", asked.text("source"))
        .is_given("stage", stage.map(Stage::as_str))
        .is_given("reason", reason.map(Reason::as_str))
        .by("source", false)
        .by("stage", false)
        .by("input", false)
        .by("reason", false);
    let pages = Pages::new(asked.page("page")?, PAGE_SIZE, reading.count(&select).await?);
    let rows = reading.rows(&select.page(pages.size, pages.offset())).await?;
    let sources = read::sources(&mut reading).await?;
    let names: Vec<&str> = sources.iter().map(|source| source.name.as_str()).collect();
    let body = html! {
        div.lead {
            h1 { "Rejected records" }
            p { "What could not be taken, with the reason. Nothing else is left out of the numbers." }
        }
        (filter(&asked, &names))
        section.live data-live="rejected" {
            p.tally data-number="found" data-unit="records" data-value=(pages.total) {
                (words::counted(pages.total, "record"))
            }
            @if rows.is_empty() { div.empty { p { "No record was rejected." } } }
            ul.cards { @for row in &rows { li data-key=(key(row)) { (card(row)) } } }
            (pager(pages, "rejected records", "page", &Address::new("/rejected").asked(&asked)))
        }
    };
    let title = "Rejected records".to_owned();
    Ok(Page { title, place: Place::Rejected, events: all_events(), charts: false, body })
}

fn filter(asked: &Asked, sources: &[&str]) -> Markup {
    let stages = Stage::ALL.iter().map(|stage| (stage.as_str(), words::stage(*stage)));
    let reasons = Reason::ALL.iter().map(|reason| (reason.as_str(), words::reason(*reason)));
    let sources = sources.iter().map(|source| (*source, *source));
    html! {
        form.filter method="get" action="/rejected" {
            (choice(asked, "source", "Source", sources.collect()))
            (choice(asked, "stage", "When", stages.collect()))
            (choice(asked, "reason", "Why", reasons.collect()))
            button type="submit" { "Filter" }
        }
    }
}

fn choice(asked: &Asked, name: &str, label: &str, values: Vec<(&str, &str)>) -> Markup {
    html! {
        div.field {
            label for=(name) { (label) }
            select id=(name) name=(name) {
                option value="" { "All" }
                @for (value, words) in values {
                    option value=(value) selected[asked.text(name) == Some(value)] { (words) }
                }
            }
        }
    }
}

fn key(row: &RejectedFact) -> String {
    format!("{} {} {} {}", row.source, row.stage, row.input, row.reason)
}

fn card(row: &RejectedFact) -> Markup {
    html! {
        article.card.rejected {
            h2 { (words::reason(row.reason)) }
            p.quiet {
                (user_text(&row.source)) " · " (words::stage(row.stage)) " · "
                code dir="auto" { (row.input) }
            }
            p dir="auto" { (row.detail) }
            @match &row.original_hex {
                Some(hex) => (original("The original, in hexadecimal", hex)),
                None if row.original.is_empty() => p.quiet { "The original is not kept." },
                None => (original("The original", &row.original)),
            }
        }
    }
}

fn original(label: &str, text: &str) -> Markup {
    let shown = &text[..text.floor_char_boundary(SHOWN_BYTES)];
    html! {
        details {
            summary { (label) }
            pre tabindex="0" aria-label=(label) dir="auto" { (shown) }
            @if shown.len() < text.len() {
                p.quiet { "Cut here: " (shown.len()) " of " (text.len()) " bytes are shown." }
            }
        }
    }
}
