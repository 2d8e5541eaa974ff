//! The lake's folder: names, and what makes a change of it lasting or undone.

use std::collections::{BTreeSet, HashSet};
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use tidemark_model::Timestamp;
use tidemark_sql::manifest::{self, Manifest};

use crate::{EXPORTS, Error};

/// How long files live that no manifest names any more: longer than a query takes.
const OLD: Duration = Duration::from_secs(600);

/// The names of the files of one flush.
pub(super) struct Names {
    pub(super) rows: String,
    pub(super) keys: String,
}

impl Names {
    pub(super) fn base(sequence: u64) -> Self {
        Self::of("base", sequence)
    }

    pub(super) fn delta(sequence: u64) -> Self {
        Self::of("delta", sequence)
    }

    fn of(kind: &str, sequence: u64) -> Self {
        Self {
            rows: format!("{kind}-{sequence:09}.parquet"),
            keys: format!("{kind}-{sequence:09}.keys.parquet"),
        }
    }

    /// The sequence in the name of a part; nothing if the name is not one of ours.
    fn sequence(name: &str) -> Option<u64> {
        let rest = name.strip_prefix("base-").or_else(|| name.strip_prefix("delta-"))?;
        let digits = rest.strip_suffix(".parquet")?;
        digits.strip_suffix(".keys").unwrap_or(digits).parse().ok()
    }
}

/// Files that no manifest names yet. They are removed again unless the manifest is about to name them, so that a full
/// disk is not left fuller.
#[derive(Debug, Default)]
pub(super) struct Aside {
    files: Vec<PathBuf>,
    folders: BTreeSet<PathBuf>,
}

impl Aside {
    /// The path for a new file of a folder, which is made if need be.
    pub(super) fn add(&mut self, folder: &Path, name: &str) -> Result<PathBuf, Error> {
        if !self.folders.contains(folder) {
            create_folder(folder)?;
            self.folders.insert(folder.to_owned());
        }
        let path = folder.join(name);
        self.files.push(path.clone());
        Ok(path)
    }

    /// Waits until the names of the files are on disk.
    pub(super) fn sync_folders(&self) -> Result<(), Error> {
        self.folders.iter().try_for_each(|folder| sync_folder(folder))
    }

    fn keep(mut self) {
        self.files.clear();
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        for file in &self.files {
            // What cannot be removed now is removed as old later.
            fs::remove_file(file).ok();
        }
    }
}

/// Replaces the manifest in one step: what is seen afterwards is the old one or the new one.
pub(super) fn write_manifest(dir: &Path, manifest: &Manifest, aside: Aside) -> Result<(), Error> {
    let path = dir.join(manifest::FILE);
    let new = dir.join(format!("{}.tmp", manifest::FILE));
    let json = serde_json::to_vec_pretty(manifest).map_err(std::io::Error::from);
    let json = json.map_err(Error::disk("write", &new))?;
    let mut file = File::create(&new).map_err(Error::disk("create", &new))?;
    file.write_all(&json).map_err(Error::disk("write", &new))?;
    file.sync_all().map_err(Error::disk("sync", &new))?;
    fs::rename(&new, &path).map_err(Error::disk("replace", &path))?;
    aside.keep();
    Ok(())
}

/// Makes a folder, lastingly.
pub(super) fn create_folder(folder: &Path) -> Result<(), Error> {
    let there = fs::metadata(folder).is_ok_and(|metadata| metadata.is_dir());
    if !there {
        fs::create_dir_all(folder).map_err(Error::disk("create", folder))?;
        if let Some(parent) = folder.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            sync_folder(parent)?;
        }
    }
    Ok(())
}

/// Waits until a folder's names are on disk.
pub(super) fn sync_folder(folder: &Path) -> Result<(), Error> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(Error::disk("sync", folder))
}

/// Whether every part that a manifest names is there with its size.
pub(super) fn all_there(dir: &Path, manifest: &Manifest) -> bool {
    manifest.parts().all(|(fact, part)| {
        let path = dir.join(fact).join(&part.file);
        let there = fs::metadata(&path).is_ok_and(|metadata| metadata.len() == part.bytes);
        if !there {
            tracing::warn!(lake.part = %path.display(), "lake has lost a part and is written anew");
        }
        there
    })
}

/// The highest sequence that a part's name carries.
pub(super) fn highest_sequence(dir: &Path) -> Result<u64, Error> {
    let mut highest = 0;
    each_part(dir, &mut |_, name, _| {
        highest = highest.max(Names::sequence(name).unwrap_or(0));
        Ok(())
    })?;
    Ok(highest)
}

/// Starts the last ten minutes of the parts that the new manifest no longer names.
pub(super) fn retire(dir: &Path, old: &Manifest, new: &Manifest, now: Timestamp) {
    let kept: HashSet<(&str, &str)> = new.parts().map(|(fact, part)| (fact, part.file.as_str())).collect();
    for (fact, part) in old.parts().filter(|(fact, part)| !kept.contains(&(*fact, part.file.as_str()))) {
        let path = dir.join(fact).join(&part.file);
        let touched = File::open(&path).and_then(|file| file.set_modified(instant(now)));
        if let Err(error) = touched {
            tracing::warn!(lake.part = %path.display(), %error, "superseded part may go before its readers are done");
        }
    }
}

/// Removes the parts that the manifest does not name and that are old.
pub(super) fn remove_old(dir: &Path, manifest: &Manifest, now: Timestamp) -> Result<(), Error> {
    let named: HashSet<(&str, &str)> =
        manifest.parts().map(|(fact, part)| (fact, part.file.as_str())).collect();
    each_part(dir, &mut |fact, name, path| {
        if named.contains(&(fact, name)) {
            return Ok(());
        }
        let modified = fs::metadata(path).and_then(|metadata| metadata.modified());
        let modified = modified.map_err(Error::disk("read", path))?;
        if instant(now).duration_since(modified).is_ok_and(|age| age > OLD) {
            fs::remove_file(path).map_err(Error::disk("remove", path))?;
        }
        Ok(())
    })
}

/// Visits every file that is named like a part: fact, name, path.
fn each_part(dir: &Path, visit: &mut dyn FnMut(&str, &str, &Path) -> Result<(), Error>) -> Result<(), Error> {
    for export in EXPORTS {
        let folder = dir.join(export.fact.name);
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            Err(error) => return Err(Error::disk("read", folder)(error)),
        };
        for entry in entries {
            let entry = entry.map_err(Error::disk("read", &folder))?;
            let name = entry.file_name();
            if let Some(name) = name.to_str().filter(|name| Names::sequence(name).is_some()) {
                visit(export.fact.name, name, &entry.path())?;
            }
        }
    }
    Ok(())
}

fn instant(at: Timestamp) -> SystemTime {
    let distance = Duration::from_millis(at.0.unsigned_abs());
    let moved = if at.0 < 0 {
        SystemTime::UNIX_EPOCH.checked_sub(distance)
    } else {
        SystemTime::UNIX_EPOCH.checked_add(distance)
    };
    moved.unwrap_or(SystemTime::UNIX_EPOCH)
}
