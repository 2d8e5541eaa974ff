//! What answers that are no success mean, and what to do about them.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::Api;
use crate::Error;
use crate::http::Answer;

/// Credentials that are refused again and again lock an account: they are tried this rarely, and ever more rarely.
const AFTER_REFUSAL: Duration = Duration::from_secs(900);
const MOST_DOUBLINGS: u32 = 5;

/// As Jira writes errors.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Errors {
    error_messages: Vec<String>,
    errors: BTreeMap<String, String>,
    message: Option<String>,
}

/// What Jira says is wrong, in a line.
pub(super) fn said(answer: &Answer) -> String {
    let errors: Errors = answer.json().unwrap_or_default();
    let fields = errors.errors.into_iter().map(|(field, problem)| format!("{field}: {problem}"));
    let all: Vec<String> = errors.error_messages.into_iter().chain(errors.message).chain(fields).collect();
    if all.is_empty() { "it does not say more".to_owned() } else { all.join("; ") }
}

impl Api {
    /// An answer's body as a typed value. What is no JSON comes from something that is no Jira.
    pub(super) fn read<T: DeserializeOwned>(&self, what: &str, answer: &Answer) -> Result<T, Error> {
        answer.json().map_err(|problem| Error::Refused {
            input: format!("{what} of {}", self.source),
            reason: format!("the answer can't be read: {problem}"),
            remedy: format!(
                "see that `endpoint` of [sources.{}] is Jira's own address: a login page or a proxy may answer in its place",
                self.source
            ),
            wait: Duration::from_secs(60),
        })
    }

    /// Why a call was refused.
    pub(super) fn refused(&self, path: &str, answer: &Answer) -> Error {
        let source = &self.source;
        let (reason, remedy, wait) = match answer.status {
            401 => {
                let times = self.refusals.fetch_add(1, Ordering::Relaxed).min(MOST_DOUBLINGS);
                // After too many wrong log-ins Data Center refuses right ones too, until somebody has solved its riddle.
                let locked = answer
                    .header("x-seraph-loginreason")
                    .is_some_and(|reason| reason.contains("AUTHENTICATION_DENIED"));
                let remedy = if locked {
                    "the account is locked after wrong log-ins: log in with a browser once, and solve the CAPTCHA"
                        .to_owned()
                } else {
                    format!(
                        "make a new token (tokens expire) and set `token` of [sources.{source}], with `email` on Cloud and without it for a personal access token or OAuth"
                    )
                };
                let reason = format!("the credentials are refused (401: {})", said(answer));
                (reason, remedy, AFTER_REFUSAL * 2_u32.pow(times))
            }
            403 => (
                format!("the account may not do this (403: {})", said(answer)),
                format!(
                    "give the account of [sources.{source}] the permissions Browse projects and View development tools, or use another account"
                ),
                AFTER_REFUSAL,
            ),
            410 => {
                // A Jira that was moved to Cloud speaks another dialect: it is asked anew.
                self.know(None);
                (
                    "this Jira no longer answers this call (410)".to_owned(),
                    "it is asked again which kind it is; if this stays, use a newer tidemark".to_owned(),
                    Duration::from_secs(60),
                )
            }
            400 => (
                format!("the question is not understood (400: {})", said(answer)),
                format!("see that `projects` of [sources.{source}] names projects that exist"),
                Duration::from_secs(60),
            ),
            404 => (
                "there is nothing at this path (404)".to_owned(),
                format!("see that `endpoint` of [sources.{source}] is Jira's address, with its context path"),
                Duration::from_secs(60),
            ),
            status => (
                format!("an unexpected answer ({status}: {})", said(answer)),
                "see what Jira's log says".to_owned(),
                Duration::from_secs(60),
            ),
        };
        Error::Refused { input: format!("{path} of {source}"), reason, remedy, wait }
    }
}
