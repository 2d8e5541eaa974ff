//! Being asked to stop while a source is waited for.

use std::time::Duration;

/// How often somebody who waits asks whether to stop.
pub(crate) const LOOK: Duration = Duration::from_millis(100);

/// Ends once `stop` says so.
pub(crate) async fn stopped(stop: &dyn Fn() -> bool) {
    while !stop() {
        tokio::time::sleep(LOOK).await;
    }
}
