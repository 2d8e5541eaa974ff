//! Addresses of pages and resources, with their parameters.

use std::collections::BTreeMap;
use std::fmt;

use tidemark_model::facts::BoardSprint;
use tidemark_processors::explain::{Number, Unit};

use super::asked::Asked;

/// A path with parameters, which come in the order of their names: one question has one address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address {
    path: String,
    parameters: BTreeMap<String, String>,
    fragment: Option<&'static str>,
}

impl Address {
    pub(super) fn new(path: impl Into<String>) -> Self {
        Self { path: path.into(), parameters: BTreeMap::new(), fragment: None }
    }

    /// The page of a board, by its id (`source/native-id`).
    pub(super) fn board(board_id: &str) -> Self {
        Self::new(format!("/boards/{}", segments(board_id)))
    }

    /// The page of a sprint as a board shows it.
    pub(super) fn sprint(sprint_id: &str, board_id: &str) -> Self {
        Self::new(format!("/sprints/{}", segments(sprint_id))).with("board", board_id)
    }

    /// The page that explains a number of a sprint, in this unit where it has it.
    pub(super) fn explain(sprint: &BoardSprint, number: Number, unit: Unit) -> Self {
        Self::new(format!("/sprints/{}/explain", segments(&sprint.sprint_id)))
            .with("board", &sprint.board_id)
            .with("number", number.as_str())
            .with("unit", number.in_unit(unit).as_str())
    }

    /// Where a program gets the same thing: `/api/v1`, this path, and the name of a part.
    pub(super) fn resource(&self, part: &str) -> Self {
        let separator = if part.is_empty() { "" } else { "/" };
        let resource = Self::new(format!("{}{}{separator}{part}", crate::rest::ROOT, self.path));
        match self.parameters.get("board") {
            Some(board) => resource.with("board", board),
            None => resource,
        }
    }

    /// The same as a table for spreadsheets.
    pub(super) fn table(&self, part: &str) -> Self {
        self.resource(part).with("format", "csv")
    }

    /// This address with the parameters that were asked.
    #[must_use]
    pub(super) fn asked(mut self, asked: &Asked) -> Self {
        let given = asked.iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        self.parameters.extend(given);
        self
    }

    /// With this value of a parameter, whatever it was before; none where it is empty.
    #[must_use]
    pub(super) fn with(mut self, name: &str, value: &str) -> Self {
        if value.is_empty() {
            self.parameters.remove(name);
        } else {
            self.parameters.insert(name.to_owned(), value.to_owned());
        }
        self
    }

    #[must_use]
    pub(super) fn without(self, name: &str) -> Self {
        self.with(name, "")
    }

    /// At the element with this id.
    #[must_use]
    pub(super) fn at(mut self, fragment: &'static str) -> Self {
        self.fragment = Some(fragment);
        self
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)?;
        for (position, (name, value)) in self.parameters.iter().enumerate() {
            let separator = if position == 0 { '?' } else { '&' };
            write!(f, "{separator}{}={}", encoded(name), encoded(value))?;
        }
        match self.fragment {
            Some(fragment) => write!(f, "#{fragment}"),
            None => Ok(()),
        }
    }
}

impl maud::Render for Address {
    fn render_to(&self, buffer: &mut String) {
        self.to_string().render_to(buffer);
    }
}

/// An id as two segments of a path.
fn segments(id: &str) -> String {
    let (source, native) = id.split_once('/').unwrap_or((id, ""));
    format!("{}/{}", encoded(source), encoded(native))
}

/// Percent-encodes all but what is plain everywhere in an address.
fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                encoded.push(char::from(byte));
            }
            other => encoded.push_str(&format!("%{other:02X}")),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::Address;

    #[test]
    fn ids_and_values_cannot_leave_their_place() {
        let address = Address::sprint("acme/1?x#y/z", "acme/\"&<").with("show", "").at("items");
        assert_eq!(address.to_string(), "/sprints/acme/1%3Fx%23y%2Fz?board=acme%2F%22%26%3C#items");
        let table = address.table("ledger").to_string();
        assert_eq!(table, "/api/v1/sprints/acme/1%3Fx%23y%2Fz/ledger?board=acme%2F%22%26%3C&format=csv");
        assert_eq!(Address::new("/").with("q", "a b").without("q").to_string(), "/");
    }
}
