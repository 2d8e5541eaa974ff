//! The budgets of the hosts that are called: sources on one host draw on the same one, and it outlives whoever calls.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use tidemark_connectors::http::Manners;
use tidemark_connectors::jira;

use super::budget::Budget;
use super::http::{Credentials, Destination};

static HOSTS: LazyLock<Mutex<HashMap<String, Host>>> = LazyLock::new(Mutex::default);

/// The budget of a host, for calls with one kind of credentials: accounts and apps have limits of their own.
#[derive(Clone)]
pub(super) struct Host(Arc<Mutex<Arc<Budget>>>);

impl Host {
    /// That of a destination, of which no more than `share` may be used; of several shares the smallest holds.
    pub(super) fn of(destination: &Destination, share: f64) -> Self {
        let kind = match destination.credentials {
            Credentials::Basic { .. } => "accounts",
            Credentials::Bearer(_) => "apps",
        };
        let name = format!("{kind} at {}", destination.endpoint.origin().ascii_serialization());
        let mut hosts = HOSTS.lock().unwrap_or_else(PoisonError::into_inner);
        let host = hosts.entry(name).or_insert_with(|| {
            Self(Arc::new(Mutex::new(Arc::new(Budget::new(jira::api::DATA_CENTER, share)))))
        });
        let mut budget = host.lock();
        if share < budget.share() {
            *budget = Arc::new(budget.with(budget.manners(), share));
        }
        drop(budget);
        host.clone()
    }

    pub(super) fn budget(&self) -> Arc<Budget> {
        Arc::clone(&self.lock())
    }

    /// Keeps to these manners from now on.
    pub(super) fn mind(&self, manners: Manners) {
        let mut budget = self.lock();
        if !budget.is_of(&manners) {
            *budget = Arc::new(budget.with(manners, budget.share()));
        }
    }

    fn lock(&self) -> MutexGuard<'_, Arc<Budget>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use tidemark_connectors::http::{Call, Scope};
    use tidemark_connectors::jira::api::CLOUD_OAUTH;
    use tidemark_model::Timestamp;

    use super::{Credentials, Destination, Host};

    fn destination(address: &str) -> Destination {
        Destination {
            endpoint: address.parse().unwrap(),
            credentials: Credentials::Bearer("a token".to_owned()),
        }
    }

    #[test]
    fn sources_on_one_host_wait_for_each_other_and_the_smallest_share_holds() {
        let first = Host::of(&destination("https://one.example/jira"), 0.7);
        first.mind(CLOUD_OAUTH);
        let second = Host::of(&destination("https://one.example"), 0.2);
        let other = Host::of(&destination("https://two.example"), 0.7);
        let (call, now, instant) = (Call::get("search", "/"), Timestamp(0), Instant::now());
        first.budget().pause(&call, Scope::System, instant + Duration::from_secs(9));
        let wait = |host: &Host| host.budget().wait(&call, now, instant);
        assert_eq!(wait(&second), Some(Duration::from_secs(9)));
        assert_eq!(wait(&other), None);
        assert_eq!([first, second, other].map(|host| host.budget().share()), [0.2, 0.2, 0.7]);
    }
}
