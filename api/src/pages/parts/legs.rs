//! The way of an issue from sprint to sprint.

use maud::{Markup, html};
use tidemark_model::Points;
use tidemark_model::facts::CarryOver;

use super::{Amount, chip, name_link, number, user_text};
use crate::pages::address::Address;
use crate::read::Chain;

/// An issue that is carried over so often stands out.
pub(in crate::pages) const OFTEN: i64 = 3;

/// Issues that were carried over, with what each leg of their ways burned. `with_sprint` names the sprint of each last leg.
pub(in crate::pages) fn chains_table(chains: &[Chain], with_sprint: bool) -> Markup {
    html! {
        table.carried {
            thead {
                tr {
                    th scope="col" { "Issue" }
                    th scope="col" { "Carried over" }
                    @if with_sprint { th scope="col" { "Last in" } }
                    th scope="col" { "Points burned, sprint by sprint" }
                    th.amount scope="col" { "Burned in all" }
                    th.amount scope="col" { "Estimate" }
                }
            }
            tbody {
                @for chain in chains {
                    tr data-key=(chain.leg.issue_id) data-issue=(chain.leg.issue_id)
                        data-often[chain.leg.carry_count >= OFTEN] { (cells(chain, with_sprint)) }
                }
            }
        }
    }
}

fn cells(chain: &Chain, with_sprint: bool) -> Markup {
    let leg = &chain.leg;
    let burned: Points = legs(chain).map(|leg| leg.burned_points).sum();
    html! {
        th scope="row" { span.key { (user_text(&leg.issue_key)) } }
        td {
            span data-number="carry_count" data-unit="times" data-value=(leg.carry_count) {
                (leg.carry_count) "×"
            }
            @if leg.carry_count >= OFTEN { " " (chip("mark", "again and again")) }
        }
        @if with_sprint { td { (sprint_link(leg)) span.below.quiet { (state(leg)) } } }
        td { ol.legs { @for leg in legs(chain) { (burned_in(leg)) } } }
        td.amount { (number("chain_burned_points", Amount::Points(Some(burned)))) }
        td.amount { (number("final_points", Amount::Points(Some(leg.final_points)))) }
    }
}

/// From the first to the last.
fn legs(chain: &Chain) -> impl Iterator<Item = &CarryOver> {
    chain.before.iter().chain([&chain.leg])
}

fn burned_in(leg: &CarryOver) -> Markup {
    html! {
        li data-sprint=(leg.sprint_id) {
            (sprint_link(leg)) " "
            span.burned { (number("burned_points", Amount::Points(Some(leg.burned_points)))) }
        }
    }
}

fn sprint_link(leg: &CarryOver) -> Markup {
    name_link(&leg.sprint_name, &Address::sprint(&leg.sprint_id, &leg.board_id))
}

/// What became of the issue in the leg's sprint.
fn state(leg: &CarryOver) -> &'static str {
    match (leg.closed_at, leg.carried_out) {
        (None, _) => "still running",
        (Some(_), true) => "left over",
        (Some(_), false) => "completed or removed",
    }
}
