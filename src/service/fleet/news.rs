//! What sinks have changed in the serving database, told to whoever waits for it here.

use std::sync::Arc;
use std::time::Duration;

use tidemark_api::Change;
use tidemark_model::time::{Clock, SystemClock};
use tidemark_sql::serving::{Database, News};

use super::{AWAY, Parts};

/// How often the database is asked.
const LOOK: Duration = Duration::from_millis(200);

pub(super) async fn tell(parts: Arc<Parts>, database: Database) -> anyhow::Result<()> {
    let mut news = loop {
        match News::open(&database).await {
            Err(error) if error.is_transient() && !parts.stop.is_cancelled() => {
                tracing::warn!(%error, "the serving database can't be asked for news");
                parts.stop.run_until_cancelled(tokio::time::sleep(AWAY)).await;
            }
            opened => break opened?,
        }
    };
    let mut away = false;
    while parts.stop.run_until_cancelled(tokio::time::sleep(LOOK)).await.is_some() {
        match news.next().await {
            Ok(None) => {}
            Ok(Some(told)) => {
                let (boards, sprints, everything) = (told.boards, told.sprints, told.everything || away);
                parts.live.publish(Change { boards, sprints, everything, at: SystemClock.now() });
                away = false;
            }
            Err(error) => {
                if !away {
                    tracing::warn!(%error, "the serving database can't be asked for news");
                }
                away = true;
            }
        }
    }
    Ok(())
}
