//! A Jira to ask, and what it answered.

use std::collections::BTreeMap;

use serde_json::Value;
use tidemark_jira_simulator::{Flavour, Jira, Options, Rules};
use tidemark_model::Timestamp;
use tidemark_simulation::Pace;

/// Tuesday, 30 June 2026, 18:00 UTC: 11:00 in Los Angeles, where the user lives.
pub(crate) const FOUNDED: Timestamp = Timestamp(1_782_842_400_000);
pub(crate) const MINUTE: i64 = 60_000;
pub(crate) const HOUR: i64 = 60 * MINUTE;
pub(crate) const DAY: i64 = 24 * HOUR;

pub(crate) fn options(flavour: Flavour) -> Options {
    let rules = Rules { untrue_is_last: 0, ..Rules::new(flavour).without_limits() };
    Options { rules, pace: Pace { step_ms: 60_000 }, ..Options::new(flavour) }
}

pub(crate) fn cloud() -> Jira {
    Jira::start(options(Flavour::Cloud))
}

pub(crate) fn data_center() -> Jira {
    Jira::start(options(Flavour::DataCenter))
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    pub(crate) fn message(&self) -> String {
        let json = self.json();
        assert_eq!(json["errors"], serde_json::json!({}), "{}", self.text);
        json["errorMessages"][0].as_str().unwrap().to_owned()
    }
}

/// How a caller shows who it is.
pub(crate) fn basic(jira: &Jira) -> String {
    jira.credentials().basic()
}

pub(crate) fn bearer(jira: &Jira) -> String {
    jira.credentials().bearing()
}

pub(crate) fn ask(method: &str, url: &str, authorization: Option<&str>, body: Option<&Value>) -> Answer {
    let agent = ureq::Agent::config_builder().http_status_as_error(false).build();
    let agent = ureq::Agent::new_with_config(agent);
    let mut request = ureq::http::Request::builder().method(method).uri(url);
    if let Some(authorization) = authorization {
        request = request.header("Authorization", authorization);
    }
    if body.is_some() {
        request = request.header("Content-Type", "application/json");
    }
    let bytes = body.map(|body| body.to_string().into_bytes()).unwrap_or_default();
    let mut answer = agent.run(request.body(bytes).unwrap()).unwrap();
    let headers = answer.headers().iter();
    let headers = headers.map(|(name, value)| (name.as_str().to_owned(), value.to_str().unwrap().to_owned()));
    Answer {
        status: answer.status().as_u16(),
        headers: headers.collect(),
        text: answer.body_mut().with_config().limit(200_000_000).read_to_string().unwrap(),
    }
}

/// Asks with the right credentials: those of the user on Cloud, the access token on Data Center.
pub(crate) fn get(jira: &Jira, path: &str) -> Answer {
    ask("GET", &format!("{}{path}", jira.url()), Some(&basic(jira)), None)
}

pub(crate) fn post(jira: &Jira, path: &str, body: Value) -> Answer {
    ask("POST", &format!("{}{path}", jira.url()), Some(&basic(jira)), Some(&body))
}

/// A page of Cloud's search.
pub(crate) fn search(jira: &Jira, body: Value) -> Answer {
    post(jira, "/rest/api/3/search/jql", body)
}

pub(crate) fn ids(page: &Value) -> Vec<u32> {
    let issues = page["issues"].as_array().unwrap().iter();
    issues.map(|issue| issue["id"].as_str().unwrap().parse().unwrap()).collect()
}

/// The ids that Cloud's search finds, of all pages.
pub(crate) fn found(jira: &Jira, jql: &str) -> Vec<u32> {
    let mut all = Vec::new();
    let mut token = Value::Null;
    loop {
        let mut body = serde_json::json!({"jql": jql, "maxResults": 5000});
        if !token.is_null() {
            body["nextPageToken"] = token;
        }
        let page = search(jira, body);
        assert_eq!(page.status, 200, "{jql}: {}", page.text);
        all.extend(ids(&page.json()));
        token = page.json()["nextPageToken"].clone();
        if token.is_null() {
            return all;
        }
    }
}

/// All issues with all their fields, from the archive.
pub(crate) fn archived(jira: &Jira) -> Vec<Value> {
    let dir = tempfile::tempdir().unwrap();
    jira.archive(dir.path());
    let text = std::fs::read_to_string(dir.path().join("issues.ndjson")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

pub(crate) fn id(issue: &Value) -> u32 {
    issue["id"].as_str().unwrap().parse().unwrap()
}
