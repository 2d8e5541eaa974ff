//! What the sprint took over from the one before.

use maud::{Markup, html};
use tidemark_sql::serving::Reading;

use super::View;
use crate::error::Error;
use crate::pages::parts::{OFTEN, Pages, chains_table, download, pager, region};
use crate::pages::words::counted;
use crate::read;

const PAGE_SIZE: i64 = 50;

pub(super) async fn section(reading: &mut Reading, view: &View) -> Result<Markup, Error> {
    let sprint = &view.shown.sprint;
    let carried = read::carried_in(reading, sprint).await?;
    let total = i64::try_from(carried.len()).unwrap_or(i64::MAX);
    let often = carried.iter().filter(|leg| leg.carry_count >= OFTEN).count();
    let pages = Pages::new(view.asked.page("carried_page")?, PAGE_SIZE, total);
    let chains = read::chains(reading, &sprint.board_id, pages.of(&carried)).await?;
    Ok(html! {
        section aria-labelledby="carried" {
            div.section-head {
                h2 id="carried" { "Carried over" }
                div.tools { (download("what was carried over", &view.here.table("carry-over"))) }
            }
            div.live data-live="carried" {
                p.tally {
                    span data-number="carried_in_issues" data-unit="issues" data-value=(total) {
                        (counted(total, "issue"))
                    }
                    " came from the sprint before, "
                    span data-number="often_carried_issues" data-unit="issues" data-value=(often) { (often) }
                    " of them carried over three times or more"
                }
                @if !chains.is_empty() {
                    (region("Issues carried over", &chains_table(&chains, false)))
                    (pager(pages, "issues carried over", "carried_page", &view.here.clone().at("carried")))
                    p.quiet {
                        "A sprint burns an issue's points where it is completed there, else as far as the estimate "
                        "fell; below zero it grew. A break of more than five days begins a new way."
                    }
                }
            }
        }
    })
}
