//! What every page sits in: the head, the navigation, and the line at the bottom that says how fresh it is.

use maud::{DOCTYPE, Markup, html};
use tidemark_model::Timestamp;

use super::address::Address;
use super::assets::address as asset;
use super::parts::time;

/// A part of the product, as the navigation names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Boards,
    Sources,
    Rejected,
}

/// A page without its shell.
#[derive(Debug)]
pub(super) struct Page {
    /// Names the page among others; it may come from a source.
    pub(super) title: String,
    pub(super) place: Place,
    /// Which changes the page is to hear of.
    pub(super) events: Address,
    /// Whether there are charts on it.
    pub(super) charts: bool,
    pub(super) body: Markup,
}

/// What all pages say of the state that they were made from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Standing {
    pub(super) rejected: i64,
    pub(super) made_at: Timestamp,
}

/// The changes that all hear of who name none.
pub(super) fn all_events() -> Address {
    Address::new("/api/v1/events")
}

impl Page {
    pub(super) fn render(self, standing: &Standing) -> Markup {
        html! {
            (DOCTYPE)
            html lang="en" {
                (head(&self.title, self.charts))
                body data-events=(self.events) {
                    a.skip href="#main" { "Skip to the content" }
                    header.top {
                        (brand())
                        (navigation(Some(self.place), Some(standing.rejected)))
                        (theme_switch())
                    }
                    main id="main" tabindex="-1" { (self.body) }
                    footer.bottom {
                        p data-live="updated" { "Updated " (time(standing.made_at)) }
                        p.pulse id="live" role="status" aria-live="polite" data-state="off" {
                            span.dot aria-hidden="true" {}
                            span.pulse-text { "Reload the page for newer numbers" }
                        }
                    }
                }
            }
        }
    }
}

/// A page that is made without the database: it says nothing of rejected records and follows no changes.
pub(super) fn bare(title: &str, navigable: bool, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            (head(title, false))
            body {
                a.skip href="#main" { "Skip to the content" }
                header.top {
                    (brand())
                    @if navigable { (navigation(None, None)) }
                    (theme_switch())
                }
                main.narrow id="main" tabindex="-1" { (body) }
            }
        }
    }
}

fn head(title: &str, charts: bool) -> Markup {
    html! {
        head {
            meta charset="utf-8";
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta name="color-scheme" content="light dark";
            title { (title) " · Tidemark" }
            script src=(asset("theme.js")) {}
            link rel="stylesheet" href=(asset("style.css"));
            link rel="icon" type="image/svg+xml" href=(asset("logo.svg"));
            @if charts {
                link rel="stylesheet" href=(asset("uplot.css"));
                script defer src=(asset("uplot.js")) {}
            }
            script type="module" src=(asset("main.js")) {}
            @if charts { script type="module" src=(asset("charts.js")) {} }
        }
    }
}

fn brand() -> Markup {
    html! {
        a.brand href="/" {
            img src=(asset("logo.svg")) alt="" width="28" height="28";
            span { "Tidemark" }
        }
    }
}

fn navigation(place: Option<Place>, rejected: Option<i64>) -> Markup {
    let current = |of: Place| (place == Some(of)).then_some("page");
    html! {
        nav.places aria-label="Main" data-live="navigation" {
            ul {
                li { a href="/" aria-current=[current(Place::Boards)] { "Boards" } }
                li { a href="/sources" aria-current=[current(Place::Sources)] { "Sources" } }
                li {
                    a href="/rejected" aria-current=[current(Place::Rejected)] {
                        "Rejected"
                        @if let Some(count) = rejected {
                            " "
                            span.badge data-none[count == 0] data-number="rejected" data-unit="records"
                                data-value=(count) { (count) }
                            span.hidden { " records" }
                        }
                    }
                }
            }
        }
    }
}

/// Shown by the script that makes it work.
fn theme_switch() -> Markup {
    html! {
        button.theme type="button" id="theme" hidden {
            span.theme-icon aria-hidden="true" {}
            span.hidden { "Colours: " }
            span.theme-name { "as the system" }
        }
    }
}
