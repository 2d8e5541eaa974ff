//! `tidemark init`: asks what it must know, writes the configuration, checks it.

use std::io::{BufRead, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow};
use toml::{Table, Value};

use crate::cli::Init;
use crate::config;
use crate::{Done, Stop};

/// Only who wrote it may read it: it may hold a token.
const MODE: u32 = 0o600;

pub(crate) fn run(arguments: &Init, config: Option<&Path>) -> Result<Done, Stop> {
    let path = config.map_or_else(|| PathBuf::from("tidemark.toml"), Path::to_path_buf);
    if path.try_exists()? {
        return Err(Stop::Usage(anyhow!(
            "{} is there already: edit it, or name another file with --config",
            path.display()
        )));
    }
    let place = match (&arguments.endpoint, &arguments.archive) {
        (Some(endpoint), _) => endpoint.clone(),
        (None, Some(archive)) => archive.display().to_string(),
        (None, None) => ask("Jira's address, or the folder of an archive of it: ")?,
    };
    let source = match place.as_str() {
        "" => {
            let help = "nothing was named: `tidemark init --endpoint URL` and `tidemark init --archive DIR` do not ask it";
            return Err(Stop::Failed(anyhow!(help)));
        }
        url if url.contains("://") => jira(arguments, url)?,
        folder => archive(Path::new(folder))?,
    };
    let sources = Table::from_iter([(arguments.name.clone(), Value::Table(source))]);
    let text = toml::to_string_pretty(&Table::from_iter([("sources".to_owned(), Value::Table(sources))]))?;
    let mut file = std::fs::OpenOptions::new();
    let file = file.write(true).create_new(true).mode(MODE).open(&path);
    file.and_then(|mut file| file.write_all(text.as_bytes()))
        .with_context(|| format!("{} can't be written", path.display()))?;
    println!("wrote {}", path.display());
    super::check::run(&config::load(Some(&path)).map_err(Stop::Usage)?.config)
}

fn archive(folder: &Path) -> anyhow::Result<Table> {
    let folder = std::path::absolute(folder).with_context(|| folder.display().to_string())?;
    Ok(section("jira-archive", [("path", folder.display().to_string())]))
}

fn jira(arguments: &Init, endpoint: &str) -> anyhow::Result<Table> {
    let email = match &arguments.email {
        Some(email) => email.clone(),
        None => ask("E-mail address of the token's account (none for a personal access token or OAuth): ")?,
    };
    let token = match &arguments.token_variable {
        Some(variable) => format!("${{{variable}}}"),
        None => ask("Token (it is written into the file; --token-variable NAME names it instead): ")?,
    };
    let mut source = section("jira", [("endpoint", endpoint.to_owned()), ("token", token)]);
    if !email.is_empty() {
        source.insert("email".to_owned(), Value::String(email));
    }
    Ok(source)
}

fn section<const N: usize>(kind: &str, keys: [(&str, String); N]) -> Table {
    let keys = keys.map(|(key, text)| (key.to_owned(), Value::String(text)));
    [("type".to_owned(), Value::String(kind.to_owned()))].into_iter().chain(keys).collect()
}

fn ask(question: &str) -> anyhow::Result<String> {
    print!("{question}");
    std::io::stdout().flush()?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    Ok(answer.trim().to_owned())
}
