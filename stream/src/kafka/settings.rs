//! How to reach a log on Kafka: brokers, the prefix of its topics, and whatever librdkafka is to be told besides.

use std::collections::BTreeMap;
use std::fmt;

use percent_encoding::percent_decode_str;
use rdkafka::ClientConfig;

use super::halt::Halt;
use super::probe::Away;
use crate::Error;

/// What topics, groups and transactional ids start with, where nothing else is said.
const PREFIX: &str = "tidemark.";
/// The longest prefix: topic names may have 249 characters, and those of tables need their share.
const LONGEST_PREFIX: usize = 150;
/// Properties that decide whether the log is right, and are therefore not for configuration.
const WITHOUT_DOT: [&str; 5] = ["prefix", "debug", "retries", "acks", "plugin"];
const FIXED: [&str; 13] = [
    "bootstrap.servers",
    "metadata.broker.list",
    "group.id",
    "transactional.id",
    "enable.idempotence",
    "isolation.level",
    "enable.auto.commit",
    "enable.auto.offset.store",
    "enable.partition.eof",
    "auto.offset.reset",
    "acks",
    "request.required.acks",
    "message.max.bytes",
];

/// How to reach a log. Debug output names properties without their values, since some are secrets.
#[derive(Clone)]
pub struct Settings {
    brokers: String,
    prefix: String,
    properties: BTreeMap<String, String>,
    halt: Halt,
    away: Away,
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&String> = self.properties.keys().collect();
        f.debug_struct("Settings")
            .field("brokers", &self.brokers)
            .field("prefix", &self.prefix)
            .field("properties", &names)
            .finish()
    }
}

impl Settings {
    /// Reads `kafka://host:9092,other:9092?security.protocol=sasl_ssl&sasl.username=…&prefix=…`: properties are
    /// librdkafka's, percent-encoded where they have signs of their own; `prefix` is what topics start with.
    ///
    /// Fails where the URL is none, or a property is not for configuration or needs what this build has not. Errors
    /// show no values.
    pub fn parse(url: &str) -> Result<Self, Error> {
        let rest = url.strip_prefix("kafka://").ok_or_else(|| refused("url", "it starts with `kafka://`"))?;
        let (brokers, query) = rest.split_once('?').unwrap_or((rest, ""));
        let brokers = brokers.trim_end_matches('/');
        if brokers.contains('@') {
            return Err(refused(
                "url",
                "users go into `sasl.username` and `sasl.password`, not before an `@`",
            ));
        }
        if brokers.is_empty() || brokers.contains(|sign: char| sign.is_whitespace() || sign == '/') {
            return Err(refused("url", "expected a form like kafka://host:9092,other:9092"));
        }
        let mut settings = Self {
            brokers: brokers.to_owned(),
            prefix: PREFIX.to_owned(),
            properties: BTreeMap::new(),
            halt: Halt::default(),
            away: Away::default(),
        };
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').ok_or_else(unencoded)?;
            // What follows an `&` in a password is not to be shown as a name.
            if !name.contains('.') && !WITHOUT_DOT.contains(&name) {
                return Err(unencoded());
            }
            let value = percent_decode_str(value)
                .decode_utf8()
                .map_err(|_| refused(name, "what is percent-encoded is no UTF-8"))?;
            settings = settings.with(name, &value)?;
        }
        Ok(settings)
    }

    /// The same with a property more, or with another prefix (`prefix`).
    pub fn with(mut self, name: &str, value: &str) -> Result<Self, Error> {
        if name == "prefix" {
            let legal = |sign: char| sign.is_ascii_alphanumeric() || matches!(sign, '.' | '_' | '-');
            if value.len() > LONGEST_PREFIX || !value.chars().all(legal) {
                return Err(refused(
                    name,
                    "letters, digits, `.`, `_` and `-` make a topic, up to 150 of them",
                ));
            }
            value.clone_into(&mut self.prefix);
            return Ok(self);
        }
        if FIXED.contains(&name) {
            return Err(refused(name, "it decides whether the log is right and is not for configuration"));
        }
        if needs_tls(name, value) && !cfg!(feature = "tls") {
            let reason = "this build has no TLS, which it needs: use a released binary, or build with `--features tls`";
            return Err(refused(name, reason));
        }
        self.properties.insert(name.to_owned(), value.to_owned());
        Ok(self)
    }

    /// The same for who waits no longer for the cluster once `halt` is asked.
    #[must_use]
    pub fn until(self, halt: &Halt) -> Self {
        Self { halt: halt.clone(), ..self }
    }

    pub(super) fn halt(&self) -> &Halt {
        &self.halt
    }

    /// Where it is said that the cluster is away; clones share it.
    pub fn away(&self) -> &Away {
        &self.away
    }

    /// The brokers, as they were given.
    pub fn brokers(&self) -> &str {
        &self.brokers
    }

    /// What topics, groups and transactional ids start with.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// What every client is told.
    pub(super) fn client(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.brokers).set("client.id", "tidemark");
        // Idle connections are found dead before a commit needs them.
        config.set("socket.keepalive.enable", "true");
        for (name, value) in &self.properties {
            config.set(name, value);
        }
        config
    }
}

fn unencoded() -> Error {
    refused("url", "expected librdkafka's properties as `name=value`; an `&` in a value is written `%26`")
}

fn refused(setting: &str, reason: &str) -> Error {
    Error::KafkaSetting { setting: setting.to_owned(), reason: reason.to_owned() }
}

/// Whether a property can only be had with TLS's library.
fn needs_tls(name: &str, value: &str) -> bool {
    let value = value.to_ascii_lowercase();
    match name {
        "security.protocol" => matches!(value.as_str(), "ssl" | "sasl_ssl"),
        "sasl.mechanism" | "sasl.mechanisms" => value.starts_with("scram") || value.starts_with("oauth"),
        name => name.starts_with("ssl.") || name.starts_with("sasl.oauthbearer"),
    }
}

#[cfg(test)]
mod tests {
    use super::Settings;

    #[test]
    fn a_url_says_brokers_prefix_and_properties() {
        let url = "kafka://one:9092,two:9093/?sasl.password=p%26q&prefix=tide.&sasl.mechanism=PLAIN";
        let settings = Settings::parse(url).unwrap();
        assert_eq!((settings.brokers(), settings.prefix()), ("one:9092,two:9093", "tide."));
        let config = settings.client();
        assert_eq!(config.get("sasl.password"), Some("p&q"));
        assert_eq!(config.get("bootstrap.servers"), Some("one:9092,two:9093"));
    }

    #[test]
    fn what_is_wrong_is_named_and_no_secret_is_shown() {
        for (url, named) in [
            ("http://h:1", "url"),
            ("kafka://", "url"),
            ("kafka://ana:hunter2@h:1", "url"),
            ("kafka://h:1?enable.idempotence=hunter2", "enable.idempotence"),
            ("kafka://h:1?prefix=hunter2%2F", "prefix"),
            ("kafka://h:1?sasl.password=%ffhunter2", "sasl.password"),
            ("kafka://h:1?sasl.password=ab&hunter2", "url"),
            ("kafka://h:1?sasl.password=ab&hunter2=c", "url"),
        ] {
            let error = Settings::parse(url).unwrap_err().to_string();
            assert!(error.contains(&format!("`{named}`")) && !error.contains("hunter2"), "{url}: {error}");
        }
        let settings = Settings::parse("kafka://h:1?sasl.password=hunter2").unwrap();
        assert!(!format!("{settings:?}").contains("hunter2"));
    }

    #[cfg(not(feature = "tls"))]
    #[test]
    fn a_build_without_tls_says_so() {
        for setting in
            ["security.protocol=SASL_SSL", "sasl.mechanism=SCRAM-SHA-512", "ssl.ca.location=ca.pem"]
        {
            let error = Settings::parse(&format!("kafka://h:1?{setting}")).unwrap_err().to_string();
            assert!(error.contains("--features tls"), "{error}");
        }
    }
}
