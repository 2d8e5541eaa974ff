//! The command line. Its help is meant to teach.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum};
use tidemark_model::facts::Mode;
use tidemark_model::policy::{DonePolicy, SubtaskPolicy};
use tidemark_processors::explain::{Number, Unit};

/// Sprint analytics that can be trusted, live, self-hosted.
#[derive(Debug, Parser)]
#[command(
    name = "tidemark",
    version,
    after_help = "A first look, without any Jira:\n  \
    tidemark demo\n\n\
    Exit codes: 0 done, 1 failed, 2 wrong use or configuration, 3 done with rejected records."
)]
pub(crate) struct Cli {
    /// The configuration; `tidemark.toml` is read where it exists, else everything has its default.
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,

    /// How logs are written to standard error; RUST_LOG says how much.
    #[arg(long, global = true, value_enum, default_value = "text")]
    pub(crate) log_format: LogFormat,

    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum LogFormat {
    Text,
    Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Poll every source, process everything, and serve pages and API, in one process.
    ///
    /// Pages are at the address that `api.listen` names. SIGTERM or Ctrl-C finishes the batch and leaves.
    Run(Run),
    /// Show everything on a simulated organisation that goes on living, in a folder of its own that is gone afterwards.
    Demo(Demo),
    /// Pull every source once, process everything to the end, and exit.
    ///
    /// An interrupted sync goes on where it was. Records that cannot be taken are kept, with the reason, in the
    /// `rejected` table; the rest goes on and the exit code is 3.
    Sync {
        /// The sources to pull, by their names in the configuration; all where none is named.
        #[arg(value_name = "SOURCE")]
        sources: Vec<String>,
        /// Take it as right that many issues can't be seen any more: they are marked as gone.
        #[arg(long)]
        accept_disappearance: bool,
    },
    /// Make what is missing on the servers that the configuration names: topics, tables and views.
    ///
    /// It may be run again at any time, and by several at once. Run it before a newer version is started.
    Migrate,
    /// Check that the configuration parses and that every source and store answers; tells all problems at once.
    Check,
    /// Print a report.
    #[command(subcommand)]
    Report(Report),
    /// Say why a number is what it is: its issues, the ledger entries that make their shares, and the changes behind them.
    #[command(subcommand)]
    Explain(Explain),
    /// Ask the warehouse in SQL: the views are v1_boards, v1_burndown, v1_carry_over, v1_disciplines, v1_issue_changes,
    /// v1_issues, v1_ledger, v1_rejected, v1_sprint_items, v1_sprint_report_modes, v1_sprint_reports, v1_sprints, v1_velocity
    /// and v1_velocity_windows.
    ///
    /// Example: tidemark query "SELECT sprint_name, completed_points FROM v1_velocity ORDER BY closed_at"
    Query {
        /// The query; it can read the views and change nothing.
        sql: String,
        #[arg(long, value_enum, default_value = "table")]
        format: Format,
    },
    /// Write a whole view, sorted by its key.
    Export {
        /// The view: `sprint_reports`, or `v1_sprint_reports`.
        table: String,
        #[arg(long, value_enum)]
        format: ExportFormat,
        /// The file to write; standard output where none is named.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Compute everything anew from the raw tables: no source is asked.
    Replay,
    /// Compute everything and compare it with what is stored, row by row; exit code 1 where something differs.
    Verify {
        /// Write what differs.
        #[arg(long)]
        repair: bool,
    },
    /// Write what cannot be computed again to a folder: raw tables, rejected records, policy, and how far sources were read.
    ///
    /// With `restore` it moves an installation from one machine to servers and back. A log on Kafka can be in use; an
    /// embedded one is used by this command alone.
    Backup {
        /// The folder to write, which is made; it must not hold a backup yet.
        #[arg(value_name = "DIR")]
        folder: PathBuf,
    },
    /// Read a backup into a log that is empty, and compute everything from it.
    Restore {
        /// The folder that `backup` wrote.
        #[arg(value_name = "DIR")]
        folder: PathBuf,
        /// Merge into a log that holds something, such as the beginning of a restore that was interrupted.
        #[arg(long)]
        merge: bool,
    },
    /// Print the configuration in effect, with secrets as their `${NAMES}`.
    Config,
    /// Write a configuration for a Jira archive, and check it.
    Init(Init),
    /// Write a simulated organisation as a Jira archive, with the reports that are expected of it.
    Generate(Generate),
}

#[derive(Debug, Subcommand)]
pub(crate) enum Report {
    /// The report of one sprint, as Jira's sprint report shows it.
    Sprint {
        /// The sprint, as source/id: acme/12.
        id: String,
        /// The board, as source/id; the board that the sprint was created on where none is named.
        #[arg(long)]
        board: Option<String>,
        #[command(flatten)]
        definitions: Definitions,
        #[arg(long, value_enum, default_value = "table")]
        format: ReportFormat,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Explain {
    /// The numbers of one sprint's report.
    ///
    /// Example: tidemark explain sprint acme/12 --number committed
    Sprint(ExplainSprint),
}

#[derive(Debug, Args)]
pub(crate) struct ExplainSprint {
    /// The sprint, as source/id: acme/12.
    pub(crate) id: String,
    /// The board, as source/id; the board that the sprint was created on where none is named.
    #[arg(long)]
    pub(crate) board: Option<String>,
    /// The number to explain by its issues; all numbers are listed where none is named.
    #[arg(long, value_parser = named(Number::ALL, Number::as_str))]
    pub(crate) number: Option<Number>,
    /// In points or in issues; points, where both are there and none is named.
    #[arg(long, value_parser = named(Unit::ALL, Unit::as_str))]
    pub(crate) unit: Option<Unit>,
    #[command(flatten)]
    pub(crate) definitions: Definitions,
    /// Only the part of this discipline.
    #[arg(long)]
    pub(crate) discipline: Option<String>,
    #[arg(long, value_enum, default_value = "table")]
    pub(crate) format: ReportFormat,
}

/// By which definitions a sprint is counted.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Definitions {
    /// How scope, done and the commitment are read; jira_cloud where none is named.
    #[arg(long, value_parser = named(Mode::ALL, Mode::as_str))]
    pub(crate) mode: Option<Mode>,
    /// How sub-tasks count; as configured where it is not said.
    #[arg(long, value_parser = named(SubtaskPolicy::ALL, SubtaskPolicy::as_str))]
    pub(crate) subtasks: Option<SubtaskPolicy>,
    /// What is called done; as configured where it is not said.
    #[arg(long, value_parser = named(DonePolicy::ALL, DonePolicy::as_str))]
    pub(crate) done: Option<DonePolicy>,
}

#[derive(Debug, Args)]
pub(crate) struct Run {
    /// The roles of this process, where several processes share a log on Kafka; all where none is named.
    #[arg(long, value_enum, value_delimiter = ',', value_name = "ROLE")]
    pub(crate) only: Vec<Role>,
}

/// A part of the work that a process can do by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Role {
    /// Polls sources. Of several such processes each source has one at a time.
    Ingest,
    /// Computes. Processes share the tasks.
    Processors,
    /// Copies numbers to the serving database and the warehouse. Processes share the tasks.
    Sinks,
    /// Serves pages and API.
    Api,
}

#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// The address of the pages.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    pub(crate) listen: SocketAddr,
    /// The same seed gives the same organisation at the same instant.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Scrum boards, one team each.
    #[arg(long, default_value_t = 6)]
    pub(crate) boards: u32,
    /// Keep the data in this folder instead.
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Init {
    /// The address of a live Jira; it or an archive's folder is asked for where neither is given.
    #[arg(long, value_name = "URL", conflicts_with = "archive")]
    pub(crate) endpoint: Option<String>,
    /// The e-mail address of the token's account on Jira Cloud; empty for other tokens.
    #[arg(long, requires = "endpoint")]
    pub(crate) email: Option<String>,
    /// The variable of the environment that holds the token.
    #[arg(long, value_name = "NAME", requires = "endpoint")]
    pub(crate) token_variable: Option<String>,
    /// The folder of an archive.
    #[arg(long, value_name = "DIR")]
    pub(crate) archive: Option<PathBuf>,
    /// The source's name, which its ids begin with.
    #[arg(long, default_value = "jira")]
    pub(crate) name: String,
}

#[derive(Debug, Args)]
pub(crate) struct Generate {
    /// Scrum boards, one team each.
    #[arg(long, default_value_t = 3)]
    pub(crate) boards: u32,
    /// Sprints of each board, the active one included.
    #[arg(long, default_value_t = 6)]
    pub(crate) sprints: u32,
    /// Issues of the whole organisation.
    #[arg(long, default_value_t = 300)]
    pub(crate) issues: u32,
    /// Changes that an issue has on average.
    #[arg(long, default_value_t = 12)]
    pub(crate) changes: u32,
    /// The same seed gives the same organisation, byte for byte.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// The last day of its history (UTC).
    #[arg(long, value_name = "DATE", default_value = "2026-06-30")]
    pub(crate) until: String,
    /// The folder to write.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Format {
    Table,
    Csv,
    Json,
    Parquet,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum ExportFormat {
    Csv,
    Json,
    Parquet,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    Table,
    Json,
}

/// Takes one of these by its name.
fn named<T: Copy + Send + Sync + 'static>(
    all: &'static [T],
    name: fn(T) -> &'static str,
) -> impl TypedValueParser<Value = T> {
    let names = PossibleValuesParser::new(all.iter().map(|one| name(*one)));
    names.try_map(move |text| {
        all.iter().find(|one| name(**one) == text).copied().ok_or("there is nothing of this name")
    })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        super::Cli::command().debug_assert();
    }
}
