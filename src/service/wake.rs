//! Waking a thread that waits for work: however often it is woken, it looks once.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

/// How soon a thread that waits notices that it has to stop.
const LOOK: Duration = Duration::from_millis(50);

/// Wakes a thread.
#[derive(Clone)]
pub(super) struct Wake(SyncSender<()>);

/// What a thread waits for.
pub(super) struct Woken(Receiver<()>);

/// A wake and what it wakes.
pub(super) fn pair() -> (Wake, Woken) {
    // One is enough: whoever is woken looks at everything that is there.
    let (send, receive) = sync_channel(1);
    (Wake(send), Woken(receive))
}

impl Wake {
    pub(super) fn wake(&self) {
        // Full: it is about to look anyway. Closed: it has stopped.
        self.0.try_send(()).ok();
    }
}

impl Woken {
    /// Waits for work or for `at_most`; says whether to go on.
    pub(super) fn wait(&self, at_most: Duration, stop: &CancellationToken) -> bool {
        let mut left = at_most;
        while !stop.is_cancelled() {
            match self.0.recv_timeout(LOOK.min(left)) {
                Ok(()) => return !stop.is_cancelled(),
                // Nobody is left who could wake it.
                Err(RecvTimeoutError::Disconnected) => std::thread::sleep(LOOK),
                Err(RecvTimeoutError::Timeout) => {}
            }
            left = left.saturating_sub(LOOK);
            if left.is_zero() {
                return !stop.is_cancelled();
            }
        }
        false
    }
}
