//! The sprint's issues by how they ended, or those behind one number.

use maud::{Markup, html};
use tidemark_model::facts::{Mode, Outcome, SprintItem};
use tidemark_sql::serving::Reading;

use super::View;
use super::part::Part;
use crate::error::Error;
use crate::pages::parts::{
    Amount, Pages, chip, download, long_text, number, pager, region, time_or, user_text,
};
use crate::pages::words::{self, counted};
use crate::read::{self, Ended, UNASSIGNED};

const PAGE_SIZE: i64 = 200;

pub(super) async fn section(reading: &mut Reading, view: &View) -> Result<Markup, Error> {
    let list = match view.asked.one_of("show", &Part::named())? {
        Some(part) => behind(reading, view, &part).await?,
        None => all(reading, view).await?,
    };
    Ok(html! {
        section aria-labelledby="items" {
            div.section-head {
                h2 id="items" { "Issues" }
                div.tools { (download("the issues", &view.here.table("items"))) }
            }
            div.live data-live="items" { (list) }
        }
    })
}

/// The items behind one number.
async fn behind(reading: &mut Reading, view: &View, part: &Part) -> Result<Markup, Error> {
    let discipline = view.asked.text("discipline");
    let select = read::behind(&view.shown.sprint, part.behind).is_given("discipline", discipline);
    let pages = Pages::new(view.asked.page("items_page")?, PAGE_SIZE, reading.count(&select).await?);
    let items = reading.rows(&select.page(pages.size, pages.offset())).await?;
    let known = is_known(view, part) || is_known_of(reading, view, discipline).await?;
    Ok(html! {
        p.filtered data-show=(part.name) {
            span {
                "Behind " strong { (part.words) } (of_discipline(discipline)) ": "
                @if known {
                    span data-number="shown_issues" data-unit="issues" data-value=(pages.total) {
                        (counted(pages.total, "issue"))
                    }
                } @else {
                    span data-number="shown_issues" data-unit="issues" data-value="null" { "unknown" }
                }
            }
            span.tools { (explanation(view, part, discipline)) (show_all(view)) }
        }
        @if items.is_empty() {
            div.empty { p { (if known { "There are none." } else { "Unknown: history missing." }) } }
        } @else {
            (region(part.words, &table(&items, Some(part))))
            (legend())
            (pages_of(pages, view))
        }
    })
}

/// Which discipline's, where one is asked for.
fn of_discipline(discipline: Option<&str>) -> Markup {
    html! { @if let Some(name) = discipline { " of " strong { (user_text(name)) } } }
}

/// The changes that the number comes from.
fn explanation(view: &View, part: &Part, discipline: Option<&str>) -> Markup {
    let to = view.explained(part.number).with("discipline", discipline.unwrap_or_default());
    html! { a.button href=(to) { "Explain by changes" } " " }
}

fn show_all(view: &View) -> Markup {
    let all = view.here.clone().without("show").without("discipline").without("items_page").at("items");
    html! { a.button href=(all) { "Show all issues" } }
}

/// Whether the history that the number needs is there.
fn is_known(view: &View, part: &Part) -> bool {
    view.shown.report.as_ref().is_some_and(|report| part.issues(report).text().is_some())
}

/// Whether the histories of a discipline's issues are there, whatever those of others.
async fn is_known_of(reading: &mut Reading, view: &View, discipline: Option<&str>) -> Result<bool, Error> {
    let Some(name) = discipline else { return Ok(false) };
    let parts = read::disciplines(reading, &view.shown.sprint, Mode::JiraCloud).await?;
    Ok(parts.iter().any(|part| part.discipline == name && part.committed_issues.is_some()))
}

/// All items, those that ended alike together.
async fn all(reading: &mut Reading, view: &View) -> Result<Markup, Error> {
    let sprint = &view.shown.sprint;
    let discipline = view.asked.text("discipline");
    let ended = read::ended(reading, sprint, discipline).await?;
    let total = ended.iter().map(|ended| ended.items).sum();
    let pages = Pages::new(view.asked.page("items_page")?, PAGE_SIZE, total);
    let mut groups = Vec::new();
    let mut before = 0;
    for group in &ended {
        // The part of the page that lies in this group.
        let from = (pages.offset() - before).clamp(0, group.items);
        let to = (pages.offset() + pages.size - before).clamp(0, group.items);
        if from < to {
            let select = read::ended_so(sprint, group.outcome).is_given("discipline", discipline);
            let select = select.page(to - from, from);
            groups.push((group, reading.rows(&select).await?));
        }
        before += group.items;
    }
    Ok(html! {
        @if discipline.is_some() {
            p.filtered { span { "Issues" (of_discipline(discipline)) } (show_all(view)) }
        }
        @if groups.is_empty() { div.empty { p { "There are no issues in this sprint." } } }
        @for (group, items) in &groups {
            div.group data-key=(group.outcome) data-outcome=(group.outcome) {
                h3 { (words::outcome(group.outcome)) " " (tally(group)) }
                p.quiet { (words::outcome_meaning(group.outcome)) }
                (region(words::outcome(group.outcome), &table(items, None)))
            }
        }
        @if !groups.is_empty() { (legend()) }
        (pages_of(pages, view))
    })
}

fn tally(group: &Ended) -> Markup {
    let issues = group.items - group.subtasks;
    html! {
        span.tally {
            span data-number="group_issues" data-unit="issues" data-value=(issues) { (counted(issues, "issue")) }
            @if group.outcome == Outcome::Planned {
                ", " (number("planned_points", Amount::Points(Some(group.points)))) " points"
            }
            @if group.subtasks > 0 { ", " (counted(group.subtasks, "sub-task")) }
        }
    }
}

fn pages_of(pages: Pages, view: &View) -> Markup {
    pager(pages, "issues", "items_page", &view.here.clone().at("items"))
}

fn legend() -> Markup {
    html! { p.quiet { "* came into scope after the start. 3 → 5: the estimate changed. Sub-tasks do not count." } }
}

fn table(items: &[SprintItem], part: Option<&Part>) -> Markup {
    let by_discipline = items.iter().any(|item| item.discipline != UNASSIGNED);
    html! {
        table.items {
            thead {
                tr {
                    th scope="col" { "Issue" }
                    th.wide scope="col" { "Summary" }
                    th scope="col" { "Type" }
                    @if by_discipline { th scope="col" { "Discipline" } }
                    @if part.is_some() { th scope="col" { "Outcome" } }
                    th.amount scope="col" { "Estimate" }
                    @if let Some(part) = part { th.amount scope="col" { (part.words) } }
                    th scope="col" { "Done" }
                    th scope="col" { "Marks" }
                }
            }
            tbody {
                @for item in items {
                    tr data-key=(item.issue_id) data-issue=(item.issue_id) data-counted=(item.counted) {
                        (cells(item, part, by_discipline))
                    }
                }
            }
        }
    }
}

fn cells(item: &SprintItem, part: Option<&Part>, by_discipline: bool) -> Markup {
    html! {
        th scope="row" {
            span.key { (user_text(&item.issue_key)) }
            @if item.added == Some(true) { span.added { "*" span.hidden { " came into scope after the start" } } }
        }
        td.wide { (long_text(&item.summary)) }
        td { (user_text(&item.issue_type)) }
        @if by_discipline {
            td { (user_text(&item.discipline)) span.below.quiet { (user_text(&item.discipline_rule)) } }
        }
        @if part.is_some() { td { (chip(item.outcome.as_str(), words::outcome(item.outcome))) } }
        td.amount { (estimate(item)) }
        @if let Some(part) = part { td.amount { (number("share_points", part.share(item))) } }
        td { (time_or(item.done_at, "–")) }
        td { (marks(item)) }
    }
}

fn estimate(item: &SprintItem) -> Markup {
    let text = |points| Amount::Points(points).text().unwrap_or_else(|| "none".to_owned());
    let (first, last) = (item.initial_points, item.final_points);
    // Without a history nothing is known of the first estimate.
    let changed = item.committed.is_some() && first != last;
    html! {
        @if changed { (text(first)) span aria-hidden="true" { " → " } span.hidden { " at first, then " } }
        span data-number="final_points" data-unit="points"
            data-value=(last.map_or_else(|| "null".to_owned(), |points| points.to_string())) { (text(last)) }
    }
}

fn marks(item: &SprintItem) -> Markup {
    // A changed estimate is shown as such.
    let shown = item.marks.split(' ').filter(|mark| !mark.is_empty() && *mark != "reestimated");
    html! {
        @if item.subtask { (chip("subtask", "sub-task, not counted")) " " }
        @for mark in shown { (chip("mark", words::mark(mark))) " " }
    }
}
