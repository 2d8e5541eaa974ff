//! A source's section: what each type of source has to know.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::bail;
use serde::Deserialize;
use tidemark_connectors::jira::live::Options;
use tidemark_model::Timestamp;
use toml::{Table, Value};
use url::{Host, Url};

use super::load::typed;
use super::{Jira, Origin, Secret, Source};

/// A secret that is shorter could be guessed.
const SHORTEST_SECRET: usize = 16;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ArchiveKeys {
    path: PathBuf,
    /// A look at the files costs next to nothing.
    #[serde(default = "fifty")]
    poll_interval_ms: u64,
}

fn fifty() -> u64 {
    50
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct JiraKeys {
    endpoint: String,
    email: Option<String>,
    token: Secret,
    #[serde(default = "two_minutes")]
    poll_interval_secs: u64,
    #[serde(default = "a_day")]
    reconcile_interval_secs: u64,
    #[serde(default)]
    projects: Vec<String>,
    estimation_field: Option<String>,
    #[serde(default = "most_of_it")]
    quota_share: f64,
    #[serde(default)]
    webhook_secrets: Vec<Secret>,
    /// For a Data Center that does not sign.
    #[serde(default)]
    webhook_secret_in_url: bool,
    webhook_url: Option<String>,
    token_expires: Option<Value>,
}

fn two_minutes() -> u64 {
    120
}

fn a_day() -> u64 {
    86_400
}

fn most_of_it() -> f64 {
    0.7
}

/// The source of a section `[sources.NAME]`.
pub(super) fn source(name: &str, mut table: Table, folder: &Path) -> anyhow::Result<Source> {
    let at = format!("sources.{name}");
    let kind = match table.remove("type") {
        Some(Value::String(kind)) => kind,
        _ => bail!("{at}.type is missing: write one of {}", tidemark_connectors::TYPES.join(", ")),
    };
    match kind.as_str() {
        "jira" => jira(&at, typed(&at, table)?),
        "jira-archive" => {
            let keys: ArchiveKeys = typed(&at, table)?;
            let origin = Origin::JiraArchive { path: folder.join(keys.path) };
            let poll_interval = Duration::from_millis(keys.poll_interval_ms.max(1));
            Ok(Source { origin, poll_interval, reconcile_interval: Duration::MAX })
        }
        other => bail!(
            "{at}.type: there is no source type `{other}` yet: write one of {}",
            tidemark_connectors::TYPES.join(", ")
        ),
    }
}

fn jira(at: &str, keys: JiraKeys) -> anyhow::Result<Source> {
    let endpoint = endpoint(at, &keys.endpoint)?;
    if keys.token.expose().trim().is_empty() {
        bail!("{at}.token is empty: make a token in Jira, and set it");
    }
    if !(keys.quota_share > 0.0 && keys.quota_share <= 1.0) {
        bail!("{at}.quota_share: {} is no share: write a number above 0 and up to 1", keys.quota_share);
    }
    let secrets = keys.webhook_secrets.iter().map(|secret| secret.expose().trim().to_owned());
    let secrets: Vec<String> = secrets.collect();
    if secrets.iter().any(|secret| secret.chars().count() < SHORTEST_SECRET) {
        bail!(
            "{at}.webhook_secrets: one has fewer than {SHORTEST_SECRET} characters: `openssl rand -hex 32` makes a good one"
        );
    }
    if keys.webhook_secret_in_url && secrets.is_empty() {
        bail!("{at}.webhook_secret_in_url needs a secret: set {at}.webhook_secrets");
    }
    let webhook_url = keys.webhook_url.map(|text| webhook_url(at, &text)).transpose()?;
    if webhook_url.is_some() && secrets.is_empty() {
        bail!("{at}.webhook_url: what comes there has to be signed: set `webhook_secrets` as well");
    }
    let token_expires_at = keys.token_expires.map(|date| day(at, &date)).transpose()?;
    let options = Options {
        projects: keys.projects,
        estimation_field: keys.estimation_field,
        webhook_secrets: secrets,
        webhook_secret_in_url: keys.webhook_secret_in_url,
        webhook_url,
        bearer: keys.email.is_none(),
        token_expires_at,
    };
    let (email, token, quota_share) = (keys.email, keys.token, keys.quota_share);
    let jira = Jira { endpoint, email, token, quota_share, options };
    let poll_interval = Duration::from_secs(keys.poll_interval_secs.max(1));
    let reconcile_interval = Duration::from_secs(keys.reconcile_interval_secs.max(1));
    Ok(Source { origin: Origin::Jira(Box::new(jira)), poll_interval, reconcile_interval })
}

/// The first moment of a day, quoted or not.
fn day(at: &str, date: &Value) -> anyhow::Result<Timestamp> {
    let text = match date {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    match Timestamp::parse(&format!("{text}T00:00:00Z")) {
        Ok(day) => Ok(day),
        Err(_) => bail!("{at}.token_expires: `{text}` is no day: write one like 2027-03-31"),
    }
}

/// An address that credentials may be sent to.
fn endpoint(at: &str, text: &str) -> anyhow::Result<Url> {
    // The address itself is not shown: it may hold a password.
    let url = match text.parse::<Url>() {
        Ok(url) if url.has_host() => url,
        _ => bail!("{at}.endpoint is no address: write one like https://acme.atlassian.net"),
    };
    if !url.username().is_empty() || url.password().is_some() {
        bail!("{at}.endpoint holds a name or a password: set `email` and `token` instead");
    }
    if !is_private(&url) {
        bail!(
            "{at}.endpoint: the token would be sent in the clear: write an address that begins with https://"
        );
    }
    Ok(url)
}

/// Where Jira reaches this source's webhooks.
fn webhook_url(at: &str, text: &str) -> anyhow::Result<String> {
    let url = match text.parse::<Url>() {
        Ok(url) if url.has_host() => url,
        _ => bail!("{at}.webhook_url is no address: write one like https://tidemark.example/hooks/NAME"),
    };
    if !url.username().is_empty() || url.password().is_some() {
        bail!("{at}.webhook_url holds a name or a password: `webhook_secrets` prove who sends");
    }
    if !is_private(&url) {
        bail!(
            "{at}.webhook_url: what Jira tells would be sent in the clear: write an address that begins with https://"
        );
    }
    Ok(url.into())
}

/// Whether what is sent there is read by nobody on the way.
fn is_private(url: &Url) -> bool {
    let here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => IpAddr::from(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::from(address).is_loopback(),
        None => false,
    };
    url.scheme() == "https" || (url.scheme() == "http" && here)
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::time::Duration;

    use super::source;
    use crate::config::Origin;

    fn read(text: &str) -> anyhow::Result<super::Source> {
        source("acme", text.parse().unwrap(), Path::new("."))
    }

    #[test]
    fn a_jira_needs_an_address_and_a_token() {
        let source =
            read("type = \"jira\"\nendpoint = \"https://acme.atlassian.net\"\nemail = \"bot@acme.example\"\ntoken = \"hunter2\"").unwrap();
        assert_eq!(source.poll_interval, Duration::from_secs(120));
        assert!(!format!("{source:?}").contains("hunter2"));
        let Origin::Jira(jira) = source.origin else { panic!("another type") };
        assert!(!jira.options.bearer, "an account's own token draws on no quota");
    }

    #[test]
    fn the_day_on_which_a_token_expires_is_quoted_or_not() {
        for day in ["2027-03-31", "\"2027-03-31\""] {
            let jira = "type = \"jira\"\nendpoint = \"https://acme.atlassian.net\"\ntoken = \"hunter2\"";
            let source = read(&format!("{jira}\ntoken_expires = {day}")).unwrap();
            let Origin::Jira(jira) = source.origin else { panic!("another type") };
            assert_eq!(jira.options.token_expires_at.unwrap().to_string(), "2027-03-31T00:00:00.000Z");
        }
    }

    #[test]
    fn what_is_wrong_is_named_without_what_is_secret() {
        let wrong = |text: &str| {
            let text = format!("type = \"jira\"\n{text}");
            let message = format!("{:#}", read(&text).unwrap_err());
            assert!(!message.contains("hunter2"), "{message}");
            message
        };
        assert_eq!(wrong("token = \"hunter2\""), "the key `sources.acme.endpoint` is missing");
        let clear = wrong("endpoint = \"http://jira.acme.example\"\ntoken = \"hunter2\"");
        assert!(clear.contains("in the clear"), "{clear}");
        let user = wrong("endpoint = \"https://bot:hunter2@jira.acme.example\"\ntoken = \"hunter2\"");
        assert!(user.contains("set `email` and `token` instead"), "{user}");
        let share = wrong("endpoint = \"https://jira.acme.example\"\ntoken = \"hunter2\"\nquota_share = 7.0");
        assert!(share.contains("no share"), "{share}");
        let open = wrong(
            "endpoint = \"https://jira.acme.example\"\ntoken = \"hunter2\"\nwebhook_secret_in_url = true",
        );
        assert!(open.contains("needs a secret"), "{open}");
        let jira = "endpoint = \"https://jira.acme.example\"\ntoken = \"hunter2\"";
        let no_day = wrong(&format!("{jira}\ntoken_expires = \"soon\""));
        assert!(no_day.contains("`soon` is no day: write one like 2027-03-31"), "{no_day}");
        let hooked = |url: &str, secrets: &str| format!("{jira}\nwebhook_url = \"{url}\"\n{secrets}");
        let secrets = "webhook_secrets = [\"hunter2 hunter2 hunter2\"]";
        let clear = wrong(&hooked("http://tidemark.example/hooks/acme", secrets));
        assert!(clear.contains("in the clear"), "{clear}");
        let unsigned = wrong(&hooked("https://tidemark.example/hooks/acme", ""));
        assert!(unsigned.contains("set `webhook_secrets`"), "{unsigned}");
        let good = format!("type = \"jira\"\n{}", hooked("https://Tidemark.example/hooks/acme", secrets));
        let Origin::Jira(jira) = read(&good).unwrap().origin else { panic!("another type") };
        assert_eq!(jira.options.webhook_url.as_deref(), Some("https://tidemark.example/hooks/acme"));
    }
}
