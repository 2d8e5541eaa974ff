//! Charts: room for a script to draw into, the numbers to draw, a key, and the same numbers as a table.

use maud::{Markup, PreEscaped, html};
use serde::Serialize;

/// A chart with what belongs to it.
pub(in crate::pages) struct Figure<'a> {
    /// The script's name for the chart.
    pub(in crate::pages) kind: &'static str,
    /// What the chart shows, in a sentence.
    pub(in crate::pages) label: &'a str,
    pub(in crate::pages) data: Markup,
    /// What its lines mean.
    pub(in crate::pages) keys: Markup,
    /// The same numbers as a table.
    pub(in crate::pages) table: Markup,
}

impl Figure<'_> {
    pub(in crate::pages) fn render(&self) -> Markup {
        let help = "Arrow keys move along the chart; the table below has the same numbers.";
        html! {
            figure.chart data-chart=(self.kind) {
                ul.keys aria-label="Key" { (self.keys) }
                div.plot data-keep role="group" tabindex="0" aria-label={ (self.label) " " (help) } {}
                p.plot-words data-keep role="status" aria-live="polite" {}
                (self.data)
                noscript { p.quiet { "The chart is drawn by a script; the table has the same numbers." } }
                details.behind { summary { "The numbers as a table" } (self.table) }
            }
        }
    }
}

/// The numbers for the script: JSON in which nothing can end the element.
pub(in crate::pages) fn data(numbers: &impl Serialize) -> Markup {
    let json = serde_json::to_string(numbers).unwrap_or_else(|_| "null".to_owned());
    html! {
        script type="application/json" { (PreEscaped(json.replace('<', "\\u003c"))) }
    }
}

/// What a line of a chart means; the chart takes its colour from here.
pub(in crate::pages) fn key(name: &str, words: &str) -> Markup {
    html! {
        li { span.swatch data-key=(name) aria-hidden="true" {} (words) }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn numbers_for_scripts_cannot_end_their_element() {
        let markup = super::data(&["</script><script>alert(1)</script>", "<!--"]).into_string();
        assert_eq!(markup.matches('<').count(), 2, "the element's own tags: {markup}");
        let json = markup.split_once('>').unwrap().1.rsplit_once('<').unwrap().0;
        let read: Vec<String> = serde_json::from_str(json).unwrap();
        assert_eq!(read[0], "</script><script>alert(1)</script>");
    }
}
