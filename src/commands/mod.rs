//! One file per command.

mod check;
mod demo;
mod explain;
mod export;
mod generate;
mod init;
mod query;
mod rejected;
mod replay;
mod report;
mod run;
mod sprint;
mod sync;
mod verify;

use tidemark_sql::Engine;

use crate::cli::{Cli, Command, Explain, Report};
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
        Command::Report(Report::Sprint { id, board, definitions, format }) => {
            let asked = report::Asked { sprint: id, board, definitions };
            report::run(&load()?.config, &asked, format)
        }
        Command::Explain(Explain::Sprint(asked)) => explain::run(&load()?.config, asked),
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
