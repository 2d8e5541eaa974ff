//! All that a Jira is at a moment.

use std::collections::{BTreeSet, HashMap};

use serde_json::Value;
use tidemark_model::Timestamp;
use tidemark_model::time::{Clock, SystemClock};
use tidemark_simulation::World;

use crate::auth::{Credentials, Who};
use crate::calls::Call;
use crate::faults::Faults;
use crate::gate::Gates;
use crate::index::{Doc, Index, SprintName};
use crate::limits::Limits;
use crate::options::{Flavour, Now, Options};
use crate::search::Tokens;
use crate::webhooks::Hooks;
use crate::webhooks::send::Sender;

#[derive(Debug)]
pub(crate) struct State {
    pub(crate) options: Options,
    pub(crate) url: String,
    pub(crate) world: World,
    pub(crate) index: Index,
    pub(crate) credentials: Credentials,
    pub(crate) revoked: bool,
    /// When the personal access token ends (Data Center).
    pub(crate) token_expires: Option<Timestamp>,
    /// Issues that the user may not see, and projects.
    pub(crate) hidden: BTreeSet<u32>,
    pub(crate) hidden_projects: BTreeSet<String>,
    /// What boards were configured to since, by their ids: the estimation field, if they still say one, and columns with the
    /// ids of their statuses.
    pub(crate) estimation: HashMap<u32, Option<String>>,
    pub(crate) columns: HashMap<u32, Vec<(String, Vec<String>)>>,
    pub(crate) faults: Faults,
    pub(crate) gates: Gates,
    pub(crate) limits: Limits,
    pub(crate) tokens: Tokens,
    pub(crate) hooks: Hooks,
    pub(crate) calls: Vec<Call>,
    /// Webhooks made so far: their identifiers differ.
    pub(crate) deliveries: u64,
}

impl State {
    pub(crate) fn new(options: Options, world: World) -> Self {
        let credentials = Credentials::new(options.flavour);
        let mut state = Self {
            options,
            url: String::new(),
            world,
            index: Index::default(),
            credentials,
            revoked: false,
            token_expires: None,
            hidden: BTreeSet::new(),
            hidden_projects: BTreeSet::new(),
            estimation: HashMap::new(),
            columns: HashMap::new(),
            faults: Faults::default(),
            gates: Gates::default(),
            limits: Limits::default(),
            tokens: Tokens::default(),
            hooks: Hooks::default(),
            calls: Vec::new(),
            deliveries: 0,
        };
        for issue in state.world.issue_ids() {
            state.learn(issue, Timestamp::MIN);
        }
        state.index.catch_up(Timestamp::MIN);
        state.learn_sprints();
        state
    }

    pub(crate) fn flavour(&self) -> Flavour {
        self.options.flavour
    }

    pub(crate) fn cloud(&self) -> bool {
        self.options.flavour == Flavour::Cloud
    }

    /// Who sends webhooks.
    pub(crate) fn sender(&self) -> Sender {
        match self.cloud() {
            true => Sender::Cloud,
            false => Sender::DataCenter { signs: self.options.rules.signs() },
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        match &self.options.now {
            Now::Standing => self.world.now(),
            Now::Clock(clock) => clock.now().max(self.world.now()),
        }
    }

    /// The time by which it is counted how much is asked.
    pub(crate) fn pace(&self) -> Timestamp {
        match &self.options.now {
            Now::Standing => SystemClock.now(),
            Now::Clock(clock) => clock.now(),
        }
    }

    /// Tells the index of an issue, which the search is to know from then on.
    pub(crate) fn learn(&mut self, issue: u32, from: Timestamp) {
        let there = self.world.there(issue);
        let told = self.world.issue(issue).filter(|_| there);
        let doc = told.and_then(|told| Doc::read(&told, self.world.former_keys(issue)));
        self.index.learn(issue, doc, from);
    }

    pub(crate) fn learn_sprints(&mut self) {
        let name = |sprint: &Value| {
            let id = sprint["id"].as_u64().and_then(|id| u32::try_from(id).ok())?;
            let text = |member: &str| sprint[member].as_str().unwrap_or_default().to_owned();
            Some(SprintName { id, name: text("name"), state: text("state") })
        };
        self.index.sprints = self.world.sprints().iter().filter_map(name).collect();
    }

    pub(crate) fn sees_project(&self, key: &str, who: Who) -> bool {
        who != Who::Anonymous && !self.hidden_projects.contains(key)
    }

    /// Whether an issue may be seen, as it is now.
    pub(crate) fn sees(&self, issue: u32, who: Who) -> bool {
        let fresh = self.index.fresh(issue);
        fresh.is_some_and(|doc| self.sees_project(&doc.project_key, who) && !self.hidden.contains(&issue))
    }

    /// A link to something of this Jira.
    pub(crate) fn link(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    /// A link within the platform's API.
    pub(crate) fn rest(&self, api: u8, path: &str) -> String {
        format!("{}/rest/api/{api}/{path}", self.url)
    }

    pub(crate) fn record(&mut self, call: Call) {
        self.calls.push(call);
    }
}
