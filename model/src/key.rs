//! Keys: bytes that sort, made of text parts, so that a group of rows is a prefix.

use std::fmt;

use xxhash_rust::xxh3::xxh3_128;

/// The longest part in bytes: stores take keys of 64 KiB, and whoever writes an id may make it as long as they like.
const LONGEST_PART: usize = 4096;

/// Ends each part, so that a prefix of whole parts never matches half of a longer part.
const END: u8 = 0;

/// The key of a row: text parts in the order of their meaning (source first), each ended by a zero byte.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(Vec<u8>);

impl Key {
    /// The key of these parts. Zero bytes inside a part are left out: they would end it.
    pub fn of<const N: usize>(parts: [&str; N]) -> Self {
        let mut key = Self(Vec::with_capacity(parts.iter().map(|part| part.len() + 1).sum()));
        for part in parts {
            key.push(part);
        }
        key
    }

    /// Adds a part at the end. Of a part that is too long stays the beginning, and a hash that tells it from others.
    pub fn push(&mut self, part: &str) {
        if part.len() > LONGEST_PART {
            let beginning = &part[..part.floor_char_boundary(LONGEST_PART - 64)];
            return self.push(&format!("{beginning}…{:032x}", xxh3_128(part.as_bytes())));
        }
        self.0.extend(part.bytes().filter(|byte| *byte != END));
        self.0.push(END);
    }

    /// A key read back from a store.
    pub fn from_bytes(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into())
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The parts, first to last; a part that is no UTF-8 reads as empty.
    pub fn parts(&self) -> impl Iterator<Item = &str> {
        let body = self.0.strip_suffix(&[END]).unwrap_or(&self.0);
        body.split(|byte| *byte == END).map(|part| std::str::from_utf8(part).unwrap_or_default())
    }

    /// The part at `index`, or nothing where the key is shorter.
    pub fn part(&self, index: usize) -> Option<&str> {
        self.parts().nth(index)
    }

    /// The key of the first `count` parts, or nothing where there are fewer.
    pub fn prefix(&self, count: usize) -> Option<Key> {
        let mut seen = 0;
        let end = self.0.iter().position(|byte| {
            seen += usize::from(*byte == END);
            seen == count
        })?;
        Some(Self(self.0[..=end].to_vec()))
    }

    pub fn starts_with(&self, prefix: &Key) -> bool {
        self.0.starts_with(&prefix.0)
    }
}

impl AsRef<[u8]> for Key {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, part) in self.parts().enumerate() {
            if index > 0 {
                f.write_str("/")?;
            }
            f.write_str(part)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::Key;

    #[test]
    fn a_prefix_of_whole_parts_never_matches_half_a_part() {
        let key = Key::of(["acme", "12", "7"]);
        assert!(key.starts_with(&Key::of(["acme", "12"])));
        assert!(!key.starts_with(&Key::of(["acme", "1"])));
        assert_eq!(key.prefix(2), Some(Key::of(["acme", "12"])));
        assert_eq!(key.prefix(4), None);
        assert_eq!(key.part(2), Some("7"));
        assert_eq!(key.to_string(), "acme/12/7");
    }

    #[test]
    fn a_part_that_is_too_long_is_cut_and_still_told_from_others() {
        let long = |last: &str| Key::of(["acme", &format!("{}{last}", "ä".repeat(50_000)), "7"]);
        assert!(long("1").as_bytes().len() < 5000);
        assert_ne!(long("1"), long("2"));
        assert_eq!(long("1").part(2), Some("7"));
        let again = long("1").part(1).map(|part| Key::of(["acme", part, "7"]));
        assert_eq!(again, Some(long("1")), "what is cut is not cut again");
    }

    #[test]
    fn a_zero_byte_in_a_part_cannot_forge_a_boundary() {
        assert_eq!(Key::of(["a\0b", "c"]), Key::of(["ab", "c"]));
    }
}
