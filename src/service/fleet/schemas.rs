//! Whether the installation's tables are those that this program knows.
//!
//! `sinks` and `api` find out when they open what they write or read. `ingest` and `processors` work on the log, whose format
//! has a number of its own; but what they write there decides what both servers are filled with, so that an older program
//! beside newer tables, or a newer one before `tidemark migrate`, would compute what nobody can place. They need neither
//! server for their work: one that is away is looked at once it can be reached.

use std::sync::Arc;
use std::time::Duration;

use super::{AWAY, Parts};
use crate::outlets::Outlet;

/// How long a server is waited for before work begins without its answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Looks at one server's tables: whether they could be looked at. Fails where they are others than this program's.
pub(super) async fn are_known(parts: &Parts, outlet: Outlet) -> anyhow::Result<bool> {
    match tokio::time::timeout(PATIENCE, parts.fleet.outlets.fits(outlet)).await {
        Ok(Ok(())) => Ok(true),
        Ok(Err(error)) if error.is_transient() => {
            tracing::warn!(%error, "work begins without knowing the tables; they are looked at once they can be");
            Ok(false)
        }
        Ok(Err(error)) => Err(error.into()),
        Err(_) => {
            tracing::warn!(server = %outlet, "work begins without knowing the tables: {outlet} does not answer");
            Ok(false)
        }
    }
}

/// Looks again until a server has answered, and then waits for the program's end.
pub(super) async fn become_known(parts: Arc<Parts>, outlet: Outlet) -> anyhow::Result<()> {
    while parts.stop.run_until_cancelled(tokio::time::sleep(AWAY)).await.is_some() {
        let look = tokio::time::timeout(PATIENCE, parts.fleet.outlets.fits(outlet));
        match parts.stop.run_until_cancelled(look).await {
            Some(Ok(Ok(()))) => {
                tracing::info!(server = %outlet, "the tables of {outlet} are those that this version knows");
                parts.stop.cancelled().await;
            }
            Some(Ok(Err(error))) if !error.is_transient() => return Err(error.into()),
            _ => {}
        }
    }
    Ok(())
}
