//! Commands that are killed from outside while they write.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::Duration;

/// Between two looks at the data folder.
const POLL: Duration = Duration::from_millis(1);
/// A write that is this many polls old is still taken for one under way.
const RECENT_POLLS: u32 = 3;
const SIGKILL: i32 = 9;

/// When to kill a command: at the first write that is seen after so many writes and milliseconds.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// Polls that saw a write.
    pub writes: u32,
    /// Polls after those.
    pub polls: u32,
}

/// How a command that was to be killed ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// It came to its end before the moment did.
    ByItself(ExitStatus),
    /// Killed while the store's journal was growing.
    InStore,
    /// Killed while the lake's files were growing.
    InLake,
    /// Killed while nothing was seen to be written.
    Between,
}

/// Starts a command, and kills it at the moment. The journal is allocated in advance, so that its blocks on the disk
/// say what was written, and not its length.
pub fn interrupt(mut command: Command, data: &Path, moment: Moment) -> std::io::Result<Ended> {
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::inherit()).spawn()?;
    let mut watch = Watch::start(data);
    let Moment { mut writes, mut polls } = moment;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Ended::ByItself(status));
        }
        sleep(POLL);
        watch.poll(data);
        if writes > 0 {
            writes -= u32::from(watch.is_writing());
        } else if polls > 0 {
            polls -= 1;
        } else if watch.is_writing() {
            return kill(&mut child, &mut watch, data);
        }
    }
}

fn kill(child: &mut Child, watch: &mut Watch, data: &Path) -> std::io::Result<Ended> {
    child.kill()?;
    let status = child.wait()?;
    if status.signal() != Some(SIGKILL) {
        return Ok(Ended::ByItself(status));
    }
    watch.poll(data);
    Ok(match (watch.since_store <= RECENT_POLLS, watch.since_lake <= RECENT_POLLS) {
        (true, _) => Ended::InStore,
        (false, true) => Ended::InLake,
        (false, false) => Ended::Between,
    })
}

/// What is written in a data folder.
struct Watch {
    store: u64,
    lake: u64,
    since_store: u32,
    since_lake: u32,
}

impl Watch {
    fn start(data: &Path) -> Self {
        let never = u32::MAX;
        Self { store: journal(data), lake: lake(data), since_store: never, since_lake: never }
    }

    fn poll(&mut self, data: &Path) {
        let (store, lake) = (journal(data), lake(data));
        self.since_store = if store > self.store { 0 } else { self.since_store.saturating_add(1) };
        self.since_lake = if lake > self.lake { 0 } else { self.since_lake.saturating_add(1) };
        (self.store, self.lake) = (store, lake);
    }

    fn is_writing(&self) -> bool {
        self.since_store == 0 || self.since_lake == 0
    }
}

fn journal(data: &Path) -> u64 {
    blocks(&data.join("store"), ".jnl")
}

fn lake(data: &Path) -> u64 {
    let facts = fs::read_dir(data.join("lake")).into_iter().flatten().flatten();
    facts.map(|fact| blocks(&fact.path(), ".parquet")).sum()
}

/// The blocks of the files of a folder; what goes while it is looked at counts as nothing.
fn blocks(folder: &Path, ending: &str) -> u64 {
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    let ours = files.filter(|file| file.file_name().to_string_lossy().ends_with(ending));
    ours.filter_map(|file| Some(file.metadata().ok()?.blocks())).sum()
}
