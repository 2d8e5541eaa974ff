//! Reading the configuration: every error names the key, and what to write instead.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tidemark_model::policy::Policy;
use toml::{Table, Value};

use super::mask::mask;
use super::policy;
use super::source::source;
use super::value::{expand, set_path};
use super::{Api, Config, DEFAULT, Storage};

/// The file that is read where no other is named.
const FILE: &str = "tidemark.toml";
/// What variables that override a key start with.
const PREFIX: &str = "TIDEMARK__";

/// A token that is shorter could be guessed.
const SHORTEST_TOKEN: usize = 16;

/// The configuration, and the text of it that may be shown.
pub(crate) struct Loaded {
    pub(crate) config: Config,
    /// Merged, with `${NAMES}` as they stand: no secret is in it.
    pub(crate) shown: String,
}

/// Reads defaults, the file, and the environment.
pub(crate) fn load(file: Option<&Path>) -> anyhow::Result<Loaded> {
    let (path, required) = file.map_or_else(|| (PathBuf::from(FILE), false), |file| (file.to_owned(), true));
    let mut merged: Table = DEFAULT.parse().context("the built-in configuration")?;
    match std::fs::read_to_string(&path) {
        Ok(text) => {
            let table: Table = text.parse().map_err(|error| anyhow!("{}: {error}", path.display()))?;
            merge(&mut merged, table);
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && !required => {}
        Err(error) => bail!(
            "{} can't be read ({error}): name another file with --config, or run `tidemark init`",
            path.display()
        ),
    }
    let variables = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    let overrides: BTreeMap<String, String> =
        variables.filter(|(name, _)| name.starts_with(PREFIX)).collect();
    for (name, value) in overrides {
        let keys: Vec<String> = name[PREFIX.len()..].split("__").map(str::to_lowercase).collect();
        set_path(&mut merged, &keys, &value).with_context(|| format!("the variable {name}"))?;
    }
    let mut shown = merged.clone();
    mask(&mut shown);
    let shown = toml::to_string_pretty(&shown)?;
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .map_or_else(|| PathBuf::from("."), Path::to_path_buf);
    let config = read(merged, &folder).with_context(|| path.display().to_string())?;
    Ok(Loaded { config, shown })
}

fn merge(into: &mut Table, from: Table) {
    for (key, value) in from {
        match (into.get_mut(&key), value) {
            (Some(Value::Table(old)), Value::Table(new)) => merge(old, new),
            (_, value) => {
                into.insert(key, value);
            }
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sections {
    api: Table,
    #[serde(default)]
    disciplines: Table,
    metrics: Table,
    storage: Table,
    #[serde(default)]
    sources: BTreeMap<String, Table>,
    #[serde(default)]
    teams: BTreeMap<String, Table>,
}

fn read(mut merged: Table, folder: &Path) -> anyhow::Result<Config> {
    expand(&mut merged, "")?;
    let sections: Sections = typed("", merged)?;
    let api: Api = typed("api", sections.api)?;
    let token = api.token.as_ref().map(|token| token.expose().chars().count());
    if token.is_some_and(|length| length < SHORTEST_TOKEN) {
        bail!(
            "api.token: it has fewer than {SHORTEST_TOKEN} characters: `openssl rand -hex 32` makes a good one"
        );
    }
    if token.is_none() && !api.listen.ip().is_loopback() {
        bail!(
            "api.listen: {} can be reached from other machines: set `api.token`, which requests then have to send",
            api.listen
        );
    }
    let storage: Storage = typed("storage", sections.storage)?;
    let storage = storage.checked(folder)?;
    let mut sources = BTreeMap::new();
    for (name, table) in sections.sources {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if name.is_empty() || !name.chars().all(plain) {
            bail!(
                "sources.{name}: a source's name is made of letters, digits, `-` and `_`, since ids begin with it"
            );
        }
        let source = source(&name, table, folder)?;
        sources.insert(name, source);
    }
    let mut policy = policy_in(sections.metrics, sections.disciplines, sections.teams)?;
    let chosen = sources
        .iter()
        .filter_map(|(name, source)| Some((name.clone(), source.estimation_field()?.to_owned())));
    policy.estimation_fields = chosen.collect();
    Ok(Config { api, policy, storage, sources })
}

/// What a file that has the sections `[metrics]`, `[disciplines]` and `[teams.*]` alone decides.
pub(crate) fn policy_of(text: &str) -> anyhow::Result<Policy> {
    let mut merged: Table = DEFAULT.parse().context("the built-in configuration")?;
    merge(&mut merged, text.parse()?);
    let sections: Sections = typed("", merged)?;
    policy_in(sections.metrics, sections.disciplines, sections.teams)
}

fn policy_in(metrics: Table, disciplines: Table, tables: BTreeMap<String, Table>) -> anyhow::Result<Policy> {
    let mut teams = Vec::new();
    for (name, table) in tables {
        let keys = typed(&format!("teams.{name}"), table)?;
        teams.push(policy::team(name, keys)?);
    }
    policy::policy(typed("metrics", metrics)?, typed("disciplines", disciplines)?, teams)
}

/// A table as a typed value; an error names the path of the key, and for an unknown key the nearest known one.
pub(super) fn typed<T: DeserializeOwned>(at: &str, table: Table) -> anyhow::Result<T> {
    serde_path_to_error::deserialize(Value::Table(table)).map_err(|error| {
        let inner = error.path().to_string();
        let path = [at, &inner]
            .into_iter()
            .filter(|part| !part.is_empty() && *part != ".")
            .collect::<Vec<_>>()
            .join(".");
        let message = error.inner().to_string();
        let message = message.lines().next().unwrap_or_default();
        let mut quoted = message.split('`').skip(1).step_by(2);
        match quoted.next() {
            Some(unknown) if message.starts_with("unknown field") => {
                let known: Vec<&str> = quoted.collect();
                let nearest = known.iter().max_by(|left, right| {
                    strsim::jaro_winkler(unknown, left).total_cmp(&strsim::jaro_winkler(unknown, right))
                });
                let hint = nearest.map_or(String::new(), |nearest| format!("; did you mean `{nearest}`?"));
                let parent = path.strip_suffix(unknown).unwrap_or(&path).trim_end_matches('.');
                let full = if parent.is_empty() { unknown.to_owned() } else { format!("{parent}.{unknown}") };
                anyhow!("unknown key `{full}`{hint} (known here: {})", known.join(", "))
            }
            Some(written) if message.starts_with("unknown variant") => {
                let known: Vec<String> = quoted.map(|word| format!("`{word}`")).collect();
                anyhow!("{path}: `{written}` is none of {}", known.join(", "))
            }
            Some(field) if message.starts_with("missing field") => {
                let full = if path.is_empty() { field.to_owned() } else { format!("{path}.{field}") };
                anyhow!("the key `{full}` is missing")
            }
            _ => anyhow!("{path}: {message}"),
        }
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::read;

    fn error(text: &str) -> String {
        let mut merged = super::DEFAULT.parse().unwrap();
        super::merge(&mut merged, text.parse().unwrap());
        format!("{:#}", read(merged, Path::new("/home/acme")).unwrap_err())
    }

    #[test]
    fn an_unknown_key_is_named_with_its_path_and_the_nearest_known_one() {
        assert_eq!(
            error("[storage]\ndata_dri = \"x\""),
            "unknown key `storage.data_dri`; did you mean `data_dir`? (known here: data_dir, log, log_partitions, log_replicas, warehouse, database)"
        );
        assert_eq!(
            error("[sources.acme]\ntype = \"jira-archive\"\npaht = \"x\""),
            "unknown key `sources.acme.paht`; did you mean `path`? (known here: path, poll_interval_ms)"
        );
        assert_eq!(
            error("[storge]"),
            "unknown key `storge`; did you mean `storage`? (known here: api, disciplines, metrics, storage, sources, teams)"
        );
    }

    #[test]
    fn what_is_missing_or_not_there_yet_is_said() {
        assert_eq!(
            error("[sources.acme]\ntype = \"jira-archive\""),
            "the key `sources.acme.path` is missing"
        );
        assert_eq!(
            error("[sources.acme]\ntype = \"trello\""),
            "sources.acme.type: there is no source type `trello` yet: write one of jira, jira-archive"
        );
        assert_eq!(
            error("[storage]\nwarehouse = \"mysql://user:secret@host/db\""),
            "storage.warehouse: there are no mysql stores: write `embedded:` or clickhouse://user:password@host:8123/database"
        );
        let message = error("[storage]\nlog = \"kafka://broker:9092\"");
        assert!(message.starts_with("storage.warehouse: several processes share a log"), "{message}");
    }

    #[test]
    fn other_machines_need_a_token() {
        assert_eq!(
            error("[api]\nlisten = \"0.0.0.0:8080\""),
            "api.listen: 0.0.0.0:8080 can be reached from other machines: set `api.token`, which requests then have to send"
        );
        assert!(error("[api]\ntoken = \"short\"").starts_with("api.token: it has fewer than 16 characters"));
    }

    #[test]
    fn a_word_that_is_not_known_is_named_with_those_that_are() {
        assert_eq!(
            error("[metrics]\ndone = \"colum\""),
            "metrics.done: `colum` is none of `column`, `status_category`, `resolution`"
        );
    }

    #[test]
    fn paths_start_at_the_file() {
        let text = format!("{}\n[sources.acme]\ntype = \"jira-archive\"\npath = \"a\"", super::DEFAULT);
        let config = read(text.parse().unwrap(), Path::new("/home/acme")).unwrap();
        assert_eq!(config.storage.data_dir, Path::new("/home/acme/data"));
        assert_eq!(config.storage.lake(), Path::new("/home/acme/data/lake"));
    }
}
