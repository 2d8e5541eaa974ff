//! Which partition a row lies in: the same everywhere, for as long as a log's generation lasts.

use tidemark_model::{Key, Row};
use xxhash_rust::xxh3::xxh3_64;

use crate::store::Table;

/// What a log must know of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TableSpec {
    pub name: Table,
    /// How many leading parts of a key decide the partition.
    pub place: usize,
}

impl TableSpec {
    /// The table of a type of rows.
    pub fn of<R: Row>() -> Self {
        Self { name: R::TABLE, place: R::PLACE }
    }

    /// The partition of a key, of so many.
    pub fn partition(&self, key: &Key, partitions: u32) -> u32 {
        partition(key, self.place, partitions)
    }
}

/// The partition, of so many, of the first `place` parts of a key; a key that has fewer parts counts whole.
///
/// XXH3 of the parts' bytes, modulo the partitions: a change of this function is a new generation of every log.
pub fn partition(key: &Key, place: usize, partitions: u32) -> u32 {
    let placed = key.prefix(place);
    let hash = xxh3_64(placed.as_ref().unwrap_or(key).as_bytes());
    // What is left is smaller than the number of partitions, which is a `u32`.
    u32::try_from(hash % u64::from(partitions.max(1))).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use tidemark_model::Key;

    use super::partition;

    #[test]
    fn rows_of_one_place_lie_together_and_logs_are_found_again() {
        let board = Key::of(["acme", "12"]);
        for key in [Key::of(["acme", "12", "7"]), Key::of(["acme", "12", "8", "x"])] {
            assert_eq!(partition(&key, 2, 64), partition(&board, 2, 64), "{key}");
        }
        assert_eq!(partition(&Key::of(["acme"]), 2, 1), 0);
        // Numbers that logs have been written with.
        let found: Vec<u32> =
            ["1", "2", "3", "4"].iter().map(|id| partition(&Key::of(["acme", id]), 2, 64)).collect();
        assert_eq!(found, [53, 41, 36, 34]);
    }

    #[test]
    fn keys_spread_over_all_partitions() {
        let mut counts = [0_u32; 8];
        for id in 0..8000 {
            counts[partition(&Key::of(["acme", &id.to_string()]), 2, 8) as usize] += 1;
        }
        assert!(counts.iter().all(|count| (800..1200).contains(count)), "{counts:?}");
    }
}
