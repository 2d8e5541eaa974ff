//! Whether requests should be sent here.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

/// Where the program is in its life, and whether it lacks what its work needs. Clones share one state.
#[derive(Debug, Clone, Default)]
pub struct Readiness(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    stage: AtomicU8,
    without_log: AtomicBool,
}

/// A stage of the program's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Nothing has been processed yet: numbers are missing.
    Starting,
    Ready,
    /// The last batches are being finished.
    Stopping,
}

impl Readiness {
    pub fn set(&self, stage: Stage) {
        self.0.stage.store(stage as u8, Ordering::Release);
    }

    pub fn stage(&self) -> Stage {
        match self.0.stage.load(Ordering::Acquire) {
            0 => Stage::Starting,
            1 => Stage::Ready,
            _ => Stage::Stopping,
        }
    }

    /// Says whether the log is away that this process cannot work without.
    pub fn set_without_log(&self, away: bool) {
        self.0.without_log.store(away, Ordering::Release);
    }

    pub(crate) fn is_without_log(&self) -> bool {
        self.0.without_log.load(Ordering::Acquire)
    }
}
