//! Archives changed by hand: issues taken out, broken or made hostile.

use std::collections::BTreeMap;
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

/// The lines of an archive's packed issues, of each issue the newest: archives have older and repeated ones as well.
pub fn lines(archive: &Path) -> anyhow::Result<Vec<String>> {
    let mut text = String::new();
    MultiGzDecoder::new(File::open(archive.join(PACKED))?).read_to_string(&mut text)?;
    let mut places: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    let mut newest: Vec<String> = Vec::new();
    for line in text.lines() {
        let issue: Value = serde_json::from_str(line)?;
        let histories = issue["changelog"]["histories"].as_array().map_or(0, Vec::len);
        let known = places.entry(issue["id"].to_string()).or_insert((newest.len(), histories));
        if known.0 == newest.len() {
            newest.push(line.to_owned());
        } else if known.1 < histories {
            known.1 = histories;
            line.clone_into(&mut newest[known.0]);
        }
    }
    Ok(newest)
}

/// Takes the issues out that were seen once and are hidden now: they are observations and no lines.
pub fn forget_hidden(archive: &Path) -> anyhow::Result<()> {
    let path = archive.join("observations.ndjson");
    let text = std::fs::read_to_string(&path)?;
    let kept = text.lines().filter(|line| !line.contains("\"kind\":\"issue\""));
    let kept: String = kept.map(|line| format!("{line}\n")).collect();
    std::fs::write(path, kept).context("observations.ndjson")
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

/// The issues of an archive that grows.
pub const PLAIN: &str = "issues.ndjson";

/// Unpacks an archive's issues, so that lines can be appended; returns them.
pub fn unpack(archive: &Path) -> anyhow::Result<Vec<Value>> {
    let lines = lines(archive)?;
    std::fs::write(archive.join(PLAIN), lines.join("\n") + "\n").context(PLAIN)?;
    std::fs::remove_file(archive.join(PACKED)).context(PACKED)?;
    lines.iter().map(|line| Ok(serde_json::from_str(line)?)).collect()
}

/// Copies an unpacked archive to a folder without the lines that are no issues.
pub fn copy_issues(archive: &Path, to: &Path) -> anyhow::Result<()> {
    for file in std::fs::read_dir(archive)? {
        let file = file?;
        std::fs::copy(file.path(), to.join(file.file_name()))?;
    }
    let bytes = std::fs::read(archive.join(PLAIN)).context(PLAIN)?;
    let lines = bytes.split_inclusive(|byte| *byte == b'\n');
    let issues =
        lines.filter(|line| serde_json::from_slice::<Value>(line).is_ok_and(|json| json.is_object()));
    std::fs::write(to.join(PLAIN), issues.collect::<Vec<_>>().concat()).context(PLAIN)
}

/// Appends issues to an unpacked archive.
pub fn append(archive: &Path, issues: &[Value]) -> anyhow::Result<()> {
    let mut text: String = issues.iter().map(|issue| format!("{issue}\n")).collect();
    let mut file = std::fs::OpenOptions::new().append(true).open(archive.join(PLAIN)).context(PLAIN)?;
    // In one write, as a connector's export does.
    file.write_all(std::mem::take(&mut text).as_bytes()).context(PLAIN)
}

/// Gives an issue another estimate, as one more entry of its history. Whoever sees it later than the entry before sees
/// `step` milliseconds more.
pub fn estimate(issue: &mut Value, points: u32, step: u64) -> anyhow::Result<()> {
    let histories = issue["changelog"]["histories"].as_array_mut().context("an issue without a changelog")?;
    let ids = histories.iter().filter_map(|entry| entry["id"].as_str()?.parse::<u64>().ok());
    let next = ids.max().unwrap_or_default() + 1_000_000_000 + step;
    let at = jiff::Timestamp::from_millisecond(1_790_000_000_000 + i64::try_from(step)?)?;
    let from = issue["fields"]["customfield_10016"].clone();
    let entry = serde_json::json!({
        "id": next.to_string(),
        "created": at.to_string(),
        "author": { "accountId": "1", "displayName": "Somebody" },
        "items": [{
            "field": "Story Points", "fieldId": "customfield_10016", "fieldtype": "custom",
            "from": null, "fromString": from.as_f64().map(|from| from.to_string()),
            "to": null, "toString": points.to_string(),
        }],
    });
    let histories = issue["changelog"]["histories"].as_array_mut().context("an issue without a changelog")?;
    histories.push(entry);
    let total = histories.len();
    issue["changelog"]["total"] = total.into();
    issue["changelog"]["maxResults"] = total.into();
    issue["fields"]["customfield_10016"] = points.into();
    issue["fields"]["updated"] = at.to_string().into();
    Ok(())
}
