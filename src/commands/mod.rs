//! One file per command.

mod check;
mod demo;
mod export;
mod generate;
mod init;
mod query;
mod rejected;
mod replay;
mod report;
mod run;
mod sync;
mod verify;

use tidemark_sql::Engine;

use crate::cli::{Cli, Command, Mode, Report};
use crate::config::{self, Config};
use crate::{Done, Stop};

/// Runs a command to its end.
pub(crate) fn run(cli: Cli) -> Result<Done, Stop> {
    let load = || config::load(cli.config.as_deref()).map_err(Stop::Usage);
    match cli.command {
        Command::Demo(arguments) => demo::run(&arguments),
        Command::Run => run::run(load()?.config),
        Command::Generate(arguments) => generate::run(&arguments),
        Command::Init(arguments) => init::run(&arguments, cli.config.as_deref()),
        Command::Config => {
            print!("{}", load()?.shown);
            Ok(Done::Clean)
        }
        Command::Sync { sources } => sync::run(&load()?.config, &sources),
        Command::Check => check::run(&load()?.config),
        // There is one mode so far: naming it checks it.
        Command::Report(Report::Sprint { id, board, mode: Mode::JiraCloud, format }) => {
            report::run(&load()?.config, &report::Asked { sprint: id, board }, format)
        }
        Command::Query { sql, format } => query::run(&load()?.config, &sql, format),
        Command::Export { table, format, out } => {
            export::run(&load()?.config, &table, format, out.as_deref())
        }
        Command::Replay => replay::run(&load()?.config),
        Command::Verify { repair } => verify::run(&load()?.config, repair),
    }
}

/// The lake, for reading: beside whoever writes it.
fn engine(config: &Config) -> anyhow::Result<Engine> {
    Ok(Engine::open(config.lake_dir())?)
}
