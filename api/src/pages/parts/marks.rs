//! What to know before trusting numbers: in full beside a report, in words where many reports stand together.

use maud::{Markup, html};

use super::{chip, user_text};
use crate::pages::words;
use crate::quality::Mark;

/// Each mark with what it means here.
pub(in crate::pages) fn mark_notices(marks: &[Mark]) -> Markup {
    html! {
        @for mark in marks {
            p.notice data-mark=(mark.mark) { strong { (words::mark(&mark.mark)) } " " (user_text(&mark.detail)) }
        }
    }
}

/// The marks as words; the report itself says more.
pub(in crate::pages) fn mark_chips(marks: &[Mark]) -> Markup {
    html! {
        @if !marks.is_empty() {
            ul.chips aria-label="To know before trusting the numbers" {
                @for mark in marks { li { (chip("mark", words::mark(&mark.mark))) } }
            }
        }
    }
}
