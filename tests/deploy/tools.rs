//! Tools that belong to the files, where they are, and what they say of them.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use super::files::{deploy, document, text};

/// A tool of `TIDEMARK_TEST_DEPLOY_TOOLS`. Where it is absent, says which test is skipped.
pub(crate) fn tool(name: &str, test: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("TIDEMARK_TEST_DEPLOY_TOOLS").filter(|folder| !folder.is_empty());
    let path = folder.map(|folder| PathBuf::from(folder).join(name));
    let path = path.filter(|path| path.is_file());
    if path.is_none() {
        eprintln!(
            "skipped: {test} needs TIDEMARK_TEST_DEPLOY_TOOLS with {name}: tests/deploy/tools fetches it"
        );
    }
    path
}

/// Runs a tool to its end, with this on its standard input.
pub(crate) fn run(command: &mut Command, input: &str) -> Output {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let mut pipe = child.stdin.take().unwrap();
    let input = input.to_owned();
    let writing = std::thread::spawn(move || pipe.write_all(input.as_bytes()).ok());
    let output = child.wait_with_output().unwrap();
    writing.join().unwrap();
    output
}

/// Fails unless the tool ended well, and returns what it printed.
#[track_caller]
pub(crate) fn passes(command: &mut Command, input: &str) -> String {
    let output = run(command, input);
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?}: {}\n{out}\n{err}", output.status);
    out.into_owned()
}

#[test]
fn the_dockerfile_has_no_lint() {
    let Some(hadolint) = tool("hadolint", "the_dockerfile_has_no_lint") else { return };
    passes(Command::new(hadolint).arg(deploy("Dockerfile")), "");
}

#[test]
fn alerts_and_panels_are_promql() {
    let Some(promql) = tool("promql", "alerts_and_panels_are_promql") else { return };
    let expressions = super::metrics::expressions();
    assert!(expressions.len() > 10, "{} expressions only", expressions.len());
    // Grafana puts a duration in its place.
    let lines: Vec<String> = expressions
        .iter()
        .map(|(_, text)| text.replace("$__rate_interval", "5m").replace('\n', " "))
        .collect();
    let said = passes(&mut Command::new(promql), &lines.join("\n"));
    assert_eq!(said.trim(), format!("{} expressions", lines.len()));
}

#[test]
fn systemd_takes_the_unit() {
    let Some(analyze) =
        ["/usr/bin/systemd-analyze"].map(PathBuf::from).into_iter().find(|path| path.is_file())
    else {
        eprintln!("skipped: systemd_takes_the_unit needs systemd-analyze");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let unit = folder.path().join("tidemark.service");
    // The program is not installed here.
    let binary = tidemark_tests::command::binary();
    let binary = std::fs::canonicalize(binary).unwrap();
    let text = text(&deploy("systemd/tidemark.service"));
    std::fs::write(&unit, text.replace("/usr/local/bin/tidemark", binary.to_str().unwrap())).unwrap();
    let output = run(Command::new(&analyze).arg("verify").arg(&unit), "");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let ours: Vec<&str> = said.lines().filter(|line| line.contains("tidemark.service")).collect();
    assert!(output.status.success() && ours.is_empty(), "{said}");
}

#[test]
fn prometheus_files_have_the_parts_that_it_knows() {
    let alerts = document("prometheus/alerts.yaml");
    let rules: Vec<&Value> = alerts["groups"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|group| group["rules"].as_array().unwrap())
        .collect();
    assert!(rules.len() >= 5);
    for rule in rules {
        let name = rule["alert"].as_str().unwrap();
        let known = ["alert", "annotations", "expr", "for", "labels"];
        let keys: Vec<&String> = rule.as_object().unwrap().keys().collect();
        assert!(keys.iter().all(|key| known.contains(&key.as_str())), "{name}: {keys:?}");
        assert!(["warning", "critical"].contains(&rule["labels"]["severity"].as_str().unwrap()), "{name}");
        for part in ["summary", "description"] {
            assert!(rule["annotations"][part].as_str().is_some_and(|text| text.len() > 10), "{name}: {part}");
        }
    }
    let jobs = document("compose/prometheus.yaml")["scrape_configs"].clone();
    assert_eq!(jobs[0]["job_name"], "tidemark", "the alerts ask for this job");
}
