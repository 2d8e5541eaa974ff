//! Why a number of a sprint is what it is: the issues that it is the sum of, and the changes that make each share.

mod shares;

use axum::extract::Path;
use axum::response::Response;
use maud::{Markup, html};
use tidemark_model::facts::BoardSprint;
use tidemark_processors::explain::{Explanation, Number, Unit, Value};
use tidemark_sql::serving::Reading;

use super::address::Address;
use super::asked::Asked;
use super::parts::{Amount, Pages, download, mark_notices, name_link, number, pager, region, switch};
use super::shell::{Page, Place, all_events};
use super::visit::Visit;
use super::words;
use crate::error::Error;
use crate::quality;
use crate::read;
use crate::rest::explain::{Document, Question, document};
use crate::stale::Stale;

const PAGE_SIZE: i64 = 100;

pub(super) async fn show(Path(sprint): Path<(String, String)>, visit: Visit) -> Result<Response, Error> {
    visit.of_sprint(sprint, page).await
}

async fn page(mut reading: Reading, asked: Asked, sprint_id: String, stale: Stale) -> Result<Page, Error> {
    let shown = read::shown(&mut reading, &sprint_id, asked.text("board")).await?;
    let named: Vec<(&str, Number)> = Number::ALL.iter().map(|number| (number.as_str(), *number)).collect();
    let units: Vec<(&str, Unit)> = Unit::ALL.iter().map(|unit| (unit.as_str(), *unit)).collect();
    let question = Question {
        sprint: sprint_id.clone(),
        board: Some(shown.sprint.board_id.clone()),
        discipline: asked.text("discipline").map(str::to_owned),
        number: Some(asked.one_of("number", &named)?.unwrap_or(Number::Committed)),
        unit: asked.one_of("unit", &units)?,
        ..Question::default()
    };
    let document = document(&mut reading, &question).await?;
    let (explained, parts) = document.numbers.split_first().ok_or_else(|| {
        Error::not_computed(format!(
            "the numbers of sprint {sprint_id} are being computed: ask again in a moment"
        ))
    })?;
    let explained = &explained.explanation;
    let here = Address::explain(&shown.sprint, explained.number, explained.unit).asked(&asked);
    let pages = Pages::new(asked.page("page")?, PAGE_SIZE, explained.shares.len() as i64);
    let marks = quality::marks(&shown.sprint, shown.report.as_ref(), &stale)?;
    let what = format!("{} in {}", words::number(explained.number), explained.unit.as_str());
    let body = html! {
        (lead(&shown.sprint, &document, &what))
        div.marks data-live="marks" { (mark_notices(&marks)) }
        section aria-labelledby="number" {
            div.section-head {
                h2 id="number" { "The number" }
                div.tools { (units_switch(&here, explained)) }
            }
            div.live data-live="number" {
                (verdict(explained))
                @if !parts.is_empty() {
                    (region("What the ratio is made of", &html! { table {
                        thead { tr {
                            th scope="col" { "Part" }
                            th.amount scope="col" { "The report says" }
                            th.amount scope="col" { "Its issues come to" }
                        } }
                        tbody { @for part in parts { (part_row(&here, &part.explanation)) } }
                    } }))
                }
            }
        }
        @if explained.fraction.is_none() {
            section aria-labelledby="issues" {
                div.section-head {
                    h2 id="issues" { "Issues, and the changes that count" }
                    div.tools { (download("the ledger", &Address::sprint(&sprint_id, &shown.sprint.board_id).table("ledger"))) }
                }
                div.live data-live="issues" {
                    (shares::list(explained, pages))
                    (pager(pages, "issues", "page", &here.clone().at("issues")))
                }
            }
        }
        section aria-labelledby="others" {
            div.section-head { h2 id="others" { "Other numbers of this sprint" } }
            (others(&here, explained))
        }
    };
    let title = format!("{what} · {}", shown.sprint.sprint_name);
    let events = all_events().with("sprint", &sprint_id);
    Ok(Page { title, place: Place::Boards, events, charts: false, body })
}

fn lead(sprint: &BoardSprint, document: &Document, what: &str) -> Markup {
    let page = Address::sprint(&sprint.sprint_id, &sprint.board_id);
    let board = sprint.board_name.as_deref().unwrap_or(&sprint.board_id);
    html! {
        div.lead {
            nav.crumbs aria-label="Where this is" {
                a href="/" { "Boards" }
                span aria-hidden="true" { "/" }
                (name_link(board, &Address::board(&sprint.board_id)))
                span aria-hidden="true" { "/" }
                (name_link(&sprint.sprint_name, &page))
            }
            h1 {
                "Why: " (what)
                @if let Some(discipline) = &document.discipline { " of " span dir="auto" { (discipline) } }
            }
            p.quiet {
                "Mode " code { (document.mode) } ", sub-tasks " code { (document.subtasks) }
                ", done by " code { (document.done) } "."
            }
        }
    }
}

/// What the report says, what is behind it comes to, and whether that is the same.
fn verdict(explained: &Explanation) -> Markup {
    let (value, sum) = (amount(explained, explained.value), amount(explained, explained.sum));
    html! {
        p { (explained.number.meaning()) }
        @if let Some(fraction) = &explained.fraction { p { code { (fraction.formula()) } } }
        dl.facts.ratios {
            div { dt { "The report says" } dd { (number("value", value)) " " (unit(explained)) } }
            div { dt { "What is behind it comes to" } dd { (number("sum", sum)) " " (unit(explained)) } }
        }
        @match (&explained.unknown, explained.agrees()) {
            (Some(reason), _) => p.notice { strong { "Unknown" } " " (reason) },
            (None, Some(false)) => p.notice {
                strong { "They differ" } " The report is not what its issues come to: please report this."
            },
            _ => p.quiet { "They are the same." },
        }
    }
}

fn unit(explained: &Explanation) -> Markup {
    html! { @if explained.fraction.is_none() { span.unit { (explained.unit.as_str()) } } }
}

fn amount(explained: &Explanation, value: Option<Value>) -> Amount {
    match (explained.fraction, explained.unit, value) {
        (Some(_), _, Some(Value::Ratio(ratio))) => Amount::Ratio(Some(ratio)),
        (Some(_), ..) => Amount::Ratio(None),
        (None, Unit::Points, Some(Value::Sum(points))) => Amount::Points(Some(points)),
        (None, Unit::Issues, Some(Value::Sum(count))) => Amount::Issues(Some(count.millionths() / 1_000_000)),
        (None, Unit::Points, _) => Amount::Points(None),
        (None, Unit::Issues, _) => Amount::Issues(None),
    }
}

fn part_row(here: &Address, part: &Explanation) -> Markup {
    html! {
        tr data-key=(part.number.as_str()) {
            th scope="row" { a href=(to(here, part.number, part.unit)) { (words::number(part.number)) } }
            td.amount { (number("part_value", amount(part, part.value))) }
            td.amount { (number("part_sum", amount(part, part.sum))) }
        }
    }
}

fn units_switch(here: &Address, explained: &Explanation) -> Markup {
    let there = Unit::ALL.iter().filter(|unit| explained.number.counts(**unit));
    let views: Vec<(&str, Address)> =
        there.map(|unit| (words::unit(*unit), to(here, explained.number, *unit))).collect();
    switch("Unit", &views, words::unit(explained.unit))
}

fn others(here: &Address, explained: &Explanation) -> Markup {
    let views: Vec<(&str, Address)> = Number::ALL
        .iter()
        .map(|number| (words::number(*number), to(here, *number, number.in_unit(explained.unit))))
        .collect();
    switch("Number", &views, words::number(explained.number))
}

/// The same page for another number.
fn to(here: &Address, number: Number, unit: Unit) -> Address {
    here.clone().with("number", number.as_str()).with("unit", unit.as_str()).without("page")
}
