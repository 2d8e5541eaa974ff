//! How rows lie in a store: JSON, compressed with zstd where that pays. Both tell themselves apart by their first bytes.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use zstd::bulk::{Compressor, Decompressor};

/// Rows shorter than this stay plain: a zstd frame would save little.
const PLAIN_BYTES: usize = 256;
/// For rows that can be computed again: the fast levels below zero leave out the entropy coding, which costs more time
/// on small rows than all the rest.
const FAST: i32 = -3;
/// For rows that are kept for good.
const TIGHT: i32 = 3;
/// The first bytes of every zstd frame.
const MAGIC: [u8; 4] = [0x28, 0xB5, 0x2F, 0xFD];
/// Larger than any row that is accepted: guards against a damaged length.
const LARGEST_ROW_BYTES: usize = 1 << 30;

thread_local! {
    static COMPRESSORS: RefCell<BTreeMap<i32, Compressor<'static>>> = const { RefCell::new(BTreeMap::new()) };
    static DECOMPRESSOR: RefCell<Option<Decompressor<'static>>> = const { RefCell::new(None) };
}

/// Compresses JSON where it pays, quickly; what is compressed already stays as it is.
pub fn pack(json: Vec<u8>) -> Vec<u8> {
    pack_at(FAST, json)
}

/// Compresses JSON that is kept for good.
pub fn pack_tight(json: Vec<u8>) -> Vec<u8> {
    pack_at(TIGHT, json)
}

fn pack_at(level: i32, json: Vec<u8>) -> Vec<u8> {
    if json.len() < PLAIN_BYTES || json.starts_with(&MAGIC) {
        return json;
    }
    let packed = COMPRESSORS.with_borrow_mut(|compressors| {
        let compressor = match compressors.entry(level) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(slot) => slot.insert(Compressor::new(level).ok()?),
        };
        compressor.compress(&json).ok()
    });
    packed.filter(|packed| packed.len() < json.len()).unwrap_or(json)
}

/// Gives the JSON back.
pub fn unpack(bytes: &[u8]) -> Result<Vec<u8>, String> {
    if !bytes.starts_with(&MAGIC) {
        return Ok(bytes.to_vec());
    }
    let size = zstd::zstd_safe::get_frame_content_size(bytes)
        .ok()
        .flatten()
        .ok_or("a zstd frame without a length")?;
    let size =
        usize::try_from(size).ok().filter(|size| *size <= LARGEST_ROW_BYTES).ok_or("an impossible length")?;
    DECOMPRESSOR.with_borrow_mut(|slot| {
        if slot.is_none() {
            *slot = Decompressor::new().ok();
        }
        let decompressor = slot.as_mut().ok_or("no memory for zstd")?;
        decompressor.decompress(bytes, size).map_err(|error| error.to_string())
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{pack, unpack};

    proptest! {
        #[test]
        fn what_was_packed_comes_back(text in "[a-z \"]{0,2000}") {
            let json = serde_json::to_vec(&text).unwrap();
            let packed = pack(json.clone());
            prop_assert!(packed.len() <= json.len());
            prop_assert_eq!(pack(packed.clone()), packed.clone());
            prop_assert_eq!(unpack(&packed).unwrap(), json);
        }
    }

    #[test]
    fn a_damaged_frame_is_an_error() {
        let mut packed = pack(serde_json::to_vec(&"tide ".repeat(200)).unwrap());
        packed.truncate(packed.len() - 3);
        assert!(unpack(&packed).is_err());
    }
}
