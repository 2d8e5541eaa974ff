//! The first load, and what comes after it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;
use tidemark_jira_simulator::{Flavour, Jira, Options};
use tidemark_tests::command::Installation;

use crate::halfway::walks;
use crate::midst::of_small_pages;
use crate::support::{agree, archived, jira, live};

#[test]
fn it_is_set_up_by_one_command() {
    let jira = jira(Flavour::Cloud, 70);
    let credentials = jira.credentials();
    let installation = Installation::empty().with("JIRA_TOKEN", credentials.api_token.clone());
    let url = jira.url();
    let said = installation.ok(&[
        "init",
        "--name",
        "acme",
        "--endpoint",
        &url,
        "--email",
        &credentials.email,
        "--token-variable",
        "JIRA_TOKEN",
    ]);
    assert!(said.contains("source acme: Jira Cloud, asked as") && said.contains("4 boards"), "{said}");
    let written = std::fs::read_to_string(installation.path("tidemark.toml")).unwrap();
    assert!(written.contains("${JIRA_TOKEN}") && !written.contains(&credentials.api_token), "{written}");
    installation.ok(&["sync"]);
    assert!(installation.number("SELECT count(*) AS n FROM v1_issues") > 200);
}

#[test]
fn a_load_says_what_the_archive_says() {
    for flavour in [Flavour::Cloud, Flavour::DataCenter] {
        let jira = jira(flavour, 71);
        let live = live(&jira, flavour);
        let said = live.ok(&["sync"]);
        println!("{said}");
        agree(&archived(&jira), &live, &format!("{flavour:?}"));
        let again = live.ok(&["sync"]);
        assert!(again.contains(" 0 new or changed"), "{again}");
    }
}

/// The sprints of each board that has some, from the board whose newest sprint started last: as the organisation has them.
fn newest_boards_first(folder: &Path) -> Vec<BTreeSet<u64>> {
    let list = |name: &str| -> Vec<Value> {
        serde_json::from_slice(&std::fs::read(folder.join(name)).unwrap()).unwrap()
    };
    let has_started = |sprint: &&Value| sprint["state"] != "future";
    let starts: BTreeMap<u64, String> = list("sprints.json")
        .iter()
        .filter(has_started)
        .map(|sprint| (sprint["id"].as_u64().unwrap(), sprint["startDate"].as_str().unwrap().to_owned()))
        .collect();
    let ids = |board: &Value| -> BTreeSet<u64> {
        let sprints = board["sprints"].as_array().unwrap().iter();
        sprints.map(|sprint| sprint["id"].as_u64().unwrap()).collect()
    };
    let boards = list("boards.json");
    let boards = boards.iter().map(ids).filter(|ids| !ids.is_empty());
    let newest = |ids: &BTreeSet<u64>| ids.iter().filter_map(|id| starts.get(id)).max().cloned();
    let mut boards: Vec<_> = boards.map(|ids| (newest(&ids), ids)).collect();
    boards.sort();
    boards.into_iter().rev().map(|(_, ids)| ids).collect()
}

#[test]
fn the_boards_whose_sprints_are_newest_are_read_first() {
    for flavour in [Flavour::Cloud, Flavour::DataCenter] {
        let options = of_small_pages(flavour, 109);
        let organisation = tidemark_simulation::Options { boards: 6, ..options.organisation };
        let jira = Jira::start(Options { organisation, ..options });
        let live = live(&jira, flavour);
        live.ok(&["sync"]);
        let walks = walks(&jira.calls());
        // What is in no sprint of theirs any more comes last, with everything else; then what has changed meanwhile.
        let (boards, rest) = walks.split_at(walks.iter().position(String::is_empty).unwrap());
        assert!(rest.len() <= 2, "{rest:?}");
        let sprints = |walk: &String| -> BTreeSet<u64> {
            let ids = walk.strip_prefix("sprint in (").and_then(|rest| rest.strip_suffix(") AND "));
            ids.unwrap_or_else(|| panic!("{walk}")).split(", ").map(|id| id.parse().unwrap()).collect()
        };
        let asked: Vec<BTreeSet<u64>> = boards.iter().map(sprints).collect();
        let folder = live.path("expected");
        jira.archive(&folder);
        assert!(asked.len() > 3, "{asked:?}");
        assert_eq!(asked, newest_boards_first(&folder), "{flavour:?}");
    }
}
