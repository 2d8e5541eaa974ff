//! One file per command.

mod backup;
mod check;
mod demo;
mod explain;
mod export;
mod generate;
mod init;
mod migrate;
mod query;
mod rejected;
mod replay;
mod report;
mod restore;
mod run;
mod sprint;
mod sync;
mod verify;

pub(crate) use rejected::print_rejected;

use crate::cli::{Cli, Command, Explain, Report};
use crate::config;
use crate::{Done, Stop};

/// Runs a command to its end.
pub(crate) fn run(cli: Cli) -> Result<Done, Stop> {
    let load = || config::load(cli.config.as_deref()).map_err(Stop::Usage);
    match cli.command {
        Command::Demo(arguments) => demo::run(&arguments),
        Command::Run(arguments) => run::run(load()?.config, arguments),
        Command::Migrate => migrate::run(&load()?.config),
        Command::Generate(arguments) => generate::run(&arguments),
        Command::Init(arguments) => init::run(&arguments, cli.config.as_deref()),
        Command::Config => {
            print!("{}", load()?.shown);
            Ok(Done::Clean)
        }
        Command::Sync { sources, accept_disappearance } => {
            sync::run(&load()?.config, &sources, accept_disappearance)
        }
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
        Command::Backup { folder } => backup::run(&load()?.config, &folder),
        Command::Restore { folder, merge } => restore::run(&load()?.config, &folder, merge),
        Command::Replay => replay::run(&load()?.config),
        Command::Verify { repair } => verify::run(&load()?.config, repair),
    }
}
