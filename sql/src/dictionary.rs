//! The data dictionary: what every view and column means, from the facts' own documentation.

use std::fmt::Write as _;

use crate::catalogue::kind_name;
use crate::views::{VIEWS, View};

/// The dictionary as Markdown.
pub fn dictionary() -> String {
    let mut text = String::from(
        "# Data dictionary\n\n\
         The views that `tidemark query` and `tidemark export` know, and their columns. A view's name stands for its\n\
         meaning: what `v1_` says stays as it is. This page is made from the program's own definitions.\n\n\
         Instants are UTC with milliseconds; points are exact to a millionth; ids read `source/native-id`.\n",
    );
    for view in VIEWS {
        section(view, &mut text);
    }
    text
}

fn section(view: &View, text: &mut String) {
    let key: Vec<String> = view.key().iter().map(|column| format!("`{column}`")).collect();
    let doc = view.doc().trim().replace("  ", " ");
    // Writing to a string cannot fail.
    write!(text, "\n## {}\n\n{doc}\n\nKey: {}.\n\n", view.name, key.join(", ")).ok();
    text.push_str("| column | type | null | meaning |\n|---|---|---|---|\n");
    for column in view.columns() {
        let null = if column.nullable { "yes" } else { "no" };
        let doc = column.doc.trim().replace('|', "\\|");
        writeln!(text, "| `{}` | {} | {null} | {doc} |", column.name, kind_name(column.kind)).ok();
    }
}

#[cfg(test)]
mod tests {
    use super::dictionary;

    // Tests run in their package's folder.
    const PAGE: &str = "DICTIONARY.md";

    #[test]
    fn the_page_is_what_the_definitions_say() {
        if std::fs::read_to_string(PAGE).unwrap() != dictionary() {
            std::fs::write(PAGE, dictionary()).unwrap();
            panic!("sql/DICTIONARY.md was out of date and is written anew: read it and commit it");
        }
    }
}
