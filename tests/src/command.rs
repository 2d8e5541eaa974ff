//! The `tidemark` command as people run it: the binary in a folder of its own, what it says, and its exit code.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;
use tidemark_model::Row;
use tidemark_model::raw::Raw;
use tidemark_model::rejected::Rejected;
use tidemark_stream::embedded::EmbeddedStore;

use crate::processors;

/// Every view that can be exported.
pub const VIEWS: [&str; 14] = [
    "v1_boards",
    "v1_burndown",
    "v1_carry_over",
    "v1_disciplines",
    "v1_issue_changes",
    "v1_issues",
    "v1_ledger",
    "v1_rejected",
    "v1_sprint_items",
    "v1_sprint_report_modes",
    "v1_sprint_reports",
    "v1_sprints",
    "v1_velocity",
    "v1_velocity_windows",
];

/// The workspace's folder, asked for while the tests run: what was compiled may have lain in another one.
pub fn workspace() -> PathBuf {
    let tests = variable("CARGO_MANIFEST_DIR").unwrap_or_else(|| PathBuf::from("."));
    tests.join("..")
}

/// Reads the environment: where the binary is decides no behaviour of the program.
fn variable(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// The binary: `TIDEMARK_BIN`, else where `cargo build --release` puts it.
pub fn binary() -> PathBuf {
    let target = || workspace().join(variable("CARGO_TARGET_DIR").unwrap_or_else(|| PathBuf::from("target")));
    let path = variable("TIDEMARK_BIN").unwrap_or_else(|| target().join("release/tidemark"));
    let there = path.try_exists().unwrap_or(false);
    assert!(
        there,
        "there is no tidemark binary at {}: build it with `cargo build --release -p tidemark`, or set TIDEMARK_BIN",
        path.display()
    );
    path
}

/// A folder with a configuration, in which commands run.
pub struct Installation {
    folder: TempDir,
    variables: Vec<(OsString, OsString)>,
}

impl Installation {
    /// A folder without a configuration.
    pub fn empty() -> Self {
        let folder =
            tempfile::tempdir().unwrap_or_else(|error| panic!("no temporary folder can be made: {error}"));
        Self { folder, variables: Vec::new() }
    }

    /// One that reads an archive as the source `acme`.
    pub fn of(archive: &Path) -> Self {
        Self::empty().reading(archive)
    }

    /// The same in memory, where there is such a folder: a kill leaves there what it leaves on a disk, only sooner.
    pub fn in_memory(archive: &Path) -> Self {
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir());
        let folder = folder.unwrap_or_else(|error| panic!("no temporary folder can be made: {error}"));
        Self { folder, variables: Vec::new() }.reading(archive)
    }

    fn reading(self, archive: &Path) -> Self {
        self.configure(&format!(
            "[sources.{}]\ntype = \"jira-archive\"\npath = {:?}\n",
            crate::SOURCE,
            archive.display().to_string()
        ));
        self
    }

    /// One that reads a small simulated organisation, which lies in its folder `archive`.
    pub fn simulated(seed: u64) -> Self {
        let installation = Self::of(Path::new("archive"));
        let archive = installation.path("archive");
        crate::organisation(seed, &archive).unwrap_or_else(|error| panic!("seed {seed}: {error:#}"));
        installation
    }

    /// Sets a variable of the environment of all commands to come.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.variables.push((name.into(), value.into()));
        self
    }

    /// Writes the configuration.
    pub fn configure(&self, text: &str) {
        let path = self.path("tidemark.toml");
        std::fs::write(&path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }

    /// A path inside of the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A command, ready to start; of the environment only what tests set reaches its configuration.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(binary());
        let foreign = std::env::vars_os().map(|(name, _)| name);
        for name in
            foreign.filter(|name| name.to_string_lossy().starts_with("TIDEMARK__") || name == "RUST_LOG")
        {
            command.env_remove(name);
        }
        command.args(arguments).current_dir(self.folder.path()).envs(self.variables.iter().cloned());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs a command to its end, however that is.
    pub fn run(&self, arguments: &[&str]) -> Said {
        let output = self.command(arguments).output();
        let output = output.unwrap_or_else(|error| panic!("tidemark can't be started: {error}"));
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let said = Said {
            command: format!("tidemark {}", arguments.join(" ")),
            code: output.status.code(),
            out: text(&output.stdout),
            err: text(&output.stderr),
            bytes: output.stdout,
        };
        assert!(!said.err.contains("panicked"), "a panic in {said}");
        said
    }

    /// Runs a command that has to succeed, and returns what it prints.
    #[track_caller]
    pub fn ok(&self, arguments: &[&str]) -> String {
        self.run(arguments).exits(0).out
    }

    /// The answer to a query, as JSON.
    #[track_caller]
    pub fn query(&self, sql: &str) -> Value {
        let out = self.ok(&["query", sql, "--format", "json"]);
        serde_json::from_str(&out).unwrap_or_else(|error| panic!("{sql}: {error}: {out}"))
    }

    /// The answer to a query for one number.
    #[track_caller]
    pub fn number(&self, sql: &str) -> i64 {
        let rows = self.query(sql);
        let value = rows
            .get(0)
            .and_then(Value::as_object)
            .and_then(|row| row.values().next())
            .and_then(Value::as_i64);
        value.unwrap_or_else(|| panic!("{sql}: no number in {rows}"))
    }

    /// All views as CSV, by name.
    #[track_caller]
    pub fn exports(&self) -> BTreeMap<&'static str, String> {
        VIEWS.into_iter().map(|view| (view, self.ok(&["export", view, "--format", "csv"]))).collect()
    }

    /// Every sprint's report as JSON, by sprint: what the serving database holds.
    #[track_caller]
    pub fn reports(&self) -> BTreeMap<String, String> {
        let sprints = self.query("SELECT DISTINCT sprint_id FROM v1_sprints ORDER BY sprint_id");
        let ids = sprints.as_array().into_iter().flatten().filter_map(|row| row["sprint_id"].as_str());
        let report = |id: &str| self.ok(&["report", "sprint", id, "--format", "json"]);
        ids.map(|id| (id.to_owned(), report(id))).collect()
    }

    /// The store, opened beside the command: as long as it lives, this process holds the data folder.
    pub fn store(&self) -> EmbeddedStore {
        let processors = processors();
        let specs: Vec<_> = processors.iter().map(|processor| processor.spec()).collect();
        let outputs = specs.iter().flat_map(|spec| spec.outputs).copied();
        let mut tables: Vec<_> = outputs.chain([Raw::TABLE, Rejected::TABLE]).collect();
        tables.sort_unstable();
        tables.dedup();
        let names: Vec<_> = specs.iter().map(|spec| spec.name).collect();
        EmbeddedStore::open(&self.path("data"), &tables, &names).unwrap_or_else(|error| panic!("{error}"))
    }

    /// What was rejected so far.
    pub fn rejected(&self) -> Vec<Rejected> {
        crate::rows(&self.store()).unwrap_or_else(|error| panic!("{error:#}"))
    }
}

/// What a command said, and how it ended.
#[derive(Debug)]
pub struct Said {
    command: String,
    code: Option<i32>,
    pub out: String,
    pub err: String,
    /// Standard output, byte for byte.
    pub bytes: Vec<u8>,
}

impl Said {
    /// Fails unless the command ended with this exit code.
    #[track_caller]
    #[must_use]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "the exit code of {self}");
        self
    }

    pub fn succeeded(&self) -> bool {
        self.code == Some(0)
    }

    /// Fails unless standard error names all of these.
    #[track_caller]
    pub fn names(self, words: &[&str]) -> Self {
        for word in words {
            assert!(self.err.contains(word), "`{word}` is not named by {self}");
        }
        self
    }
}

impl std::fmt::Display for Said {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "`{}` (exit code {:?})\n{}\n{}", self.command, self.code, self.out, self.err)
    }
}

/// Fails unless two sets of exports are the same, byte for byte; names the first line that differs.
#[track_caller]
pub fn assert_same(
    left: &BTreeMap<&'static str, String>,
    right: &BTreeMap<&'static str, String>,
    what: &str,
) {
    for (view, expected) in left {
        let found = right.get(view).map_or("", String::as_str);
        if found == expected {
            continue;
        }
        let mut pairs = expected.lines().zip(found.lines()).enumerate();
        let differing = pairs.find(|(_, (left, right))| left != right);
        let counts = (expected.lines().count(), found.lines().count());
        panic!("{what}: {view} differs ({} and {} lines), first at {differing:?}", counts.0, counts.1);
    }
}
