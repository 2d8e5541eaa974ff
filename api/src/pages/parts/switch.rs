//! A choice between a few views of one thing, each with an address of its own.

use maud::{Markup, html};

use crate::pages::address::Address;

/// The views by their names; the chosen one is marked.
pub(in crate::pages) fn switch(label: &str, views: &[(&str, Address)], chosen: &str) -> Markup {
    html! {
        nav.switch aria-label=(label) {
            @for (name, to) in views {
                a href=(to) aria-current=[(*name == chosen).then_some("true")] { (name) }
            }
        }
    }
}
