//! Calls that wait before they are answered, so that things happen in the midst of what a client does.

use std::sync::mpsc::{self, Receiver, Sender};
use std::time::Duration;

use tokio::sync::oneshot;

/// Calls that are to be held.
#[derive(Debug, Default)]
pub(crate) struct Gates(Vec<Gate>);

/// One call that is to be held.
#[derive(Debug)]
pub(crate) struct Gate {
    /// What its path begins with.
    path: String,
    /// Such calls that go before it.
    before: usize,
    arrived: Sender<()>,
    opened: oneshot::Receiver<()>,
}

/// A call that waits until this is dropped.
#[derive(Debug)]
pub struct Held {
    arrived: Receiver<()>,
    _open: oneshot::Sender<()>,
}

impl Held {
    /// Waits for the call; whether it has come.
    pub fn came_within(&self, time: Duration) -> bool {
        self.arrived.recv_timeout(time).is_ok()
    }
}

impl Gates {
    pub(crate) fn hold(&mut self, path: &str, before: usize) -> Held {
        let (arrived, hears) = mpsc::channel();
        let (open, opened) = oneshot::channel();
        self.0.push(Gate { path: path.to_owned(), before, arrived, opened });
        Held { arrived: hears, _open: open }
    }

    /// The gate that a call stands before.
    pub(crate) fn meet(&mut self, path: &str) -> Option<Gate> {
        self.0
            .retain_mut(|gate| !matches!(gate.opened.try_recv(), Err(oneshot::error::TryRecvError::Closed)));
        let mut held = None;
        for (place, gate) in self.0.iter_mut().enumerate().filter(|(_, gate)| path.starts_with(&gate.path)) {
            match gate.before.checked_sub(1) {
                Some(before) => gate.before = before,
                None => held = held.or(Some(place)),
            }
        }
        held.map(|place| self.0.remove(place))
    }
}

impl Gate {
    /// Says that the call is there, and waits.
    pub(crate) async fn pass(self) {
        self.arrived.send(()).ok();
        // It opens when its other end is dropped.
        self.opened.await.ok();
    }
}
