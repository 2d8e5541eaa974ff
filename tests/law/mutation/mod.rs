//! Other states of an organisation: payloads take over parts of one another, histories lose their ends, entities go.

use std::collections::BTreeMap;

use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value};
use tidemark_connectors::jira::split::KeptChangelog;
use tidemark_model::raw::{Raw, RawKind, RawPart};
use tidemark_model::{Key, Row, Timestamp};

/// Random numbers that are the same for the same seed (splitmix64).
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((mixed ^ mixed >> 31) % limit.max(1) as u64).unwrap()
    }

    pub(crate) fn percent(&mut self, chance: usize) -> bool {
        self.below(100) < chance
    }

    pub(crate) fn shuffle<T>(&mut self, values: &mut [T]) {
        for index in (1..values.len()).rev() {
            values.swap(index, self.below(index + 1));
        }
    }

    /// Cuts values into batches at random borders.
    pub(crate) fn batches<T: Clone>(&mut self, values: &[T]) -> Vec<Vec<T>> {
        let mut rest = values;
        let mut batches = Vec::new();
        while !rest.is_empty() {
            let (batch, after) = rest.split_at(1 + self.below(rest.len().min(120)));
            batches.push(batch.to_vec());
            rest = after;
        }
        batches
    }
}

/// Raw rows by key.
pub(crate) type State = BTreeMap<Key, Raw>;

/// What becomes of a raw row: another one, or none.
pub(crate) type Edit = (Key, Option<Raw>);

/// Edits that lead from one state to another, each of another key.
pub(crate) fn edits(state: &State, dice: &mut Dice) -> Vec<Edit> {
    let mut edits = Vec::new();
    for (key, raw) in state {
        // Issues are many, and the tables that all of them depend on few.
        let chance = match raw.kind {
            RawKind::Issue => 25,
            RawKind::Sprint => 40,
            _ => 12,
        };
        if !dice.percent(chance) {
            continue;
        }
        let alike: Vec<&Raw> =
            state.values().filter(|other| (other.kind, other.part) == (raw.kind, raw.part)).collect();
        let donor = alike[dice.below(alike.len())];
        let edit = match dice.below(8) {
            0 => None,
            1 if raw.kind == RawKind::Issue => {
                let gone = gone(raw);
                edits.push((gone.key(), Some(gone)));
                continue;
            }
            2 if raw.part == RawPart::Changelog => Some(without_end(raw, dice)),
            _ => Some(grafted(raw, donor, dice)),
        };
        edits.push((key.clone(), edit));
    }
    edits
}

/// The state after edits.
pub(crate) fn edited(mut state: State, edits: &[Edit]) -> State {
    for (key, raw) in edits {
        match raw {
            Some(raw) => state.insert(key.clone(), raw.clone()),
            None => state.remove(key),
        };
    }
    state
}

fn gone(raw: &Raw) -> Raw {
    // Within the time of most organisations' sprints: ten days before the last thing that was said of it.
    let at = Timestamp(raw.at.0 - 10 * 86_400_000);
    let variant = format!("{:020}", at.0);
    Raw { part: RawPart::Gone, variant, at, payload: RawValue::NULL.to_owned(), ..raw.clone() }
}

/// A changelog that lacks its newest histories, though it says that it is whole.
fn without_end(raw: &Raw, dice: &mut Dice) -> Raw {
    let mut kept: KeptChangelog<'_> = serde_json::from_str(raw.payload.get()).unwrap();
    let left = dice.below(kept.histories.len() + 1);
    while kept.histories.len() > left {
        kept.histories.pop_last();
    }
    kept.total = left as u64;
    Raw { payload: to_raw_value(&kept).unwrap(), ..raw.clone() }
}

/// A payload with some members of another one of its kind.
fn grafted(raw: &Raw, donor: &Raw, dice: &mut Dice) -> Raw {
    let (mut payload, donor) = (value(raw), value(donor));
    if raw.part == RawPart::Changelog {
        payload = donor;
    } else if let (Some(members), Some(others)) =
        (members(raw, &mut payload.clone()), members(raw, &mut donor.clone()))
    {
        let taken = graft(members, others, dice);
        match payload.get_mut("fields").filter(|_| raw.kind == RawKind::Issue) {
            Some(fields) => *fields = Value::Object(taken),
            None => payload = Value::Object(taken),
        }
    }
    Raw { payload: to_raw_value(&payload).unwrap(), ..raw.clone() }
}

fn value(raw: &Raw) -> Value {
    serde_json::from_str(raw.payload.get()).unwrap()
}

fn members(raw: &Raw, payload: &mut Value) -> Option<Map<String, Value>> {
    let found = if raw.kind == RawKind::Issue { payload.get_mut("fields")? } else { payload };
    found.as_object_mut().map(std::mem::take)
}

fn graft(mut members: Map<String, Value>, others: Map<String, Value>, dice: &mut Dice) -> Map<String, Value> {
    let names: Vec<String> =
        members.keys().chain(others.keys()).filter(|name| *name != "id").cloned().collect();
    for name in names {
        if dice.percent(30) {
            match others.get(&name) {
                Some(other) => members.insert(name, other.clone()),
                None => members.remove(&name),
            };
        }
    }
    members
}

/// The deliveries that a state may have come by: each row once or twice, histories in parts, older fields among them.
pub(crate) fn deliveries(state: &State, dice: &mut Dice) -> Vec<Raw> {
    let mut deliveries = Vec::new();
    for raw in state.values() {
        match raw.part {
            RawPart::Changelog => deliveries.extend(parts(raw)),
            RawPart::Snapshot => {
                let mut older = value(raw);
                older["fields"]["summary"] = Value::String("as it was".to_owned());
                let payload = to_raw_value(&older).unwrap();
                deliveries.extend([Raw { at: Timestamp(raw.at.0 - 1), payload, ..raw.clone() }, raw.clone()]);
            }
            RawPart::Estimate | RawPart::Gone | RawPart::Embedded | RawPart::Statement => {
                deliveries.push(raw.clone())
            }
        }
        if dice.percent(20) {
            deliveries.push(raw.clone());
        }
    }
    dice.shuffle(&mut deliveries);
    deliveries
}

/// Two parts of a changelog that have one history in common.
fn parts(raw: &Raw) -> Vec<Raw> {
    let kept: KeptChangelog<'_> = serde_json::from_str(raw.payload.get()).unwrap();
    let middle = kept.histories.len() / 2;
    let part = |from: usize, to: usize| {
        let histories =
            kept.histories.iter().skip(from).take(to - from).map(|(id, history)| (*id, *history)).collect();
        let payload = to_raw_value(&KeptChangelog { total: kept.total, histories }).unwrap();
        Raw { payload, ..raw.clone() }
    };
    vec![part(middle, kept.histories.len()), part(0, (middle + 1).min(kept.histories.len()))]
}
