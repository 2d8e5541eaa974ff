//! The issues of a sum with their shares, each with the ledger entries that make it.

use maud::{Markup, html};
use tidemark_model::Points;
use tidemark_processors::explain::{Explanation, Share, Step, Unit, owed_to};

use crate::pages::parts::{Amount, Pages, chip, long_text, number, region, signed, time, user_text};
use crate::pages::words;
use crate::read::UNASSIGNED;

pub(super) fn list(explained: &Explanation, pages: Pages) -> Markup {
    html! {
        p.tally {
            span data-number="explained_issues" data-unit="issues" data-value=(pages.total) {
                (words::counted(pages.total, "issue"))
            }
        }
        @if explained.shares.is_empty() {
            div.empty {
                p { (if explained.value.is_some() { "There are none." } else { "Unknown: history missing." }) }
            }
        } @else {
            (region("Issues with their shares", &table(explained, pages.of(&explained.shares))))
        }
    }
}

fn table(explained: &Explanation, shares: &[Share]) -> Markup {
    let by_discipline = explained.shares.iter().any(|share| share.discipline != UNASSIGNED);
    html! {
        table.shares {
            thead {
                tr {
                    th scope="col" { "Issue" }
                    th scope="col" { "Summary" }
                    @if by_discipline { th scope="col" { "Discipline" } }
                    th.amount scope="col" { "Share" }
                    th scope="col" { "Because" }
                }
            }
            tbody {
                @for share in shares {
                    tr data-key={ (share.issue_id) " " (share.subtask_id.as_deref().unwrap_or_default()) }
                        data-issue=(share.issue_id) {
                        (cells(explained.unit, share, by_discipline))
                    }
                }
            }
        }
    }
}

fn cells(unit: Unit, share: &Share, by_discipline: bool) -> Markup {
    html! {
        th scope="row" {
            span.key { (user_text(&share.issue_key)) }
            @if let Some(subtask) = &share.subtask_id { span.below.quiet { "sub-task " (user_text(subtask)) } }
        }
        td { (long_text(&share.summary)) }
        @if by_discipline { td { (user_text(&share.discipline)) } }
        td.amount { (number("share", amount(unit, share.amount))) }
        td {
            @if let Some(basis) = &share.basis { p.quiet { (basis) } }
            ol.steps { @for step in &share.steps { li { (entry(unit, step)) } } }
        }
    }
}

/// An entry in one line: what it adds, when, what, by whom, and the change that it comes from.
fn entry(unit: Unit, step: &Step) -> Markup {
    let entry = &step.entry;
    let points = |points: Points| Amount::Points(Some(points)).text().unwrap_or_default();
    html! {
        strong { (signed(amount(unit, step.amount)).unwrap_or_default()) } " "
        (time(entry.at)) " "
        (chip(entry.kind.as_str(), words::kind(entry.kind)))
        @if entry.before_points != entry.after_points {
            " " (points(entry.before_points)) span aria-hidden="true" { " → " } span.hidden { " before, after it " }
            (points(entry.after_points)) " points"
        }
        @if let Some(reason) = &entry.reason { " " span.quiet { (words::entry_reason(reason)) } }
        @if let Some(actor) = &entry.actor { " by " (user_text(actor)) }
        @if let Some(change) = &entry.change_id { " " span.quiet { "(change " code { (change) } ")" } }
        @for (what, change) in owed_to(entry) { ", " span.quiet { (what) " change " code { (change) } } }
    }
}

fn amount(unit: Unit, amount: Points) -> Amount {
    match unit {
        Unit::Points => Amount::Points(Some(amount)),
        Unit::Issues => Amount::Issues(Some(amount.millionths() / 1_000_000)),
    }
}
