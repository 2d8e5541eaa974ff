//! What webhooks have shown of issues: of two states that were told, the newer one counts.
//!
//! An issue that is told of again and again, as a bulk change or an automation does it, would otherwise have a row for each
//! time until it is read as a whole, all of which are read whenever it changes. Its histories stay: each says something of its own.

use std::collections::HashMap;

use tidemark_model::raw::{Raw, RawKind, RawPart};
use tidemark_model::{Key, Row, Timestamp};

/// Issues that are remembered.
const REMEMBERED: usize = 100_000;

/// The newest state of each issue that was told lately. What is not remembered stays until the issue is read as a whole.
#[derive(Debug, Default)]
pub(super) struct Shown(HashMap<Key, (Timestamp, Key)>);

impl Shown {
    /// Remembers what these records show, and lists the rows that are not needed any more.
    pub(super) fn older(&mut self, records: &[Raw]) -> Vec<Key> {
        if self.0.len() > REMEMBERED {
            self.0.clear();
        }
        records.iter().filter(|raw| is_state(raw)).filter_map(|raw| self.replaced_by(raw)).collect()
    }

    fn replaced_by(&mut self, raw: &Raw) -> Option<Key> {
        let issue = Key::of([&raw.source, &raw.id]);
        let newest = self.0.get(&issue).map_or(Timestamp(i64::MIN), |(at, _)| *at);
        // Of two at one instant the one that counts is told by what they say.
        (newest < raw.at).then(|| self.0.insert(issue, (raw.at, raw.key())))?.map(|(_, row)| row)
    }
}

/// Whether it is the present fields of an issue, as they were told.
fn is_state(raw: &Raw) -> bool {
    raw.kind == RawKind::Issue && raw.part == RawPart::Snapshot && !raw.variant.is_empty()
}

#[cfg(test)]
mod tests {
    use tidemark_model::raw::{Raw, RawKind, RawPart};
    use tidemark_model::{Row, Timestamp};

    use super::Shown;

    fn told(id: &str, part: RawPart, at: i64, payload: &str) -> Raw {
        Raw {
            source: "acme".to_owned(),
            kind: RawKind::Issue,
            id: id.to_owned(),
            part,
            variant: format!("{at:020}-{payload}"),
            at: Timestamp(at),
            completeness: 0,
            payload: serde_json::from_str(&format!("{payload:?}")).unwrap(),
        }
    }

    #[test]
    fn a_newer_state_takes_the_place_of_an_older_one_of_the_same_issue() {
        let state = |id, at, payload| told(id, RawPart::Snapshot, at, payload);
        let mut shown = Shown::default();
        assert!(shown.older(&[state("1", 5, "a")]).is_empty(), "nothing is known before");
        assert!(shown.older(&[state("2", 6, "b")]).is_empty(), "another issue's");
        assert_eq!(shown.older(&[state("1", 7, "c")]), [state("1", 5, "a").key()]);
        assert!(shown.older(&[state("1", 6, "d")]).is_empty(), "one that came late stays");
        assert!(shown.older(&[state("1", 7, "e")]).is_empty(), "two of one instant stay");
        assert!(shown.older(&[state("1", 7, "c")]).is_empty(), "nor does it replace itself");
        assert_eq!(shown.older(&[state("1", 8, "f")]), [state("1", 7, "c").key()]);
    }

    #[test]
    fn histories_and_whole_states_stay() {
        let mut shown = Shown::default();
        let whole = |at, payload| Raw { variant: String::new(), ..told("1", RawPart::Snapshot, at, payload) };
        for at in 1..4 {
            assert!(shown.older(&[told("1", RawPart::Changelog, at, "a"), whole(at, "b")]).is_empty());
        }
    }
}
