//! The sprint's ledger: every change of its scope and of its completed work, with the change that it comes from.

use maud::{Markup, html};
use tidemark_model::Points;
use tidemark_model::facts::{EntryKind, LedgerEntry};
use tidemark_sql::serving::Reading;

use super::View;
use crate::error::Error;
use crate::pages::parts::{Amount, Pages, chip, download, pager, region, signed, switch, time, user_text};
use crate::pages::words;
use crate::read::mode_rows;

const PAGE_SIZE: i64 = 100;

pub(super) async fn section(reading: &mut Reading, view: &View) -> Result<Markup, Error> {
    let kinds: Vec<(&str, EntryKind)> = EntryKind::ALL.iter().map(|kind| (kind.as_str(), *kind)).collect();
    let kind = view.asked.one_of("kind", &kinds)?;
    let select = mode_rows::<LedgerEntry>(&view.shown.sprint).is_given("kind", kind.map(EntryKind::as_str));
    let select = select.by("at", false).by("issue_id", false).by("entry", false);
    let pages = Pages::new(view.asked.page("ledger_page")?, PAGE_SIZE, reading.count(&select).await?);
    let entries = reading.rows(&select.page(pages.size, pages.offset())).await?;
    let to = |kind: &str| view.here.clone().with("kind", kind).without("ledger_page").at("ledger");
    let mut views = vec![("all", to(""))];
    views.extend(EntryKind::ALL.iter().map(|kind| (words::kind(*kind), to(kind.as_str()))));
    Ok(html! {
        section aria-labelledby="ledger" {
            div.section-head {
                h2 id="ledger" { "Scope ledger" }
                div.tools { (download("the ledger", &view.here.table("ledger"))) }
            }
            p.quiet { "Every change of the scope and of the completed work. Summed up it is the report." }
            (switch("Kind of entry", &views, kind.map_or("all", words::kind)))
            div.live data-live="ledger" {
                p.tally data-number="entries" data-unit="entries" data-value=(pages.total) {
                    (if pages.total == 1 { "1 entry".to_owned() } else { format!("{} entries", pages.total) })
                }
                @if entries.is_empty() {
                    div.empty { p { "There are no such entries." } }
                } @else {
                    (region("Ledger entries", &table(&entries)))
                    (pager(pages, "ledger entries", "ledger_page", &view.here.clone().at("ledger")))
                }
            }
        }
    })
}

fn table(entries: &[LedgerEntry]) -> Markup {
    html! {
        table.ledger {
            thead {
                tr {
                    th scope="col" { "Time" }
                    th scope="col" { "Issue" }
                    th scope="col" { "What happened" }
                    th scope="col" { "By" }
                    th.amount scope="col" { "Points" }
                    th.amount scope="col" { abbr title="Change of the scope in points" { "Δ scope" } }
                    th scope="col" { "Change" }
                }
            }
            tbody {
                @for entry in entries {
                    tr data-key={ (entry.issue_id) " " (entry.entry) } data-kind=(entry.kind) { (cells(entry)) }
                }
            }
        }
    }
}

fn cells(entry: &LedgerEntry) -> Markup {
    let scope = Amount::Points(Some(entry.scope_points));
    html! {
        td { (time(entry.at)) }
        th scope="row" { (user_text(&entry.issue_key)) }
        td {
            (chip(entry.kind.as_str(), words::kind(entry.kind)))
            @if let Some(reason) = &entry.reason { span.below.quiet { (words::entry_reason(reason)) } }
        }
        td.who {
            @match &entry.actor {
                Some(actor) => (user_text(actor)),
                None => span.quiet { "–" },
            }
        }
        td.amount { (change(entry.before_points, entry.after_points)) }
        td.amount data-number="scope_points" data-unit="points" data-value=(entry.scope_points) {
            (signed(scope).unwrap_or_default())
        }
        td { @if let Some(change) = &entry.change_id { code { (change) } } }
    }
}

fn change(before: Points, after: Points) -> Markup {
    let text = |points: Points| Amount::Points(Some(points)).text().unwrap_or_default();
    html! {
        @if before == after { (text(after)) } @else {
            (text(before)) span aria-hidden="true" { " → " } span.hidden { " before, after it " } (text(after))
        }
    }
}
