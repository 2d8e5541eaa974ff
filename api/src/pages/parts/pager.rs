//! Long lists, page by page.

use maud::{Markup, html};

use crate::pages::address::Address;

/// Which part of a list is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::pages) struct Pages {
    /// From 1 for the first.
    pub(in crate::pages) page: i64,
    pub(in crate::pages) size: i64,
    pub(in crate::pages) total: i64,
}

impl Pages {
    /// The asked page, or the last one where the list is shorter.
    pub(in crate::pages) fn new(asked: i64, size: i64, total: i64) -> Self {
        let pages = Self { page: asked, size, total };
        Self { page: asked.clamp(1, pages.last()), ..pages }
    }

    /// The number of the last page.
    pub(in crate::pages) fn last(self) -> i64 {
        ((self.total + self.size - 1) / self.size).max(1)
    }

    /// How many rows come before the page.
    pub(in crate::pages) fn offset(self) -> i64 {
        (self.page - 1) * self.size
    }

    /// The rows of the page.
    pub(in crate::pages) fn of<T>(self, rows: &[T]) -> &[T] {
        let place = |number: i64| usize::try_from(number).unwrap_or(usize::MAX).min(rows.len());
        &rows[place(self.offset())..place(self.offset() + self.size)]
    }
}

/// Links to the pages of a list; nothing where there is one page only. The parameter `name` holds the page's number.
pub(in crate::pages) fn pager(pages: Pages, list: &str, name: &str, here: &Address) -> Markup {
    let last = pages.last();
    if last == 1 {
        return html! {};
    }
    let to = |page: i64| here.clone().with(name, &if page == 1 { String::new() } else { page.to_string() });
    html! {
        nav.pager aria-label={ "Pages of " (list) } {
            @if pages.page > 1 { a href=(to(pages.page - 1)) rel="prev" { "Previous" } }
            @for page in near(pages.page, last) {
                @match page {
                    Some(page) => a href=(to(page)) aria-current=[(page == pages.page).then_some("page")] {
                        span.hidden { "Page " } (page)
                    },
                    None => span.gap aria-hidden="true" { "…" },
                }
            }
            @if pages.page < last { a href=(to(pages.page + 1)) rel="next" { "Next" } }
        }
    }
}

/// The first and last page, those near the shown one, and gaps between.
fn near(page: i64, last: i64) -> Vec<Option<i64>> {
    let mut shown: Vec<i64> =
        (page - 1..=page + 1).chain([1, last]).filter(|at| (1..=last).contains(at)).collect();
    shown.sort_unstable();
    shown.dedup();
    let mut pages = Vec::new();
    for (position, at) in shown.iter().enumerate() {
        if position > 0 && shown[position - 1] + 1 < *at {
            pages.push(None);
        }
        pages.push(Some(*at));
    }
    pages
}

#[cfg(test)]
mod tests {
    use super::{Pages, near};

    #[test]
    fn pages_stay_within_the_list() {
        let pages = Pages::new(9, 50, 120);
        assert_eq!((pages.page, pages.offset(), pages.last()), (3, 100, 3));
        assert_eq!(pages.of(&[0; 120]).len(), 20);
        let none = Pages::new(1, 50, 0);
        assert_eq!((none.page, none.last()), (1, 1));
        assert!(none.of::<u8>(&[]).is_empty());
    }

    #[test]
    fn far_pages_are_a_gap() {
        assert_eq!(near(5, 9), [Some(1), None, Some(4), Some(5), Some(6), None, Some(9)]);
        assert_eq!(near(1, 2), [Some(1), Some(2)]);
    }
}
