//! Whether requests should be sent here.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

/// Where the program is in its life. Clones share one state.
#[derive(Debug, Clone, Default)]
pub struct Readiness(Arc<AtomicU8>);

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
        self.0.store(stage as u8, Ordering::Release);
    }

    pub fn stage(&self) -> Stage {
        match self.0.load(Ordering::Acquire) {
            0 => Stage::Starting,
            1 => Stage::Ready,
            _ => Stage::Stopping,
        }
    }
}
