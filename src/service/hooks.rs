//! Webhooks: what the HTTP interface takes goes to the inbox, which a thread of its own writes.

use tidemark_api::{Hook, Hooks, Taken, Taking};
use tidemark_connectors::hook::{Delivery, Refusal};
use tidemark_ingest::{Inbox, Outcome};

/// Gives webhooks to the inbox.
pub(super) struct Door(pub(super) Inbox);

impl Hooks for Door {
    fn take(&self, hook: Hook) -> Taking<'_> {
        Box::pin(async move {
            let delivery = Delivery { headers: hook.headers, body: hook.body };
            let outcome = self.0.deliver(&hook.source, &delivery).await;
            let source = &hook.source;
            match &outcome {
                Outcome::Refused(refusal) => {
                    tracing::warn!(source.name = %source, %refusal, "a webhook to {source} is refused");
                }
                Outcome::Replayed => {
                    tracing::warn!(source.name = %source, "a webhook to {source} was sent by somebody else before");
                }
                outcome => {
                    tracing::debug!(source.name = %source, ?outcome, "a webhook to {source} is answered");
                }
            }
            taken(&outcome)
        })
    }
}

fn taken(outcome: &Outcome) -> Taken {
    match outcome {
        // What can't be taken of a genuine delivery is kept and shown: sent again it would be no better.
        Outcome::Taken | Outcome::PassedOver(_) | Outcome::Rejected(_) => Taken::Yes,
        Outcome::Repeated => Taken::Before,
        Outcome::NoSource | Outcome::Refused(Refusal::NoSecret) => Taken::Nowhere,
        Outcome::Refused(Refusal::Missing) => Taken::Refused("it carries no signature"),
        Outcome::Refused(Refusal::Method) => Taken::Refused("its signature is of a kind that is not taken"),
        Outcome::Refused(Refusal::Wrong) => Taken::Refused("its signature is not that of its body"),
        Outcome::Refused(Refusal::Expired) => Taken::Refused("its token is not good now"),
        Outcome::Refused(Refusal::NoJson) => Taken::Unreadable,
        Outcome::Replayed => Taken::Refused("its signature has been used before"),
        Outcome::Full | Outcome::Failed => Taken::Later,
    }
}
