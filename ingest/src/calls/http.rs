//! HTTP itself. The client has a runtime of its own: its connections outlive the calls, and the runtimes that ask.

use std::error::Error as _;
use std::fmt;
use std::time::Duration;

use reqwest::header::ACCEPT;
use reqwest::{Client, redirect};
use tidemark_connectors::Error;
use tidemark_connectors::http::{Answer, Call, Method};
use tokio::runtime::Runtime;
use url::Url;

/// A system that has not answered by then is called again.
const TIMEOUT: Duration = Duration::from_secs(60);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// No page that is asked for is this large.
const MOST_BYTES: usize = 256 << 20;

/// What is called, and as whom.
pub struct Destination {
    /// With the context path, if there is one.
    pub endpoint: Url,
    pub credentials: Credentials,
}

/// As whom a system is called.
#[derive(Clone)]
pub enum Credentials {
    /// An account's e-mail address or name, and its token.
    Basic { user: String, token: String },
    /// A personal access token, or that of an app.
    Bearer(String),
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Why there is no answer.
pub(super) enum Failure {
    /// There is no connection.
    Unreached(String),
    /// It does not answer in time, or not to the end.
    Broken(String),
    /// Who answers can't prove who it is.
    Certificate(String),
}

pub(super) struct Http {
    source: String,
    endpoint: Url,
    credentials: Credentials,
    client: Client,
    /// Dropped without waiting: connections that are open then are of no use to anybody.
    runtime: Option<Runtime>,
}

impl Http {
    pub(super) fn new(source: &str, destination: Destination) -> Result<Self, Error> {
        let wrong = |reason: String| Error::Input {
            input: format!("[sources.{source}]"),
            reason,
            remedy: "set `endpoint`, `email` and `token` of the source".to_owned(),
        };
        // Whoever called this before has set one: that is fine.
        rustls::crypto::ring::default_provider().install_default().ok();
        let client = Client::builder()
            .user_agent(concat!("tidemark/", env!("CARGO_PKG_VERSION")))
            .timeout(TIMEOUT)
            .connect_timeout(CONNECT_TIMEOUT)
            // Credentials go to the configured address and nowhere else.
            .redirect(redirect::Policy::none())
            .build()
            .map_err(|error| wrong(error.to_string()))?;
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.map_err(|error| wrong(error.to_string()))?;
        let Destination { endpoint, credentials } = destination;
        Ok(Self { source: source.to_owned(), endpoint, credentials, client, runtime: Some(runtime) })
    }

    pub(super) async fn send(&self, call: &Call) -> Result<Answer, Failure> {
        let mut url = self.endpoint.clone();
        let path = format!("{}{}", url.path().trim_end_matches('/'), call.path);
        url.set_path(&path);
        if !call.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&call.query);
        }
        let request = match call.method {
            Method::Delete => self.client.delete(url),
            Method::Get => self.client.get(url),
            Method::Post => self.client.post(url),
            Method::Put => self.client.put(url),
        };
        let request = match &self.credentials {
            Credentials::Basic { user, token } => request.basic_auth(user, Some(token)),
            Credentials::Bearer(token) => request.bearer_auth(token),
        };
        let request = request.header(ACCEPT, "application/json");
        // Jira takes a browser's posts for forgeries, unless this is said.
        let request = request.header("X-Atlassian-Token", "no-check");
        let request = match &call.body {
            Some(body) => request.json(body),
            None => request,
        };
        let Some(runtime) = &self.runtime else { return Err(Failure::Broken("it is closed".to_owned())) };
        let answered = runtime.spawn(answer(request)).await;
        answered.unwrap_or_else(|error| Err(Failure::Broken(error.to_string())))
    }

    /// No connection was ever made: what is configured may be wrong.
    pub(super) fn unreachable(&self, reason: String, wait: Duration) -> Error {
        Error::Refused {
            input: format!("{} of {}", self.authority(), self.source),
            reason,
            remedy: format!("see that it runs, and that `endpoint` of [sources.{}] is right", self.source),
            wait,
        }
    }

    /// Host and port.
    fn authority(&self) -> String {
        let host = self.endpoint.host_str().unwrap_or_default();
        self.endpoint.port_or_known_default().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }

    /// Who answers can't prove who it is: nothing is asked of it.
    pub(super) fn distrusted(&self, reason: String) -> Error {
        Error::Refused {
            input: format!("{} of {}", self.authority(), self.source),
            reason: format!("its certificate is not trusted: {reason}"),
            remedy: "add the authority that signed it to this machine's certificates".to_owned(),
            wait: Duration::from_secs(300),
        }
    }
}

impl Drop for Http {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

async fn answer(request: reqwest::RequestBuilder) -> Result<Answer, Failure> {
    let mut response = request.send().await.map_err(failure)?;
    let status = response.status().as_u16();
    let headers = response.headers().iter();
    let headers =
        headers.filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())));
    let headers = headers.collect();
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(failure)? {
        if body.len() + chunk.len() > MOST_BYTES {
            return Err(Failure::Broken(format!("its answer is larger than {MOST_BYTES} bytes")));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer { status, headers, body })
}

/// Why there is no answer, without the address: a query may hold what is nobody's business.
fn failure(error: reqwest::Error) -> Failure {
    let error = error.without_url();
    let mut reason = error.to_string();
    let (mut cause, mut innermost) = (error.source(), None);
    while let Some(inner) = cause {
        reason = format!("{reason}: {inner}");
        (cause, innermost) = (inner.source(), Some(inner.to_string()));
    }
    if reason.contains("certificate") {
        return Failure::Certificate(reason);
    }
    match innermost.filter(|_| error.is_connect()) {
        Some(innermost) => Failure::Unreached(format!("no connection: {innermost}")),
        None => Failure::Broken(reason),
    }
}
