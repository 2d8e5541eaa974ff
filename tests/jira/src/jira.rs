//! A running Jira.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use tidemark_model::Timestamp;
use tidemark_simulation::World;
use tokio::sync::oneshot;

use crate::auth::Credentials;
use crate::calls::Call;
use crate::faults::Failing;
use crate::gate::Held;
use crate::options::Options;
use crate::server::{Locked, router};
use crate::state::State;
use crate::webhooks::{Delivery, Hook, Sent, registered, send};
use crate::{archive, live};

/// A Jira with a thread and a port of its own, until it is dropped.
pub struct Jira {
    state: Locked,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl std::fmt::Debug for Jira {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Jira").field("url", &self.url()).finish_non_exhaustive()
    }
}

impl Jira {
    /// Founds the organisation and listens.
    #[expect(clippy::panic, reason = "a test without a server has nothing to test")]
    pub fn start(options: Options) -> Self {
        match Self::try_start(options) {
            Ok(jira) => jira,
            Err(error) => panic!("a simulated Jira cannot start: {error:#}"),
        }
    }

    pub fn try_start(options: Options) -> anyhow::Result<Self> {
        let world = World::found(&options.organisation, options.pace)?;
        let port = options.port;
        let mut state = State::new(options, world);
        let listener = std::net::TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))?;
        listener.set_nonblocking(true)?;
        state.url = format!("http://{}", listener.local_addr()?);
        let state: Locked = Arc::new(Mutex::new(state));
        let (stop, stopped) = oneshot::channel();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let served = Arc::clone(&state);
        let thread = std::thread::Builder::new().name("jira".to_owned()).spawn(move || {
            runtime.block_on(async {
                let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
                let serving = axum::serve(listener, router(served));
                tokio::select! {
                    _ = stopped => {}
                    _ = serving => {}
                }
            });
            runtime.shutdown_background();
        })?;
        Ok(Self { state, stop: Some(stop), thread: Some(thread) })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `http://127.0.0.1:PORT`
    pub fn url(&self) -> String {
        self.state().url.clone()
    }

    pub fn credentials(&self) -> Credentials {
        self.state().credentials.clone()
    }

    pub fn now(&self) -> Timestamp {
        self.state().now()
    }

    /// Writes what the user may see now as an archive folder: the payloads of the API with whole changelogs.
    #[expect(clippy::panic, reason = "a test without its archive has nothing to compare with")]
    pub fn archive(&self, dir: &Path) {
        if let Err(error) = archive::write(&self.state(), dir) {
            panic!("the archive {} cannot be written: {error}", dir.display());
        }
    }

    /// Lets the organisation live until then; says which webhooks Jira sends, in order.
    pub fn advance(&self, to: Timestamp) -> Vec<Delivery> {
        live::advance(&mut self.state(), to)
    }

    /// Lets the search know of everything that has happened.
    pub fn settle(&self) {
        let mut state = self.state();
        state.index.catch_up(Timestamp(i64::MAX));
    }

    /// Everything that was asked so far.
    pub fn calls(&self) -> Vec<Call> {
        self.state().calls.clone()
    }

    /// Forgets what was asked so far.
    pub fn forget_calls(&self) {
        self.state().calls.clear();
    }

    /// Lets the next calls that match fail.
    pub fn fail(&self, failing: impl Into<Failing>, times: usize) {
        self.state().faults.plan(failing.into(), times);
    }

    /// Lets no call fail any more; how many failures were planned and have not happened.
    pub fn fail_no_more(&self) -> usize {
        self.state().faults.take_back()
    }

    /// Lets the next call whose path begins so, after so many of them, wait before it is answered, until what this returns is
    /// dropped.
    pub fn hold(&self, path: &str, before: usize) -> Held {
        self.state().gates.hold(path, before)
    }

    /// The points that apps have spent in this hour.
    pub fn points(&self) -> u64 {
        self.state().limits.points()
    }

    /// The ids of the issues that the user may see.
    pub fn issues(&self) -> Vec<String> {
        let state = self.state();
        let seen = state.index.all_fresh().filter(|doc| state.sees(doc.id, crate::auth::Who::User));
        seen.map(|doc| doc.id.to_string()).collect()
    }

    /// Deletes an issue, by id or key, with its sub-tasks.
    pub fn delete(&self, issue: &str) -> Vec<Delivery> {
        let mut state = self.state();
        let Some(id) = state.index.id_of(issue) else { return Vec::new() };
        live::interfere(&mut state, |world| world.delete(id))
    }

    /// Moves an issue to the project with this key.
    pub fn move_to(&self, issue: &str, project: &str) -> Vec<Delivery> {
        let mut state = self.state();
        let Some(id) = state.index.id_of(issue) else { return Vec::new() };
        live::interfere(&mut state, |world| world.move_to(id, project))
    }

    /// Hides an issue from the user, as issue security does; no webhook tells of it.
    pub fn hide(&self, issue: &str) {
        let mut state = self.state();
        if let Some(id) = state.index.id_of(issue) {
            state.hidden.insert(id);
        }
    }

    pub fn show(&self, issue: &str) {
        let mut state = self.state();
        if let Some(id) = state.index.id_of(issue) {
            state.hidden.remove(&id);
        }
    }

    /// Takes the user's permission to browse a project.
    pub fn hide_project(&self, key: &str) {
        self.state().hidden_projects.insert(key.to_owned());
    }

    pub fn show_project(&self, key: &str) {
        self.state().hidden_projects.remove(key);
    }

    /// The credentials die.
    pub fn revoke(&self) {
        self.state().revoked = true;
    }

    /// The credentials are good again.
    pub fn restore(&self) {
        self.state().revoked = false;
    }

    /// The personal access token ends then (Data Center).
    pub fn expire_token(&self, at: Timestamp) {
        self.state().token_expires = Some(at);
    }

    /// An administrator switches a registered webhook off.
    pub fn switch_off(&self, id: u64) {
        if let Some(hook) = self.state().hooks.get_mut(id) {
            hook.active = false;
        }
    }

    /// Lets a board estimate by another field.
    pub fn set_estimation(&self, board: u32, field_id: &str) -> Vec<Delivery> {
        let mut state = self.state();
        state.estimation.insert(board, Some(field_id.to_owned()));
        live::configured(&mut state, board)
    }

    /// Lets a board's configuration say nothing of estimates, as those of some team-managed projects.
    pub fn forget_estimation(&self, board: u32) -> Vec<Delivery> {
        let mut state = self.state();
        state.estimation.insert(board, None);
        live::configured(&mut state, board)
    }

    /// Gives a board other columns, each with the ids of its statuses.
    pub fn set_columns(&self, board: u32, columns: &[(&str, &[&str])]) -> Vec<Delivery> {
        let owned = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect();
        let columns = columns.iter().map(|(name, ids)| ((*name).to_owned(), owned(ids))).collect();
        let mut state = self.state();
        state.columns.insert(board, columns);
        live::configured(&mut state, board)
    }

    /// Posts a webhook once; answers with the status, 0 where there was none.
    pub fn deliver(&self, delivery: &Delivery, url: &str, secret: &str) -> u16 {
        let from = self.state().sender();
        send::once(delivery, send::To { url, secret, from, retry: 0, bearer: None })
    }

    /// Posts webhooks in order as Jira does: again where they were not received, and some twice.
    pub fn deliver_all(&self, deliveries: &[Delivery], url: &str, secret: &str) -> Vec<Sent> {
        let (from, rules) = {
            let state = self.state();
            (state.sender(), state.options.rules.clone())
        };
        send::all(deliveries, send::To { url, secret, from, retry: 0, bearer: None }, &rules)
    }

    /// Posts webhooks to those who registered for them over the API, as Jira does; says what became of them by the ids of
    /// the registrations.
    pub fn deliver_registered(&self, deliveries: &[Delivery]) -> Vec<(u64, Sent)> {
        let (posts, from, rules) = {
            let state = self.state();
            (registered::posts(&state, deliveries), state.sender(), state.options.rules.clone())
        };
        let sent = registered::send(&posts, from, &rules);
        let mut state = self.state();
        let failed = registered::failed(&posts, &sent, state.now());
        state.hooks.failed.extend(failed);
        sent
    }

    /// The webhooks that were registered over the API.
    pub fn hooks(&self) -> Vec<Hook> {
        let state = self.state();
        state.hooks.all(state.now())
    }
}

impl Drop for Jira {
    fn drop(&mut self) {
        // Dropping the sender wakes the thread as well.
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}
