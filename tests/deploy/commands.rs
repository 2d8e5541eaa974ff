//! Commands of `tidemark` that files and pages name, given to the program: it knows each of them, with its flags.

use std::path::Path;

use tidemark_tests::command::Installation;

use super::files::{all, deploy, document, text};

/// A command without `tidemark`, and where it stands.
type Named = (String, Vec<String>);

fn words(line: &str) -> Vec<String> {
    line.split_whitespace().map(str::to_owned).collect()
}

fn list(value: &serde_json::Value) -> Vec<String> {
    value.as_array().unwrap().iter().map(|word| word.as_str().unwrap().to_owned()).collect()
}

/// What `compose.yaml` has containers do.
fn in_compose() -> Vec<Named> {
    let compose = document("compose.yaml");
    let services = compose["services"].as_object().unwrap();
    let ours = services
        .iter()
        .filter(|(_, service)| service["image"].as_str().unwrap().starts_with("${TIDEMARK_IMAGE"));
    ours.map(|(name, service)| (format!("compose.yaml: {name}"), list(&service["command"]))).collect()
}

/// What the image does, where nothing else is said.
fn in_dockerfile() -> Vec<Named> {
    let text = text(&deploy("Dockerfile"));
    let words = |instruction: &str| {
        let line = text.lines().rev().find_map(|line| line.strip_prefix(instruction)).unwrap();
        list(&serde_json::from_str(line).unwrap())
    };
    assert_eq!(words("ENTRYPOINT "), ["tidemark"]);
    vec![("Dockerfile".to_owned(), words("CMD "))]
}

/// What the chart's templates have containers do; one role stands for all.
fn in_chart() -> Vec<Named> {
    let mut found = Vec::new();
    for path in all().iter().filter(|path| path.starts_with("helm/tidemark/templates/")) {
        for line in text(&deploy(path)).lines() {
            let Some(args) = line.trim().strip_prefix("args: ") else { continue };
            let args = args.replace("{{ $role | quote }}", "\"ingest\"");
            found.push((
                path.clone(),
                list(&serde_json::from_str(&args).unwrap_or_else(|error| panic!("{path}: {error}"))),
            ));
        }
    }
    found
}

fn in_units() -> Vec<Named> {
    let text = text(&deploy("systemd/tidemark.service"));
    let lines = text.lines().filter_map(|line| line.strip_prefix("Exec")?.split_once('='));
    lines
        .map(|(_, line)| {
            let command = line.strip_prefix("/usr/local/bin/tidemark ").unwrap();
            ("tidemark.service".to_owned(), words(command))
        })
        .collect()
}

/// What pages and comments say between backquotes, or on a line of a block of commands.
fn in_text(path: &str, text: &str) -> Vec<Named> {
    let mut found = Vec::new();
    let mut add = |command: &str| {
        let Some(rest) = command.trim().strip_prefix("tidemark ") else { return };
        // A comment follows, or the command goes on in another one.
        let rest = rest.split(['#', '|', ';', '&', '>']).next().unwrap_or_default();
        if !rest.contains('…') {
            found.push((format!("{path}: `tidemark {}`", rest.trim()), words(rest)));
        }
    };
    let mut block = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            block = !block;
        } else if block {
            add(line);
            // Inside of a container.
            line.split_once("run --rm api ")
                .into_iter()
                .for_each(|(_, rest)| add(&format!("tidemark {rest}")));
        } else {
            line.split('`').skip(1).step_by(2).for_each(&mut add);
        }
    }
    found
}

fn all_commands() -> Vec<Named> {
    let pages = all().into_iter().filter(|path| {
        let name = Path::new(path);
        name.extension().is_some_and(|extension| extension == "md" || extension == "toml")
            || path.ends_with(".yaml")
    });
    let pages = pages.flat_map(|path| in_text(&path, &text(&deploy(&path))));
    in_compose().into_iter().chain(in_dockerfile()).chain(in_chart()).chain(in_units()).chain(pages).collect()
}

#[test]
fn every_command_that_is_named_is_known_to_the_program() {
    let installation = Installation::empty();
    let commands = all_commands();
    assert!(commands.len() > 20, "{} commands only", commands.len());
    let mut unknown = Vec::new();
    for (place, command) in commands {
        // Whatever comes before the question for help has to be right, or it is not answered.
        let arguments: Vec<&str> = command.iter().map(String::as_str).chain(["--help"]).collect();
        let said = installation.run(&arguments);
        if !said.succeeded() {
            unknown.push(format!("{place}: {}", said.err.lines().next().unwrap_or_default()));
        }
    }
    assert!(unknown.is_empty(), "{}", unknown.join("\n"));
}

#[test]
fn a_command_that_is_not_there_is_found() {
    let installation = Installation::empty();
    for wrong in
        [&["rnu", "--help"][..], &["sync", "--onyl", "x", "--help"], &["--confg", "x", "run", "--help"]]
    {
        assert!(!installation.run(wrong).succeeded(), "{wrong:?}");
    }
    let page = "Use `tidemark check`.\n```sh\ntidemark query \"x\"   # asks\ndocker compose run --rm api backup /x\n```\n`tidemark user …`\n";
    let found: Vec<Vec<String>> = in_text("a page", page).into_iter().map(|(_, words)| words).collect();
    assert_eq!(found, [vec!["check"], vec!["query", "\"x\""], vec!["backup", "/x"]]);
}
