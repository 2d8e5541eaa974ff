//! Faults on demand: the next calls that match fail in a way that Jira, or what lies before it, does.

use std::time::Duration;

use crate::answer::Answer;
use crate::options::Flavour;
use crate::request::Request;
use crate::{auth, search, site};

/// What goes wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// 429. A gateway before Jira may leave out `Retry-After` and the reason.
    TooManyRequests {
        retry_after: Option<u64>,
        reason: Option<&'static str>,
    },
    /// 503.
    Unavailable,
    /// 410.
    Gone,
    /// A page of the search comes with the token that it was asked with (Cloud).
    RepeatedToken,
    /// A page of the search is empty, but goes on (Cloud).
    EmptyPageWithToken,
    /// The token of a page of the search, or of histories fetched in bulk, is of no use any more (Cloud).
    TokenExpired,
    Unauthorized,
    Forbidden,
    /// The connection breaks in the middle of the answer.
    CutConnection,
    /// The answer is right but late.
    Slow(Duration),
    /// A login page with status 200.
    NotJson,
}

impl Fault {
    /// The fault at calls whose path begins so.
    pub fn on(self, path: &str) -> Failing {
        Failing { fault: self, path: path.to_owned() }
    }

    /// It makes sense at pages of the search alone.
    fn pages(&self) -> bool {
        matches!(self, Self::RepeatedToken | Self::EmptyPageWithToken | Self::TokenExpired)
    }
}

/// A fault, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failing {
    pub fault: Fault,
    /// What the path begins with; everything begins with nothing.
    pub path: String,
}

impl From<Fault> for Failing {
    fn from(fault: Fault) -> Self {
        fault.on("")
    }
}

/// What becomes of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Paging {
    Right,
    Repeated,
    Empty,
}

#[derive(Debug, Default)]
pub(crate) struct Faults {
    planned: Vec<(Failing, usize)>,
}

impl Faults {
    pub(crate) fn plan(&mut self, failing: Failing, times: usize) {
        self.planned.push((failing, times));
    }

    /// Takes back what has not happened yet; how many times that was.
    pub(crate) fn take_back(&mut self) -> usize {
        self.planned.drain(..).map(|(_, times)| times).sum()
    }

    fn take(&mut self, suits: impl Fn(&Failing) -> bool) -> Option<Fault> {
        let place = self.planned.iter().position(|(failing, times)| *times > 0 && suits(failing))?;
        let (failing, times) = self.planned.get_mut(place)?;
        *times -= 1;
        let fault = failing.fault.clone();
        self.planned.retain(|(_, times)| *times > 0);
        Some(fault)
    }

    /// The fault of a call that is about to be answered.
    pub(crate) fn meet(&mut self, request: &Request) -> Option<Fault> {
        self.take(|failing| !failing.fault.pages() && request.path.starts_with(&failing.path))
    }

    pub(crate) fn token_expires(&mut self, path: &str) -> bool {
        self.take(|failing| failing.fault == Fault::TokenExpired && path.starts_with(&failing.path)).is_some()
    }

    /// What becomes of a page that was asked with a token, and after which more come.
    pub(crate) fn paging(&mut self, token: bool, more: bool) -> Paging {
        if token && more && self.take(|failing| failing.fault == Fault::RepeatedToken).is_some() {
            return Paging::Repeated;
        }
        if token && self.take(|failing| failing.fault == Fault::EmptyPageWithToken).is_some() {
            return Paging::Empty;
        }
        Paging::Right
    }
}

/// The answer of a call that fails; nothing where the answer is right, but late or cut.
pub(crate) fn answer(fault: &Fault, flavour: Flavour, url: &str) -> Option<Answer> {
    Some(match fault {
        Fault::TooManyRequests { retry_after, reason } => {
            let mut answer = Answer::refused(429, "Rate limit exceeded.");
            if let Some(seconds) = retry_after {
                answer = answer.header("Retry-After", seconds);
            }
            match reason {
                Some(reason) => answer.header("RateLimit-Reason", reason),
                None => answer,
            }
        }
        Fault::Unavailable => Answer::refused_below(503, "Service Unavailable"),
        Fault::Gone => search::gone(flavour.api()),
        Fault::Unauthorized => auth::failed(flavour, url),
        Fault::Forbidden => Answer::refused_below(403, "Forbidden"),
        Fault::NotJson => Answer { reason: Some("a login page".to_owned()), ..site::login_page() },
        Fault::CutConnection | Fault::Slow(_) => return None,
        Fault::RepeatedToken | Fault::EmptyPageWithToken | Fault::TokenExpired => return None,
    })
}
