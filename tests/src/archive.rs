//! Archives changed by hand: issues taken out, broken or made hostile.

use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;

use anyhow::Context;
use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use serde_json::Value;

/// The packed issues of an archive.
pub const PACKED: &str = "issues.ndjson.gz";

/// The lines of an archive's packed issues.
pub fn lines(archive: &Path) -> anyhow::Result<Vec<String>> {
    let mut text = String::new();
    MultiGzDecoder::new(File::open(archive.join(PACKED))?).read_to_string(&mut text)?;
    Ok(text.lines().map(str::to_owned).collect())
}

/// Writes an archive's packed issues anew.
pub fn write_lines<L: AsRef<[u8]>>(archive: &Path, lines: &[L]) -> anyhow::Result<()> {
    let mut file = GzEncoder::new(File::create(archive.join(PACKED))?, Compression::fast());
    for line in lines {
        file.write_all(line.as_ref())?;
        file.write_all(b"\n")?;
    }
    file.finish()?.sync_all().context(PACKED)
}

/// Changes each issue of an archive.
pub fn edit(archive: &Path, mut change: impl FnMut(&mut Value)) -> anyhow::Result<()> {
    let changed = lines(archive)?.into_iter().map(|line| {
        let mut issue: Value = serde_json::from_str(&line)?;
        change(&mut issue);
        Ok(issue.to_string())
    });
    write_lines(archive, &changed.collect::<anyhow::Result<Vec<_>>>()?)
}
