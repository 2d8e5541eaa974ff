//! Text that people typed in a source: of any length, in any direction, never markup.

use maud::{Markup, html};

use crate::pages::address::Address;

/// Longer texts are folded.
const FOLDED_FROM: usize = 140;

/// Longer headings are smaller.
const LONG_TITLE: usize = 80;

/// How much of a folded text is shown.
const SHOWN: usize = 110;

/// Text from a source, in the direction of its own letters.
pub(in crate::pages) fn user_text(text: &str) -> Markup {
    html! { span.text dir="auto" { (text) } }
}

/// Text from a source that may be very long: it can be unfolded.
pub(in crate::pages) fn long_text(text: &str) -> Markup {
    if text.chars().count() <= FOLDED_FROM {
        return user_text(text);
    }
    let start: String = text.chars().take(SHOWN).collect();
    html! {
        details.folded {
            summary { span.text dir="auto" { (start) "…" } }
            p.text dir="auto" { (text) }
        }
    }
}

/// A link under a name from a source: as much of it as two lines hold, all of it where it leads to.
pub(in crate::pages) fn name_link(name: &str, to: &Address) -> Markup {
    html! { a.clamp href=(to) title=(name) dir="auto" { (name) } }
}

/// A name from a source as the heading of a page, whole.
pub(in crate::pages) fn title(name: &str) -> Markup {
    html! { h1 dir="auto" data-long[name.chars().count() > LONG_TITLE] { (name) } }
}

/// A word in a frame, such as a state.
pub(in crate::pages) fn chip(class: &str, word: &str) -> Markup {
    html! { span.chip data-kind=(class) { (word) } }
}
