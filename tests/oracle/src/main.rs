//! `tidemark-oracle DIR` prints the reports of an archive as a JSON array;
//! `tidemark-oracle DIR POLICY.json` prints reports, velocity and carry-over
//! under a policy.

use std::fs::File;
use std::io::{BufReader, Write, stdout};
use std::path::PathBuf;

use anyhow::{Context, Result};
use serde_json::json;
use tidemark_oracle::{Policy, carry_over, reports, reports_with, velocity};

fn main() -> Result<()> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let dir = arguments.next().context("usage: tidemark-oracle DIR [POLICY.json]")?;
    let answer = match arguments.next() {
        None => json!(reports(&dir)?),
        Some(path) => {
            let policy: Policy = serde_json::from_reader(BufReader::new(File::open(path)?))?;
            json!({
                "reports": reports_with(&dir, &policy)?,
                "velocity": velocity(&dir, &policy)?,
                "carry_over": carry_over(&dir, &policy)?,
            })
        }
    };
    let mut out = stdout().lock();
    serde_json::to_writer_pretty(&mut out, &answer)?;
    writeln!(out)?;
    Ok(())
}
