//! Webhooks: what the HTTP interface takes goes to the inbox, which a thread of its own writes.

use tidemark_api::{Hook, Hooks, Taken, Taking};
use tidemark_connectors::hook::{Delivery, Refusal};
use tidemark_ingest::{Inbox, Outcome};

/// Gives webhooks to the inbox.
pub(super) struct Door(pub(super) Inbox);

impl Hooks for Door {
    fn admits(&self, head: &Hook) -> Result<(), Taken> {
        let Hook { source, headers, secret, .. } = head.clone();
        let admitted = self.0.admits(&source, &Delivery { headers, secret, body: Vec::new() });
        admitted.map_err(|outcome| answered(&source, &outcome))
    }

    fn take(&self, hook: Hook) -> Taking<'_> {
        Box::pin(async move {
            let Hook { source, headers, secret, body } = hook;
            let outcome = self.0.deliver(&source, Delivery { headers, secret, body }).await;
            answered(&source, &outcome)
        })
    }
}

/// Logs what became of a webhook, and says how it is answered.
fn answered(source: &str, outcome: &Outcome) -> Taken {
    match outcome {
        Outcome::Refused(refusal) => {
            tracing::warn!(source.name = %source, %refusal, "a webhook to {source} is refused");
        }
        Outcome::Replayed => {
            tracing::warn!(source.name = %source, "a webhook to {source} is replayed: it was taken long before");
        }
        // The name is whatever somebody has asked for.
        Outcome::NoSource => tracing::debug!("a webhook to no source is refused"),
        outcome => {
            tracing::debug!(source.name = %source, ?outcome, "a webhook to {source} is answered");
        }
    }
    taken(outcome)
}

fn taken(outcome: &Outcome) -> Taken {
    match outcome {
        // What can't be taken of a genuine delivery is kept and shown: sent again it would be no better.
        Outcome::Taken | Outcome::PassedOver(_) | Outcome::Rejected(_) => Taken::Yes,
        Outcome::Repeated => Taken::Before,
        Outcome::NoSource | Outcome::Refused(Refusal::NoSecret) => Taken::Nowhere,
        Outcome::Refused(Refusal::Missing) => Taken::Refused("it carries no signature"),
        Outcome::Refused(Refusal::Address) => Taken::Refused("the secret in its address is not the source's"),
        Outcome::Refused(Refusal::Method) => Taken::Refused("its signature is of a kind that is not taken"),
        Outcome::Refused(Refusal::Wrong) => Taken::Refused("its signature is not that of its body"),
        Outcome::Refused(Refusal::Expired) => Taken::Refused("its token is not good now"),
        Outcome::Refused(Refusal::NoJson) => Taken::Unreadable,
        Outcome::Replayed => Taken::Refused("it was taken long before"),
        Outcome::Full | Outcome::Failed => Taken::Later,
    }
}
