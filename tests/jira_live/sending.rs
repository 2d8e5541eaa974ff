//! Webhooks to a process that may be away: each is sent until it is taken, and never again.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tidemark_jira_simulator::{Delivery, Jira};

use crate::support::SECRET;

/// Senders at the same time.
const SENDERS: usize = 4;
/// How long a webhook is tried for: a process that was killed holds its partitions of a shared log up for some time.
const TRIED_FOR: Duration = Duration::from_secs(120);

/// What became of webhooks that are on their way.
pub(crate) struct Sent {
    /// How long a sender waits after each try.
    pause: Duration,
    taken: AtomicUsize,
    unanswered: AtomicUsize,
}

impl Sent {
    pub(crate) fn new(pause: Duration) -> Self {
        Self { pause, taken: AtomicUsize::new(0), unanswered: AtomicUsize::new(0) }
    }

    pub(crate) fn taken(&self) -> usize {
        self.taken.load(Ordering::SeqCst)
    }

    /// Attempts without an answer, or with one that it is too early.
    pub(crate) fn unanswered(&self) -> usize {
        self.unanswered.load(Ordering::SeqCst)
    }

    /// Sends as Jira does, and longer, until all are taken.
    pub(crate) fn send_all(&self, jira: &Jira, deliveries: &[Delivery], url: &str) {
        let next = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..SENDERS {
                scope.spawn(|| {
                    while let Some(delivery) = deliveries.get(next.fetch_add(1, Ordering::SeqCst)) {
                        let begun = Instant::now();
                        while !self.is_taken(jira.deliver(delivery, url, SECRET)) {
                            assert!(begun.elapsed() < TRIED_FOR, "{} is not taken", delivery.webhook_event);
                        }
                    }
                });
            }
        });
    }

    fn is_taken(&self, status: u16) -> bool {
        match status {
            200 => self.taken.fetch_add(1, Ordering::SeqCst),
            0 | 503 => self.unanswered.fetch_add(1, Ordering::SeqCst),
            other => panic!("a webhook is answered with {other}"),
        };
        std::thread::sleep(self.pause);
        status == 200
    }
}
