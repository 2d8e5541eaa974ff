//! Webhooks as Jira keeps them: those of an OAuth app, which it has to refresh, and those of administrators.

use serde::Deserialize;
use serde_json::{Value, json};
use tidemark_model::Timestamp;

use super::answers::said;
use super::{Api, Flavour, Server};
use crate::Error;
use crate::http::{Answer, Call};
use crate::jira::Id;

/// Webhooks, or failures, of a page: what is given at most.
const PAGE: usize = 100;
/// A list that is longer than this has no end.
const MOST_PAGES: usize = 20;
/// From this version on Data Center signs what it sends.
const SIGNS_SINCE: u32 = 10;
/// The name of the filter that says which issues are meant.
const ISSUES: &str = "issue-related-events-section";

/// Where webhooks are registered. Who asks decides it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// By an OAuth app for itself, on Cloud; they end after thirty days unless they are refreshed.
    App,
    /// By an administrator, on Cloud: an app can't, and whoever has an API token can't register those of an app.
    Administrator,
    /// By an administrator, on Data Center.
    DataCenter,
}

/// A webhook as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Registered {
    pub(crate) id: String,
    /// Older descriptions of an app's webhooks have none.
    pub(crate) url: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) events: Vec<String>,
    /// JQL; nothing where there is no filter.
    pub(crate) filter: String,
    pub(crate) expires_at: Option<Timestamp>,
    /// Whether somebody has switched it off.
    pub(crate) is_off: bool,
    /// Whether it is known to be sent without a signature.
    pub(crate) is_unsigned: bool,
}

/// A webhook to be registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// What administrators see it called.
    pub(crate) name: Option<String>,
    pub(crate) events: &'static [&'static str],
    /// JQL; nothing where all issues are meant.
    pub(crate) filter: String,
}

/// Where webhooks are sent, and what signs them.
#[derive(Clone, Copy)]
pub(crate) struct To<'a> {
    pub(crate) url: &'a str,
    pub(crate) secret: &'a str,
}

/// What Jira says to those who may not do this, or not so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Denied(pub(crate) String);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    id: Option<Id>,
    #[serde(rename = "self")]
    link: Option<String>,
    name: Option<String>,
    url: Option<String>,
    events: Option<Vec<String>>,
    jql_filter: Option<String>,
    #[serde(default)]
    filters: Value,
    expiration_date: Option<Timestamp>,
    enabled: Option<bool>,
    active: Option<bool>,
    is_signed: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    #[serde(default)]
    is_last: bool,
    #[serde(default = "Vec::new")]
    values: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Results {
    webhook_registration_result: Vec<Outcome>,
}

#[derive(Deserialize)]
struct Outcome {
    #[serde(default)]
    errors: Vec<String>,
}

#[derive(Deserialize)]
struct Failures {
    values: Vec<Failure>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Failure {
    url: String,
    failure_time: Timestamp,
}

impl Form {
    fn path(self) -> &'static str {
        match self {
            Self::App => "/rest/api/3/webhook",
            Self::Administrator => "/rest/webhooks/1.0/webhook",
            Self::DataCenter => "/rest/jira-webhook/1.0/webhooks",
        }
    }
}

impl Row {
    fn registered(self) -> Option<Registered> {
        let of_link = || Some(self.link.as_ref()?.rsplit('/').next()?.to_owned());
        let id = self.id.clone().map(Id::into_text).or_else(of_link)?;
        let filter = self.jql_filter.as_deref().or_else(|| self.filters[ISSUES].as_str());
        Some(Registered {
            id,
            filter: filter.unwrap_or_default().to_owned(),
            url: self.url,
            name: self.name,
            events: self.events.unwrap_or_default(),
            expires_at: self.expiration_date,
            is_off: self.enabled.or(self.active) == Some(false),
            is_unsigned: self.is_signed == Some(false),
        })
    }
}

impl Api {
    /// Where webhooks can be registered for this server by whoever asks; nothing where what it sends would not be signed.
    pub(crate) fn form(&self, server: &Server) -> Option<Form> {
        match server.flavour {
            Flavour::Cloud if self.bearer => Some(Form::App),
            Flavour::Cloud => Some(Form::Administrator),
            Flavour::DataCenter => {
                let major = server.version.split('.').next().and_then(|major| major.parse::<u32>().ok());
                major.is_some_and(|major| major >= SIGNS_SINCE).then_some(Form::DataCenter)
            }
        }
    }

    /// The webhooks that whoever asks can see: an app its own, an administrator all.
    pub(crate) async fn webhooks(&self, form: Form) -> Result<Result<Vec<Registered>, Denied>, Error> {
        let first = Call::get("webhooks", form.path());
        let mut all = Vec::new();
        for _ in 0..MOST_PAGES {
            let call = match form {
                Form::App => first.clone().with("startAt", all.len()).with("maxResults", PAGE).objects(PAGE),
                Form::Administrator | Form::DataCenter => first.clone(),
            };
            let answer = match self.permitted(call).await? {
                Ok(answer) => answer,
                Err(denied) => return Ok(Err(denied)),
            };
            let (rows, ended) = match form {
                Form::App => {
                    let page: Page = self.read("the webhooks", &answer)?;
                    let ended = page.is_last || page.values.is_empty();
                    (page.values, ended)
                }
                Form::Administrator | Form::DataCenter => (self.read("the webhooks", &answer)?, true),
            };
            all.extend(rows.into_iter().filter_map(Row::registered));
            if ended {
                break;
            }
        }
        Ok(Ok(all))
    }

    /// Registers a webhook.
    pub(crate) async fn register(
        &self,
        form: Form,
        wanted: &Wanted,
        to: To<'_>,
    ) -> Result<Result<(), Denied>, Error> {
        let Wanted { name, events, filter } = wanted;
        let To { url, secret } = to;
        let body = match form {
            Form::App => json!({"url": url, "webhooks": [{"events": events, "jqlFilter": filter}]}),
            Form::Administrator => json!({
                "name": name, "url": url, "events": events, "filters": {ISSUES: filter}, "excludeBody": false,
                "secret": secret,
            }),
            // Its secret is a property like others: beside them it would be passed over without a word.
            Form::DataCenter => json!({
                "name": name, "url": url, "events": events, "active": true,
                "configuration": {"SECRET": secret, "EXCLUDE_BODY": "false"},
            }),
        };
        let answer = match self.permitted(Call::post("webhooks", form.path(), body)).await? {
            Ok(answer) => answer,
            Err(denied) => return Ok(Err(denied)),
        };
        if form != Form::App {
            return Ok(Ok(()));
        }
        // It is answered with 200, whatever became of it.
        let results: Results = self.read("a registration", &answer)?;
        let errors: Vec<String> =
            results.webhook_registration_result.into_iter().flat_map(|outcome| outcome.errors).collect();
        Ok(if errors.is_empty() { Ok(()) } else { Err(Denied(errors.join("; "))) })
    }

    /// Gives an app's webhooks another thirty days.
    pub(crate) async fn refresh(&self, ids: &[String]) -> Result<Result<(), Denied>, Error> {
        let call = Call::put("webhooks", "/rest/api/3/webhook/refresh", numbers(ids));
        Ok(self.permitted(call).await?.map(|_| ()))
    }

    /// Takes webhooks away.
    pub(crate) async fn unregister(&self, form: Form, ids: &[String]) -> Result<Result<(), Denied>, Error> {
        if form == Form::App {
            let call = Call { body: Some(numbers(ids)), ..Call::delete("webhooks", form.path()) };
            return Ok(self.permitted(call).await?.map(|_| ()));
        }
        for id in ids {
            let call = Call::delete("webhooks", format!("{}/{id}", form.path()));
            if let Err(denied) = self.permitted(call).await? {
                return Ok(Err(denied));
            }
        }
        Ok(Ok(()))
    }

    /// How many webhooks to `url` an app has not received after all retries since `after`, and when the last of them was
    /// given up. Jira tells it to few.
    pub(crate) async fn failed_webhooks(
        &self,
        url: &str,
        after: Timestamp,
    ) -> Result<Result<(usize, Timestamp), Denied>, Error> {
        let (mut count, mut last) = (0, after);
        for _ in 0..MOST_PAGES {
            let call = Call::get("webhooks", "/rest/api/3/webhook/failed");
            let call = call.with("after", last.0).with("maxResults", PAGE).objects(PAGE);
            let answer = match self.permitted(call).await? {
                Ok(answer) => answer,
                Err(denied) => return Ok(Err(denied)),
            };
            let failures: Failures = self.read("the webhooks that failed", &answer)?;
            count += failures.values.iter().filter(|failure| failure.url == url).count();
            let newest = failures.values.iter().map(|failure| failure.failure_time).max();
            match newest {
                Some(newest) if failures.values.len() >= PAGE && newest > last => last = newest,
                newest => return Ok(Ok((count, newest.unwrap_or(last).max(last)))),
            }
        }
        Ok(Ok((count, last)))
    }

    /// The answer to a call, where it is permitted; what is said where it is not, or not so.
    pub(super) async fn permitted(&self, call: Call) -> Result<Result<Answer, Denied>, Error> {
        let path = call.path.clone();
        let answer = self.calls.call(call).await?;
        match answer.status {
            400 | 401 | 403 | 404 | 405 => Ok(Err(Denied(format!("{}: {}", answer.status, said(&answer))))),
            _ if answer.is_success() => Ok(Ok(answer)),
            _ => Err(self.refused(&path, &answer)),
        }
    }
}

/// An app's webhooks are numbered.
fn numbers(ids: &[String]) -> Value {
    let ids: Vec<i64> = ids.iter().filter_map(|id| id.parse().ok()).collect();
    json!({"webhookIds": ids})
}
