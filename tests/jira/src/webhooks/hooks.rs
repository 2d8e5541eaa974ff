//! The webhooks that are registered.

use tidemark_model::Timestamp;

/// A registered webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hook {
    pub id: u64,
    pub name: String,
    pub url: String,
    pub events: Vec<String>,
    pub jql: String,
    pub secret: Option<String>,
    /// Registered by an app, which has to refresh it until then.
    pub expires: Option<Timestamp>,
    /// Not switched off by an administrator.
    pub active: bool,
}

/// A webhook of an app that was not received after all.
#[derive(Clone, Debug)]
pub(crate) struct Failed {
    pub(crate) id: String,
    pub(crate) body: String,
    pub(crate) url: String,
    pub(crate) at: Timestamp,
}

#[derive(Debug, Default)]
pub(crate) struct Hooks {
    registered: Vec<Hook>,
    pub(crate) failed: Vec<Failed>,
    made: u64,
}

impl Hooks {
    pub(crate) fn add(&mut self, hook: Hook) -> u64 {
        self.made += 1;
        let id = if hook.expires.is_some() { 999 + self.made } else { self.made };
        self.registered.push(Hook { id, ..hook });
        id
    }

    /// Those that have not expired.
    pub(crate) fn all(&self, now: Timestamp) -> Vec<Hook> {
        let lives = |hook: &&Hook| hook.expires.is_none_or(|expires| expires > now);
        self.registered.iter().filter(lives).cloned().collect()
    }

    pub(crate) fn get_mut(&mut self, id: u64) -> Option<&mut Hook> {
        self.registered.iter_mut().find(|hook| hook.id == id)
    }

    pub(crate) fn remove(&mut self, id: u64, dynamic: bool) -> bool {
        let before = self.registered.len();
        self.registered.retain(|hook| hook.id != id || hook.expires.is_some() != dynamic);
        self.registered.len() < before
    }
}
