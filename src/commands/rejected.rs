//! What was rejected, as commands say it at their end.

use tidemark_model::rejected::Rejected;
use tidemark_model::{Key, Row};
use tidemark_stream::Store;

use crate::printable::printable;

/// Says what was rejected, by source, with the first few; returns how many.
pub(crate) fn print_rejected(stores: &[&dyn Store]) -> Result<usize, tidemark_stream::Error> {
    const SHOWN: usize = 10;
    // The longest line that is printed: what came may be of any length.
    const LINE: usize = 400;
    let mut count = 0;
    for store in stores {
        let snapshot = store.snapshot();
        for row in snapshot.scan(Rejected::TABLE, &Key::default())? {
            let (key, stored) = row?;
            let rejected: Rejected = tidemark_stream::tables::decode(&key, &stored.json)?;
            if count < SHOWN {
                let Rejected { source, input, detail, reason, .. } = rejected;
                let line = printable(&format!("{source} {input}: {reason}: {detail}"));
                eprintln!("rejected: {}", line.chars().take(LINE).collect::<String>());
            }
            count += 1;
        }
    }
    if count > SHOWN {
        eprintln!("… and {} more", count - SHOWN);
    }
    if count > 0 {
        eprintln!("{count} records are rejected; they are kept with their bytes, and the rest went on");
    }
    Ok(count)
}
