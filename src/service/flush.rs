//! The lake's thread: it brings the lake up to the tables after they have changed, a little behind them.

use std::time::{Duration, Instant};

use super::Shared;
use super::wake::Woken;
use crate::progress::Progress;

/// The pause between flushes: the lake is at most this far behind, unless flushing itself takes long.
const PAUSE: Duration = Duration::from_secs(2);

/// A flush may take one part in so many of the time, so that a large lake that is compacted leaves the machine usable.
const SHARE: u32 = 4;

/// How long the thread waits for a change before it looks by itself.
const LOOK: Duration = Duration::from_secs(60);

pub(super) fn run(shared: &Shared, woken: &Woken) -> anyhow::Result<()> {
    while woken.wait(LOOK, &shared.stop) {
        let took = flush(shared)?;
        let until = Instant::now() + PAUSE.saturating_sub(took).max(took * (SHARE - 1));
        while Instant::now() < until && !shared.stop.is_cancelled() {
            std::thread::sleep(Duration::from_millis(50));
        }
    }
    // What was processed last is in the lake when the program ends.
    flush(shared).map(|_| ())
}

fn flush(shared: &Shared) -> anyhow::Result<Duration> {
    let started = Instant::now();
    let flushed = shared.app.flush(&mut Progress::silent())?;
    if flushed.rows > 0 {
        shared.metrics.flushed();
    }
    Ok(started.elapsed())
}
