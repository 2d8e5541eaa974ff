//! How two statements about the same thing become one: by rules that commute and repeat harmlessly.

use serde_json::value::RawValue;
use tidemark_connectors::jira::split::KeptChangelog;
use tidemark_model::raw::{Raw, RawPart};

/// What is to be kept of a stored statement and a new one under the same key.
pub fn merge(stored: Raw, new: Raw) -> Raw {
    match new.part {
        RawPart::Changelog => union(stored, new),
        RawPart::Snapshot | RawPart::Estimate | RawPart::Embedded => greatest(stored, new),
        // The key tells distinct statements apart, so these two say the same.
        RawPart::Gone | RawPart::Statement => stored,
    }
}

/// Version, then completeness, then bytes: a total order, so that the order of arrival does not matter.
fn greatest(stored: Raw, new: Raw) -> Raw {
    fn rank(raw: &Raw) -> (tidemark_model::Timestamp, u8, &str) {
        (raw.at, raw.completeness, raw.payload.get())
    }
    if rank(&new) > rank(&stored) { new } else { stored }
}

/// The union by history id; of two texts of one history the greater stays.
fn union(stored: Raw, new: Raw) -> Raw {
    if stored.payload.get() == new.payload.get() {
        return if new.at > stored.at { new } else { stored };
    }
    let merged = merged_payload(stored.payload.get(), new.payload.get());
    let at = stored.at.max(new.at);
    let completeness = stored.completeness.max(new.completeness);
    match merged {
        Some(payload) => Raw { at, completeness, payload, ..stored },
        // One of them is no changelog: neither can be lost, so the order of bytes decides.
        None => greatest(stored, new),
    }
}

fn merged_payload(stored: &str, new: &str) -> Option<Box<RawValue>> {
    let mut kept: KeptChangelog<'_> = serde_json::from_str(stored).ok()?;
    let added: KeptChangelog<'_> = serde_json::from_str(new).ok()?;
    for (id, history) in added.histories {
        let known = kept.histories.entry(id).or_insert(history);
        if history.get() > known.get() {
            *known = history;
        }
    }
    kept.total = kept.total.max(added.total);
    serde_json::value::to_raw_value(&kept).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::value::RawValue;
    use tidemark_model::Timestamp;
    use tidemark_model::raw::{Raw, RawKind, RawPart};

    use super::merge;

    fn raw(part: RawPart, at: i64, payload: String) -> Raw {
        Raw {
            source: "acme".to_owned(),
            kind: RawKind::Issue,
            id: "1".to_owned(),
            part,
            variant: String::new(),
            at: Timestamp(at),
            completeness: 0,
            payload: RawValue::from_string(payload).unwrap(),
        }
    }

    fn statements() -> impl Strategy<Value = Vec<Raw>> {
        let snapshot = (0..4_i64, 0..3_u8)
            .prop_map(|(at, value)| raw(RawPart::Snapshot, at, format!("{{\"v\":{value}}}")));
        let changelog = (0..3_i64, proptest::collection::btree_map(0..6_i64, 0..2_u8, 0..4), 0..6_u64);
        let changelog = changelog.prop_map(|(at, histories, total)| {
            let histories: Vec<String> =
                histories.iter().map(|(id, v)| format!("\"{id}\":{{\"v\":{v}}}")).collect();
            raw(
                RawPart::Changelog,
                at,
                format!("{{\"total\":{total},\"histories\":{{{}}}}}", histories.join(",")),
            )
        });
        prop_oneof![
            proptest::collection::vec(snapshot, 1..6).boxed(),
            proptest::collection::vec(changelog, 1..6).boxed()
        ]
    }

    fn all(statements: impl IntoIterator<Item = Raw>) -> Raw {
        statements.into_iter().reduce(merge).unwrap()
    }

    proptest! {
        #[test]
        fn order_and_repetition_change_nothing(statements in statements(), seed in any::<u64>()) {
            let expected = all(statements.clone());
            let mut shuffled = [statements.clone(), statements].concat();
            let length = shuffled.len() as u64;
            for index in 0..shuffled.len() {
                let other = (seed.rotate_left(index as u32) % length) as usize;
                shuffled.swap(index, other);
            }
            prop_assert_eq!(all(shuffled), expected);
        }
    }

    #[test]
    fn a_history_that_only_one_of_them_holds_stays() {
        let old = raw(RawPart::Changelog, 1, r#"{"total":2,"histories":{"1":{},"2":{}}}"#.to_owned());
        let new = raw(RawPart::Changelog, 2, r#"{"total":3,"histories":{"3":{}}}"#.to_owned());
        assert_eq!(merge(old, new).payload.get(), r#"{"total":3,"histories":{"1":{},"2":{},"3":{}}}"#);
    }
}
