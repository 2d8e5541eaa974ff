//! What was carried over again and again.

use maud::{Markup, html};
use tidemark_sql::serving::Reading;

use super::View;
use crate::error::Error;
use crate::pages::address::Address;
use crate::pages::parts::{OFTEN, Pages, chains_table, download, pager, region};
use crate::pages::words::counted;
use crate::read;

const PAGE_SIZE: i64 = 25;

pub(super) async fn section(reading: &mut Reading, view: &View) -> Result<Markup, Error> {
    let often = read::often_carried(reading, &view.board_id, OFTEN).await?;
    let total = i64::try_from(often.len()).unwrap_or(i64::MAX);
    let open = often.iter().filter(|leg| leg.closed_at.is_none()).count();
    let pages = Pages::new(view.asked.page("carried_page")?, PAGE_SIZE, total);
    let chains = read::chains(reading, &view.board_id, pages.of(&often)).await?;
    let table = Address::board(&view.board_id).table("carry-over").with("min_count", &OFTEN.to_string());
    Ok(html! {
        section aria-labelledby="carried" {
            div.section-head {
                h2 id="carried" { "Carried three times or more" }
                div.tools { (download("what was carried over", &table.with("latest", "true"))) }
            }
            div.live data-live="carried" {
                p.tally {
                    span data-number="often_carried_issues" data-unit="issues" data-value=(total) {
                        (counted(total, "issue"))
                    }
                    ", "
                    span data-number="open_carried_issues" data-unit="issues" data-value=(open) { (open) }
                    " of them in a sprint that runs"
                }
                @if !chains.is_empty() {
                    (region("Issues carried three times or more", &chains_table(&chains, true)))
                    (pager(pages, "issues carried over", "carried_page", &view.here.clone().at("carried")))
                }
            }
        }
    })
}
