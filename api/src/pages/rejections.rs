//! How many records were rejected, which every page says.

use std::sync::Arc;

use tidemark_model::facts::RejectedFact;
use tidemark_sql::serving::Select;
use tokio::sync::Mutex;

use crate::error::Error;
use crate::live::Scope;
use crate::state::Shared;

/// The number, asked for once per state of the database. Clones share one state.
#[derive(Debug, Clone, Default)]
pub(super) struct Rejections(Arc<Mutex<Option<(u64, i64)>>>);

impl Rejections {
    pub(super) async fn count(&self, shared: &Shared) -> Result<i64, Error> {
        // The version is read before the data: the number is at least as new as it says.
        let version = shared.live.version(&Scope::Everything);
        let mut known = self.0.lock().await;
        if let Some((at, count)) = *known
            && at == version
        {
            return Ok(count);
        }
        let count = shared.database.read().await?.count(&Select::<RejectedFact>::all()).await?;
        *known = Some((version, count));
        Ok(count)
    }
}
