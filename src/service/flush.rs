//! The warehouse's thread: it brings the warehouse up to the tables after they have changed, a little behind them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tidemark_stream::Store;
use tidemark_stream::kafka::Standing;
use tokio::runtime::Handle;

use super::Shared;
use super::wake::Woken;
use super::watch::{WAREHOUSE, Watch};
use crate::app::WHOLE;
use crate::outlets::Writer;
use crate::persist::persist;
use crate::progress::Progress;

/// The pause between flushes: the warehouse is at most this far behind, unless flushing itself takes long.
const PAUSE: Duration = Duration::from_secs(2);

/// A flush may take one part in so many of the time, so that a large lake that is compacted leaves the machine usable.
const SHARE: u32 = 4;

/// How long the thread waits for a change before it looks by itself.
const LOOK: Duration = Duration::from_secs(60);

pub(super) fn run(shared: &Shared, handle: &Handle, woken: &Woken) -> anyhow::Result<()> {
    let writer = shared.app.outlets.writer(handle)?;
    let watch = Watch::new(WAREHOUSE, &shared.metrics);
    while woken.wait(LOOK, &shared.stop) {
        let took = flush(shared, &writer, &watch)?;
        let until = Instant::now() + PAUSE.saturating_sub(took).max(took * (SHARE - 1));
        while Instant::now() < until && !shared.stop.is_cancelled() {
            std::thread::sleep(Duration::from_millis(50));
        }
    }
    // What was processed last is in the warehouse when the program ends.
    flush(shared, &writer, &watch).map(|_| ())
}

fn flush(shared: &Shared, writer: &Writer, watch: &Watch) -> anyhow::Result<Duration> {
    let _span = tracing::info_span!("flush").entered();
    let started = Instant::now();
    watch.standing(WHOLE, Standing::Busy);
    // A server that is away comes back; the last flush is tried once.
    let tried = AtomicBool::new(false);
    let stop = || shared.stop.is_cancelled() && tried.load(Ordering::Relaxed);
    let passes = |error: &anyhow::Error| {
        error.downcast_ref().is_some_and(|error: &tidemark_sinks::Error| error.is_transient())
    };
    let flushed = persist(
        "writing to the warehouse",
        &stop,
        passes,
        || false,
        || {
            tried.store(true, Ordering::Relaxed);
            shared.app.flush(writer, &mut Progress::silent())
        },
    )?;
    if let Some(rows) = flushed {
        if rows > 0 {
            shared.metrics.flushed();
        }
        watch.wrote(shared.app.store.snapshot().as_ref(), WHOLE)?;
        watch.standing(WHOLE, Standing::Idle);
    }
    Ok(started.elapsed())
}
