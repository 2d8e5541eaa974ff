//! `tidemark-oracle DIR` prints the reports of an archive as a JSON array.

use std::io::{Write, stdout};
use std::path::PathBuf;

use anyhow::{Context, Result};

fn main() -> Result<()> {
    let dir = std::env::args_os().nth(1).context("usage: tidemark-oracle DIR")?;
    let reports = tidemark_oracle::reports(&PathBuf::from(dir))?;
    let mut out = stdout().lock();
    serde_json::to_writer_pretty(&mut out, &reports)?;
    writeln!(out)?;
    Ok(())
}
