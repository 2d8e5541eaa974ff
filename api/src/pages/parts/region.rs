//! Tables that scroll by themselves where they are wider than the page.

use maud::{Markup, html};

use crate::pages::address::Address;

/// A table's region, which the keyboard can scroll. Its label names the table.
pub(in crate::pages) fn region(label: &str, table: &Markup) -> Markup {
    html! {
        div.region role="region" aria-label=(label) tabindex="0" { (table) }
    }
}

/// Where spreadsheets get the same numbers.
pub(in crate::pages) fn download(what: &str, table: &Address) -> Markup {
    html! {
        a.download href=(table) download { "CSV" span.hidden { " of " (what) } }
    }
}
