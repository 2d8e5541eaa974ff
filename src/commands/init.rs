//! `tidemark init`: asks what it must know, writes the configuration, checks it.

use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow};

use crate::cli::Init;
use crate::config;
use crate::{Done, Stop};

pub(crate) fn run(arguments: &Init, config: Option<&Path>) -> Result<Done, Stop> {
    let path = config.map_or_else(|| PathBuf::from("tidemark.toml"), Path::to_path_buf);
    if path.try_exists()? {
        return Err(Stop::Usage(anyhow!(
            "{} is there already: edit it, or name another file with --config",
            path.display()
        )));
    }
    let archive = match &arguments.archive {
        Some(archive) => archive.clone(),
        None => ask("Folder of the Jira archive: ")?,
    };
    let archive = std::path::absolute(&archive).with_context(|| archive.display().to_string())?;
    let source = toml::Table::from_iter([
        ("type".to_owned(), toml::Value::String("jira-archive".to_owned())),
        ("path".to_owned(), toml::Value::String(archive.display().to_string())),
    ]);
    let sources = toml::Table::from_iter([(arguments.name.clone(), toml::Value::Table(source))]);
    let text = toml::to_string_pretty(&toml::Table::from_iter([(
        "sources".to_owned(),
        toml::Value::Table(sources),
    )]))?;
    std::fs::write(&path, text).with_context(|| format!("{} can't be written", path.display()))?;
    println!("wrote {}", path.display());
    super::check::run(&config::load(Some(&path)).map_err(Stop::Usage)?.config)
}

fn ask(question: &str) -> anyhow::Result<PathBuf> {
    print!("{question}");
    std::io::stdout().flush()?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    let answer = answer.trim();
    if answer.is_empty() {
        return Err(anyhow!("no folder was named: `tidemark init --archive DIR` does not ask"));
    }
    Ok(PathBuf::from(answer))
}
