//! The report as the equation that it is: what was committed and what came of it.

use maud::{Markup, html};
use tidemark_model::facts::SprintReport;
use tidemark_processors::explain::Number;

use super::View;
use super::part::{PARTS, Part, TERMS};
use super::predictability::predictability;
use crate::pages::parts::{Amount, Unit, linked, number, progress, switch};

/// What stands before each term.
const SIGNS: [(&str, &str); TERMS] =
    [("", ""), ("+", "plus"), ("−", "minus"), ("+", "plus"), ("=", "equals"), ("=", "equals"), ("+", "plus")];

const READ_OUT: &str = "Committed plus added minus removed plus re-estimated is the final scope, which is \
completed plus not completed";

pub(super) fn section(view: &View) -> Markup {
    html! {
        section.report aria-labelledby="report" {
            div.section-head {
                h2 id="report" { "Report" }
                div.tools { (unit_switch(view)) }
            }
            div.live data-live="report" {
                @match &view.shown.report {
                    None => div.empty { p { "The report is not computed yet." } },
                    Some(_) if view.shown.sprint.state == "future" => {
                        p.quiet { "The sprint has not started: there are no numbers yet, only what is planned." }
                    }
                    Some(report) => (numbers(view, report)),
                }
            }
        }
    }
}

fn unit_switch(view: &View) -> Markup {
    let to = |unit: &str| view.here.clone().with("unit", unit);
    let views = [("Points", to("")), ("Issues", to("issues"))];
    switch("Unit", &views, if view.unit == Unit::Points { "Points" } else { "Issues" })
}

fn numbers(view: &View, report: &SprintReport) -> Markup {
    let completed = Amount::of(view.unit, report.completed_points, report.completed_issues);
    let scope = Amount::of(view.unit, report.final_scope_points, report.final_scope_issues);
    html! {
        ol.equation aria-label=(READ_OUT) {
            @for (part, sign) in PARTS.iter().zip(SIGNS) { (term(view, report, part, sign)) }
        }
        @if report.committed_points.is_none() {
            p.quiet {
                "Unknown: history missing. What was committed, added, removed and re-estimated cannot be told "
                "without a change history; it is not zero."
            }
        }
        @if view.unit == Unit::Issues {
            p.quiet { "Re-estimated issues stay in scope, so they are no term of the sum in issues." }
        }
        (progress(completed, scope))
        (besides(view, report))
        (predictability(view, report))
    }
}

/// What the equation leaves out.
fn besides(view: &View, report: &SprintReport) -> Markup {
    html! {
        dl.facts.ratios {
            @for part in &PARTS[TERMS..] {
                (fact(part.words, &linked_number(view, part, part.issues_name, part.issues(report)), ""))
            }
            @for (to, name, words, points) in [
                (
                    Number::ReestimatedAdded,
                    "reestimated_added_points",
                    "Re-estimated after being added",
                    report.reestimated_added_points,
                ),
                (
                    Number::ReestimatedDone,
                    "reestimated_done_points",
                    "Re-estimated after being done",
                    report.reestimated_done_points,
                ),
            ] {
                (fact(words, &linked(name, Amount::Points(points), "explained", &view.explained(to)), "points"))
            }
        }
    }
}

fn fact(words: &str, number: &Markup, more: &str) -> Markup {
    html! { div { dt { (words) } dd { (number) " " span.quiet { (more) } } } }
}

fn term(view: &View, report: &SprintReport, part: &Part, (sign, spoken): (&str, &str)) -> Markup {
    let points = (part.points_name, part.points(report));
    let issues = (part.issues_name, part.issues(report));
    let (first, second) = if view.unit == Unit::Points { (points, issues) } else { (issues, points) };
    let aside = view.unit == Unit::Issues && part.name == "reestimated";
    html! {
        li.term data-term=(part.name) data-aside[aside]
            aria-current=[(view.asked.text("show") == Some(part.name)).then_some("true")] {
            @if !sign.is_empty() && !aside {
                span.sign aria-hidden="true" { (sign) } span.hidden { (spoken) " " }
            }
            span.term-words { (label(view, part)) }
            span.term-first { (linked_number(view, part, first.0, first.1)) }
            span.term-second { (linked_number(view, part, second.0, second.1)) }
        }
    }
}

/// While a sprint runs its scope is not final.
fn label(view: &View, part: &Part) -> &'static str {
    match part.name {
        "final_scope" if view.shown.sprint.state == "active" => "Scope now",
        _ => part.words,
    }
}

fn linked_number(view: &View, part: &Part, name: &str, amount: Amount) -> Markup {
    let to = view.here.clone().with("show", part.name).without("discipline").without("items_page");
    html! {
        a.number-link href=(to.at("items")) {
            (number(name, amount)) " " span.unit { (amount.unit()) }
            span.hidden { ": " (part.words.to_lowercase()) }
        }
    }
}
