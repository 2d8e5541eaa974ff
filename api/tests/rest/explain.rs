//! Explanations: whatever the definitions, the issues and entries that are named add up to the report's number.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::StatusCode;
use serde_json::{Value, json};
use tidemark_ingest::Translate;
use tidemark_model::facts::{Mode, SprintReport};
use tidemark_model::issue::Issue;
use tidemark_model::membership::SprintIssue;
use tidemark_model::policy::{DisciplineRule, DonePolicy, Policy, SubtaskPolicy};
use tidemark_model::{Points, Row};
use tidemark_processors::explain::{Number, Unit, numbers};
use tidemark_stream::{Processor, Runner};

use crate::support::Organisation;

/// The sprints of all boards, and those that have started.
fn sprints(organisation: &Organisation) -> Vec<SprintReport> {
    let reports = organisation.rows::<SprintReport>().into_iter();
    let reports: Vec<SprintReport> = reports.filter(|report| report.mode == Mode::JiraCloud).collect();
    assert!(reports.len() >= 8, "{} sprints only", reports.len());
    reports
}

/// Computes everything anew after what was written by hand.
fn process(organisation: &Organisation) {
    let mut processors: Vec<Box<dyn Processor>> = vec![Box::new(Translate)];
    processors.extend(tidemark_processors::processors());
    Runner::new(&organisation.store, &processors).run(&mut |_, _| {}).unwrap();
    organisation.publish();
}

/// An organisation whose sub-tasks are of a discipline of their own, by the configured policy.
fn with_disciplines(seed: u64, subtasks: SubtaskPolicy) -> Organisation {
    let organisation = Organisation::simulated(seed);
    let rule = |name: &str, discipline: &str| DisciplineRule::IssueType {
        name: name.to_owned(),
        discipline: discipline.to_owned(),
    };
    let disciplines = vec![rule("Sub-task", "backend"), rule("Bug", "qa")];
    organisation.write(&Policy { subtasks, disciplines, ..Policy::default() });
    process(&organisation);
    organisation
}

fn of(report: &SprintReport, what: &str, more: &str) -> String {
    format!("/api/v1/sprints/{}/{what}?board={}{more}", report.sprint_id, report.board_id)
}

fn data(organisation: &Organisation, path: &str) -> Value {
    organisation.json(path)["data"].clone()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

fn points(value: &Value) -> Points {
    Points::from_f64(value.as_f64().unwrap()).unwrap()
}

fn total(rows: &[Value], column: &str) -> Points {
    rows.iter().map(|row| points(&row[column])).sum()
}

/// Every choice of definitions, as a query.
fn definitions() -> Vec<(Mode, SubtaskPolicy, DonePolicy, String)> {
    let mut all = Vec::new();
    for mode in Mode::ALL {
        for subtasks in SubtaskPolicy::ALL {
            for done in DonePolicy::ALL {
                let query = format!("&mode={mode}&subtasks={subtasks}&done={done}");
                all.push((*mode, *subtasks, *done, query));
            }
        }
    }
    all
}

/// The numbers of an explanation that are known; each adds up, or it is said why it is not known.
fn adds_up(explanation: &Value, at: &str) -> BTreeMap<(String, String), f64> {
    let mut known = BTreeMap::new();
    let found = list(&explanation["numbers"]);
    assert_eq!(found.len(), numbers().count(), "{at}");
    for number in found {
        let name = |member: &str| number[member].as_str().unwrap().to_owned();
        if number["value"].is_null() {
            assert!(number["sum"].is_null() && number["agrees"].is_null(), "{at}: {number}");
            assert!(number["unknown"].as_str().is_some_and(|why| why.len() > 10), "{at}: {number}");
        } else {
            assert_eq!(number["agrees"], true, "{at}: {number}");
            known.insert((name("number"), name("unit")), number["value"].as_f64().unwrap());
        }
    }
    known
}

#[test]
fn every_number_of_every_sprint_adds_up_by_whatever_definitions() {
    let mut differing = BTreeSet::new();
    for seed in [3, 11, 29] {
        let organisation = Organisation::simulated(seed);
        for sprint in sprints(&organisation) {
            let as_configured =
                adds_up(&data(&organisation, &of(&sprint, "explain", "")), &sprint.key().to_string());
            for (mode, subtasks, done, query) in definitions() {
                let path = of(&sprint, "explain", &query);
                let known = adds_up(&data(&organisation, &path), &path);
                let report = data(&organisation, &of(&sprint, "report", &query));
                assert_eq!(report["mode"], mode.as_str());
                for ((number, unit), value) in &known {
                    if let Some(said) = report[unit].get(number) {
                        assert_eq!(said.as_f64(), Some(*value), "{path} {number} in {unit}");
                    }
                }
                assert_eq!(known.is_empty(), sprint.state == "future", "{path}");
                if known != as_configured {
                    differing.insert((mode, subtasks.as_str(), done.as_str()));
                }
            }
        }
    }
    for mode in [Mode::Final, Mode::Grace24h, Mode::Eazybi] {
        assert!(differing.iter().any(|(other, ..)| *other == mode), "{mode} changes nothing: {differing:?}");
    }
    let cloud = |subtasks, done| differing.contains(&(Mode::JiraCloud, subtasks, done));
    assert!(!cloud("exclude", "column") && cloud("include", "column") && cloud("roll_up", "column"));
}

#[test]
fn shares_are_made_of_entries_that_name_changes_of_the_issue() {
    let organisation = Organisation::simulated(3);
    let issues = organisation.rows::<Issue>();
    let changes: BTreeSet<(String, String)> = issues
        .iter()
        .flat_map(|issue| {
            issue.history.iter().flat_map(|entry| {
                (0..entry.items.len()).map(|item| (issue.global_id(), format!("{}:{item}", entry.id)))
            })
        })
        .collect();
    let mut named = 0;
    for sprint in sprints(&organisation) {
        for (number, unit) in numbers() {
            let query = format!("&number={}&unit={}", number.as_str(), unit.as_str());
            let explanation = data(&organisation, &of(&sprint, "explain", &query));
            for part in list(&explanation["numbers"]) {
                let issues = list(&part["issues"]);
                assert_eq!(part["issue_count"], issues.len());
                if part["formula"].is_null() && !part["value"].is_null() {
                    assert_eq!(total(issues, "share"), points(&part["value"]), "{query}");
                }
                for issue in issues {
                    let entries = list(&issue["entries"]);
                    assert_eq!(total(entries, "share"), points(&issue["share"]), "{query}: {issue}");
                    let ids = ["change_id", "sprint_change_id", "done_change_id", "estimate_change_id"];
                    let changes_named = entries.iter().flat_map(|entry| ids.map(|id| entry[id].as_str()));
                    for change in changes_named.flatten() {
                        let id = issue["issue_id"].as_str().unwrap().to_owned();
                        let known = change == "correction" || changes.contains(&(id, change.to_owned()));
                        assert!(known, "{query}: no change {change} of {issue}");
                        named += 1;
                    }
                }
            }
        }
    }
    assert!(named > 200, "{named} changes only");
}

#[test]
fn disciplines_add_up_to_the_whole() {
    for subtasks in SubtaskPolicy::ALL {
        let organisation = with_disciplines(11, *subtasks);
        for sprint in sprints(&organisation).iter().filter(|sprint| sprint.state != "future") {
            for mode in Mode::ALL {
                let query = format!("&mode={mode}");
                let whole = adds_up(&data(&organisation, &of(sprint, "explain", &query)), "the whole");
                let mut sums: BTreeMap<(String, String), f64> = BTreeMap::new();
                let mut names = BTreeSet::new();
                for row in organisation.rows::<tidemark_model::facts::SprintDiscipline>() {
                    if (&row.sprint_id, &row.board_id) == (&sprint.sprint_id, &sprint.board_id) {
                        names.insert(row.discipline);
                    }
                }
                for name in &names {
                    let path = of(sprint, "explain", &format!("{query}&discipline={name}"));
                    let explanation = data(&organisation, &path);
                    assert_eq!(explanation["discipline"], name.as_str());
                    for (number, value) in adds_up(&explanation, &path) {
                        *sums.entry(number).or_default() += value;
                    }
                }
                for (number, value) in &whole {
                    let ratio = Number::named(&number.0).unwrap().fraction(Unit::Points).is_some();
                    // A sprint without issues has no disciplines.
                    let sum = sums.get(number).copied().unwrap_or_default();
                    assert!(ratio || (sum - value).abs() < 1e-6, "{mode} {number:?}: {sum} of {value}");
                }
            }
        }
    }
}

#[test]
fn without_a_history_it_is_said_what_is_not_known() {
    let organisation = Organisation::simulated(3);
    for (number, mut issue) in organisation.rows::<SprintIssue>().into_iter().enumerate() {
        issue.history_complete = number % 5 != 0;
        organisation.write(&issue);
    }
    process(&organisation);
    let mut bases = 0;
    for sprint in sprints(&organisation).iter().filter(|sprint| sprint.state != "future") {
        for (.., query) in definitions() {
            let path = of(sprint, "explain", &query);
            let known = adds_up(&data(&organisation, &path), &path);
            assert!(known.contains_key(&("completed".to_owned(), "points".to_owned())));
        }
        let path = of(sprint, "explain", "&number=completed");
        let completed = data(&organisation, &path);
        for issue in list(&completed["numbers"][0]["issues"]) {
            assert_eq!(issue["basis"].is_string(), list(&issue["entries"]).is_empty(), "{issue}");
            bases += usize::from(issue["basis"].is_string());
        }
    }
    assert!(bases > 0, "all of completed is told by the ledger");
}

#[test]
fn stored_modes_and_recounts_are_the_same() {
    for seed in [3, 11] {
        let organisation = Organisation::simulated(seed);
        for row in organisation.rows::<SprintReport>() {
            let query = format!("&mode={}", row.mode);
            let explained = adds_up(&data(&organisation, &of(&row, "explain", &query)), &query);
            for (number, unit) in numbers() {
                let stored = number.of(&row, unit).map(|value| value.to_f64());
                let key = (number.as_str().to_owned(), unit.as_str().to_owned());
                let same = match (explained.get(&key).copied(), stored) {
                    (Some(explained), Some(stored)) => (explained - stored).abs() < 1e-9,
                    (explained, stored) => explained == stored,
                };
                assert!(same, "{} {}: {stored:?}", row.key(), number.as_str());
            }
            let quality = &data(&organisation, &of(&row, "report", &query))["quality"];
            assert_eq!(*quality, row.quality.parse::<Value>().unwrap());
        }
    }
}

#[test]
fn items_and_entries_by_other_definitions_add_up_to_their_report() {
    let organisation = Organisation::simulated(29);
    for sprint in sprints(&organisation).iter().filter(|sprint| sprint.state != "future") {
        for (mode, .., query) in definitions() {
            let query = format!("{query}&per_page=1000");
            let report = data(&organisation, &of(sprint, "report", query.trim_end_matches("&per_page=1000")));
            let items = data(&organisation, &of(sprint, "items", &query));
            let entries = data(&organisation, &of(sprint, "ledger", &query));
            for name in
                ["committed", "added", "removed", "reestimated", "final_scope", "completed", "not_completed"]
            {
                let sum = total(list(&items), &format!("{name}_points"));
                assert_eq!(sum, points(&report["points"][name]), "{query} {name}");
            }
            for (column, name) in
                [("scope", "final_scope"), ("remaining", "not_completed"), ("completed", "completed")]
            {
                let sum = total(list(&entries), &format!("{column}_points"));
                assert_eq!(sum, points(&report["points"][name]), "{mode} {name}");
            }
        }
    }
}

#[test]
fn what_is_configured_is_answered_as_ever() {
    let organisation = Organisation::simulated(3);
    for sprint in sprints(&organisation) {
        for what in ["report", "items", "ledger"] {
            let plain = data(&organisation, &of(&sprint, what, ""));
            for query in ["&mode=jira_cloud", "&subtasks=exclude&done=column", "&mode=jira_cloud&done=column"]
            {
                assert_eq!(
                    data(&organisation, &of(&sprint, what, query)).to_string(),
                    plain.to_string(),
                    "{what}"
                );
            }
        }
    }
    let sprint = sprints(&organisation).remove(0);
    let filtered = data(&organisation, &of(&sprint, "items", "&mode=eazybi&outcome=completed&subtask=false"));
    assert!(list(&filtered).iter().all(|item| item["outcome"] == "completed" && item["subtask"] == false));
    let filtered = data(&organisation, &of(&sprint, "ledger", "&mode=grace_24h&kind=DONE"));
    assert!(list(&filtered).iter().all(|entry| entry["kind"] == "DONE"));
}

#[test]
fn questions_without_an_answer_are_named() {
    let organisation = Organisation::simulated(3);
    let sprint = sprints(&organisation).into_iter().find(|sprint| sprint.state == "closed").unwrap();
    let ask = |query: &str| organisation.get(&of(&sprint, "explain", query));
    let wrong = ask("&number=unestimated&unit=points");
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
    let detail = &wrong.json()["error"]["details"][0];
    assert_eq!(
        detail,
        &json!({ "field": "unit", "message": "unestimated is a number of issues: ask for it so" })
    );
    let wrong = ask("&number=velocity&mode=jira");
    assert_eq!(wrong.json()["error"]["details"].as_array().unwrap().len(), 2);
    let nobody = ask("&discipline=design");
    assert_eq!(nobody.status, StatusCode::NOT_FOUND);
    let message = nobody.json()["error"]["message"].as_str().unwrap().to_owned();
    assert!(message.contains("`design`: there are unassigned"), "{message}");
    let ratio = data(&organisation, &of(&sprint, "explain", "&number=scope_change"));
    let names: Vec<&str> =
        list(&ratio["numbers"]).iter().map(|one| one["number"].as_str().unwrap()).collect();
    assert_eq!(names, ["scope_change", "added", "removed", "committed"]);
    assert_eq!(ratio["numbers"][0]["formula"], "(added + removed) / committed");
    let link = ratio["numbers"][1]["link"].as_str().unwrap();
    assert_eq!(data(&organisation, link)["numbers"][0], ratio["numbers"][1]);
}
