//! A disk that fills up: a small filesystem in memory, where mounting is permitted.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A small filesystem of its own, until it is dropped.
pub struct SmallDisk(PathBuf);

impl SmallDisk {
    /// Mounts it at a path, which is made if need be. Nothing where mounting isn't permitted.
    pub fn mount(path: PathBuf, megabytes: u32) -> Option<Self> {
        std::fs::create_dir_all(&path).ok()?;
        mount(&path, &format!("size={megabytes}m")).then_some(Self(path))
    }

    #[track_caller]
    pub fn grow(&self, megabytes: u32) {
        let grown = mount(&self.0, &format!("remount,size={megabytes}m"));
        assert!(grown, "the filesystem can't be made larger");
    }
}

fn mount(path: &Path, options: &str) -> bool {
    let output = Command::new("mount").args(["-t", "tmpfs", "-o", options, "tmpfs"]).arg(path).output();
    output.is_ok_and(|output| output.status.success())
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let unmounted = Command::new("umount").arg(&self.0).output();
        if !unmounted.is_ok_and(|output| output.status.success()) {
            eprintln!("{} can't be unmounted", self.0.display());
        }
    }
}
