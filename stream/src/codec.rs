//! How rows lie in a store: JSON, plain or compressed where that pays. Their first bytes tell the forms apart.

use std::cell::RefCell;

use zstd::bulk::{Compressor, Decompressor};

/// Rows shorter than this stay plain: compression would save little.
const PLAIN_BYTES: usize = 256;
/// zstd's level for rows that are kept for good.
const TIGHT: i32 = 3;
/// The first bytes of every zstd frame.
const ZSTD: [u8; 4] = [0x28, 0xB5, 0x2F, 0xFD];
/// The first byte of an LZ4 block, before its decompressed length in four bytes. No JSON begins so.
const LZ4: u8 = 1;
/// Larger than any row that is accepted: guards against a damaged length.
const LARGEST_ROW_BYTES: usize = 1 << 30;

thread_local! {
    static COMPRESSOR: RefCell<Option<Compressor<'static>>> = const { RefCell::new(None) };
    static DECOMPRESSOR: RefCell<Option<Decompressor<'static>>> = const { RefCell::new(None) };
}

fn is_packed(bytes: &[u8]) -> bool {
    bytes.starts_with(&ZSTD) || bytes.starts_with(&[LZ4])
}

/// Compresses JSON that can be computed again where it pays, quickly: with LZ4, which takes a third of the time of any
/// level of zstd on rows this small. What is compressed already stays as it is.
pub fn pack(json: Vec<u8>) -> Vec<u8> {
    if json.len() < PLAIN_BYTES || is_packed(&json) {
        return json;
    }
    let Ok(length) = u32::try_from(json.len()) else { return json };
    let mut packed = vec![0; 5 + lz4_flex::block::get_maximum_output_size(json.len())];
    packed[0] = LZ4;
    packed[1..5].copy_from_slice(&length.to_le_bytes());
    match lz4_flex::block::compress_into(&json, &mut packed[5..]) {
        Ok(size) if 5 + size < json.len() => {
            packed.truncate(5 + size);
            packed
        }
        _ => json,
    }
}

/// Compresses JSON that is kept for good, with zstd.
pub fn pack_tight(json: Vec<u8>) -> Vec<u8> {
    if json.len() < PLAIN_BYTES || is_packed(&json) {
        return json;
    }
    let packed = COMPRESSOR.with_borrow_mut(|slot| {
        if slot.is_none() {
            *slot = Compressor::new(TIGHT).ok();
        }
        slot.as_mut()?.compress(&json).ok()
    });
    packed.filter(|packed| packed.len() < json.len()).unwrap_or(json)
}

/// The same row in a form that other programs can read as well: JSON or zstd, since LZ4 blocks are only read here.
pub fn readable(bytes: Vec<u8>) -> Result<Vec<u8>, String> {
    if bytes.starts_with(&[LZ4]) { unpack(&bytes) } else { Ok(bytes) }
}

/// Gives the JSON back.
pub fn unpack(bytes: &[u8]) -> Result<Vec<u8>, String> {
    if bytes.starts_with(&ZSTD) {
        return unpack_zstd(bytes);
    }
    match bytes.split_first() {
        Some((&LZ4, rest)) => {
            let (length, block) = rest.split_first_chunk::<4>().ok_or("an LZ4 block without a length")?;
            let length = plausible(u64::from(u32::from_le_bytes(*length)))?;
            let json = lz4_flex::block::decompress(block, length).map_err(|error| error.to_string())?;
            if json.len() == length { Ok(json) } else { Err("an LZ4 block that is cut short".to_owned()) }
        }
        _ => Ok(bytes.to_vec()),
    }
}

fn unpack_zstd(bytes: &[u8]) -> Result<Vec<u8>, String> {
    let size = zstd::zstd_safe::get_frame_content_size(bytes).ok().flatten();
    let size = plausible(size.ok_or("a zstd frame without a length")?)?;
    DECOMPRESSOR.with_borrow_mut(|slot| {
        if slot.is_none() {
            *slot = Decompressor::new().ok();
        }
        let decompressor = slot.as_mut().ok_or("no memory for zstd")?;
        decompressor.decompress(bytes, size).map_err(|error| error.to_string())
    })
}

fn plausible(size: u64) -> Result<usize, String> {
    let size = usize::try_from(size).ok().filter(|size| *size <= LARGEST_ROW_BYTES);
    size.ok_or_else(|| "an impossible length".to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{pack, pack_tight, readable, unpack};

    proptest! {
        #[test]
        fn what_was_packed_comes_back(text in "[a-z \"]{0,2000}") {
            let json = serde_json::to_vec(&text).unwrap();
            for packed in [pack(json.clone()), pack_tight(json.clone())] {
                prop_assert!(packed.len() <= json.len());
                prop_assert_eq!(pack(packed.clone()), packed.clone());
                prop_assert_eq!(pack_tight(packed.clone()), packed.clone());
                prop_assert_eq!(unpack(&packed).unwrap(), json.clone());
                let readable = readable(packed).unwrap();
                prop_assert!(readable == json || readable.starts_with(&super::ZSTD));
            }
        }
    }

    #[test]
    fn a_damaged_frame_is_an_error() {
        let json = serde_json::to_vec(&"tide ".repeat(200)).unwrap();
        for mut packed in [pack(json.clone()), pack_tight(json)] {
            packed.truncate(packed.len() - 3);
            assert!(unpack(&packed).is_err());
        }
    }
}
