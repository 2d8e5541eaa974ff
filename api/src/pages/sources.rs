//! The sources, and how they are doing.

use axum::response::Response;
use maud::{Markup, html};
use tidemark_sql::serving::Reading;

use super::address::Address;
use super::asked::Asked;
use super::parts::{chip, region, time, time_or, user_text};
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
    // An archive is read without asking anybody.
    let called = sources.iter().any(|source| source.calls > 0);
    html! {
        table {
            thead {
                tr {
                    th scope="col" { "Source" }
                    th scope="col" { "State" }
                    th scope="col" { "Last poll" }
                    th scope="col" { "Last success" }
                    th.amount scope="col" { "Records" }
                    @if called { th.amount scope="col" { "Calls" } }
                    th.amount scope="col" { "Rejected" }
                }
            }
            tbody {
                @for source in sources {
                    tr data-key=(source.name) data-source=(source.name) { (cells(source, called)) }
                }
            }
        }
    }
}

fn cells(source: &SourceState, called: bool) -> Markup {
    let rejected = Address::new("/rejected").with("source", &source.name);
    html! {
        th scope="row" { (user_text(&source.name)) span.quiet.below { (source.kind) } }
        td {
            (chip(&source.state, state(&source.state)))
            @if let Some(read) = source.read_per_mille {
                p.quiet { (percent("read_per_mille", read)) " of the first load is read" }
            }
            @if let Some(backlog) = source.backlog.filter(|backlog| *backlog > 0) {
                p.quiet { "about " (number("backlog", "issues", backlog)) " issues to go" (left(source)) }
            }
            @if let Some(error) = &source.error { p.trouble dir="auto" { (error) } }
            @if let Some(notice) = &source.notice { p.advice dir="auto" { (notice) } }
        }
        td {
            (time_or(source.polled_at, "never"))
            @if let Some(next) = source.next_poll_at.filter(|_| source.calls > 0) {
                span.quiet.below { "next " (time(next)) }
            }
        }
        td {
            (time_or(source.succeeded_at, "never"))
            span.quiet.below { "last news " (time_or(source.changed_at, "never")) }
            @if let Some(until) = source.read_until { span.quiet.below { "read until " (time(until)) } }
        }
        td.amount { (number("records", "records", source.records)) }
        @if called { td.amount { (calls(source)) } }
        td.amount {
            a.number-link href=(rejected) {
                (number("rejected", "records", source.rejected))
                span.hidden { " rejected records of " (source.name) }
            }
        }
    }
}

/// What asking has cost, and what is left of the quota.
fn calls(source: &SourceState) -> Markup {
    html! {
        (number("calls", "calls", source.calls))
        @if let Some(cost) = source.calls_per_1000_issues {
            span.quiet.below { (number("calls_per_1000_issues", "calls", cost)) " per 1,000 issues" }
        }
        @if source.refused_calls > 0 {
            span.quiet.below { (number("refused_calls", "calls", source.refused_calls)) " refused (429)" }
        }
        @if let Some(left) = source.quota_left_per_mille {
            span.quiet.below { (percent("quota_left_per_mille", left)) " of the quota left" }
        }
    }
}

/// How long the first load still takes, in minutes that have begun.
fn left(source: &SourceState) -> Markup {
    html! {
        @if let Some(seconds) = source.time_left_s {
            ", " span data-number="time_left_s" data-unit="seconds" data-value=(seconds) { ((seconds + 59) / 60) " min" }
        }
    }
}

fn number(name: &str, unit: &str, value: i64) -> Markup {
    html! { span data-number=(name) data-unit=(unit) data-value=(value) { (value) } }
}

fn percent(name: &str, per_mille: i64) -> Markup {
    let tenths = format!("{}.{} %", per_mille / 10, per_mille % 10);
    html! { span data-number=(name) data-unit="per_mille" data-value=(per_mille) { (tenths) } }
}

fn state(state: &str) -> &str {
    match state {
        "reading" => "reading for the first time",
        other => other,
    }
}
