//! `tidemark backup`: what cannot be computed again, in one file of a folder.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::{Context, anyhow};
use tidemark_ingest::backup::{self, Contents};
use tidemark_stream::Store;

use crate::app::App;
use crate::config::Config;
use crate::fleet::Fleet;
use crate::{Done, Stop};

/// The file of a backup.
pub(super) const FILE: &str = "tidemark.jsonl.zst";

pub(crate) fn run(config: &Config, folder: &Path) -> Result<Done, Stop> {
    let file = folder.join(FILE);
    if file.try_exists()? {
        return Err(Stop::Usage(anyhow!("{} is a backup already: name another folder", file.display())));
    }
    let cannot_write = || format!("{} can't be written", file.display());
    std::fs::create_dir_all(folder).with_context(cannot_write)?;
    // Written aside and renamed: half a backup is none.
    let aside = folder.join(format!("{FILE}.part"));
    let mut out = BufWriter::new(File::create(&aside).with_context(cannot_write)?);
    let contents = write(config, &mut out).with_context(cannot_write)?;
    out.flush().and_then(|()| out.get_ref().sync_all()).with_context(cannot_write)?;
    std::fs::rename(&aside, &file).with_context(cannot_write)?;
    println!("{}: {} statements of {} sources", file.display(), contents.statements, contents.sources.len());
    Ok(Done::Clean)
}

fn write(config: &Config, out: &mut impl Write) -> anyhow::Result<Contents> {
    Ok(match Fleet::of(config) {
        Some(fleet) => {
            let log = fleet.open()?;
            // Before the records: what is read once more is merged, what is never read is lost. Who is not configured any
            // more is pulled by nobody.
            let of_source = |source: &String| Ok((source.clone(), fleet.cursor(&log, source)?));
            let cursors: BTreeMap<String, Option<String>> =
                config.sources.keys().map(of_source).collect::<Result<_, tidemark_stream::Error>>()?;
            let inputs = fleet.inputs(&log)?;
            let cursor = |source: &str| match cursors.get(source) {
                Some(cursor) => Ok(cursor.clone()),
                None => fleet.cursor(&log, source),
            };
            backup::write(inputs.snapshot().as_ref(), log.generation(), &cursor, out)?
        }
        None => {
            let app = App::open(config)?;
            let cursor = |source: &str| backup::cursor(app.store, source);
            backup::write(app.store.snapshot().as_ref(), app.generation()?, &cursor, out)?
        }
    })
}
