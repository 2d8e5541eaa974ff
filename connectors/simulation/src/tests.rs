//! The archive against itself: the same bytes twice, every behaviour shown, every changelog ending in its snapshot.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::io::Read;
use std::path::PathBuf;

use flate2::read::GzDecoder;
use serde_json::Value;

use crate::behaviour::Behaviour;
use crate::moment::Moment;
use crate::organisation::Organisation;
use crate::points::Points;
use crate::sprint::SprintState;
use crate::tally::{Columns, Numbers, Report, Sums};
use crate::{Options, Summary, archive, generate};

type Tested = Result<(), Box<dyn Error>>;

/// A folder of its own, removed when the test ends.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let name = format!("tidemark-simulation-{}-{name}", std::process::id());
        Self(std::env::temp_dir().join(name))
    }

    fn generate(&self, options: &Options) -> Result<Summary, crate::Error> {
        generate(options, &self.0, &mut |_, _| {})
    }

    fn issues(&self) -> Result<Vec<Value>, Box<dyn Error>> {
        let mut text = String::new();
        let packed = std::fs::File::open(self.0.join("issues.ndjson.gz"))?;
        GzDecoder::new(packed).read_to_string(&mut text)?;
        let mut newest: BTreeMap<String, Value> = BTreeMap::new();
        for line in text.lines() {
            let issue: Value = serde_json::from_str(line)?;
            let known = newest.entry(issue["id"].to_string()).or_insert_with(|| issue.clone());
            if histories(known).len() < histories(&issue).len() {
                *known = issue;
            }
        }
        Ok(newest.into_values().collect())
    }

    fn lines(&self, name: &str) -> Result<Vec<Value>, Box<dyn Error>> {
        let text = std::fs::read_to_string(self.0.join(name))?;
        Ok(text.lines().map(serde_json::from_str).collect::<Result<_, _>>()?)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            eprintln!("{} is left over: {error}", self.0.display());
        }
    }
}

fn seeded(seed: u64) -> Options {
    Options { seed, ..Options::default() }
}

fn simulated(options: &Options) -> Organisation {
    let mut organisation = Organisation::found(options, None);
    organisation.advance(organisation.until, &mut |_| {});
    organisation
}

#[test]
fn the_same_options_give_the_same_bytes() -> Tested {
    let (one, two) = (Folder::new("one"), Folder::new("two"));
    assert_eq!(one.generate(&seeded(7))?, two.generate(&seeded(7))?);
    let mut files = BTreeSet::new();
    for entry in std::fs::read_dir(&one.0)? {
        let name = entry?.file_name();
        assert_eq!(std::fs::read(one.0.join(&name))?, std::fs::read(two.0.join(&name))?, "{name:?}");
        files.insert(name.to_string_lossy().into_owned());
    }
    let expected = [
        "boards.json",
        "cases.json",
        "expected.json",
        "fields.json",
        "issues.ndjson.gz",
        "issuetypes.json",
        "observations.ndjson",
        "policy.toml",
        "sprints.json",
        "statuses.json",
        "tidemark.toml",
    ];
    assert_eq!(files, expected.map(str::to_owned).into());
    Ok(())
}

#[test]
fn every_behaviour_is_shown_by_small_organisations() {
    let mut shown = BTreeMap::new();
    for seed in 1..=5 {
        let behaviours = simulated(&seeded(seed)).behaviours.by_name();
        for (name, times) in behaviours {
            let entry = shown.entry(name).or_insert((0, 0));
            *entry = (entry.0 + 1, entry.1 + times);
        }
    }
    // The behaviours after this one are those of the rarer cases (see the next test).
    let usual = Behaviour::ALL.iter().take_while(|behaviour| **behaviour != Behaviour::AddedSameDay);
    let rare: Vec<_> = usual
        .map(|behaviour| behaviour.name())
        .filter(|name| shown.get(name).is_none_or(|(seeds, _)| *seeds < 3))
        .collect();
    assert_eq!(rare, Vec::<&str>::new(), "each is to be shown by three of the five seeds");
}

#[test]
fn every_case_of_the_definitions_is_produced_by_twenty_organisations() -> Tested {
    let folder = Folder::new("cases");
    let mut produced: BTreeMap<&str, u64> = BTreeMap::new();
    for seed in 1..=20 {
        for (case, times) in folder.generate(&seeded(seed))?.cases {
            *produced.entry(case).or_default() += times;
        }
    }
    println!("{produced:#?}");
    let missing: Vec<_> = produced.iter().filter(|(_, times)| **times == 0).map(|(case, _)| *case).collect();
    assert_eq!(missing, Vec::<&str>::new(), "produced by none of the twenty");
    Ok(())
}

/// committed + added − removed + reestimated = final_scope = completed + not_completed (METRICS rule 1), and the same
/// of the counts but for reestimated, which is no term there (METRICS rule 2).
#[test]
fn reports_add_up() {
    for seed in 1..=40 {
        let options = Options { boards: 1 + u32::try_from(seed % 5).unwrap_or_default(), ..seeded(seed) };
        for report in all_numbers(simulated(&options).reports()) {
            let report = report.sums;
            let points = report.points;
            let Columns { committed, added, removed, reestimated, final_scope, completed, not_completed } =
                points;
            assert_eq!(committed + added - removed + reestimated, final_scope, "{report:?}");
            assert_eq!(final_scope, completed + not_completed, "{report:?}");
            let issues = report.issues.columns;
            assert_eq!(issues.committed + issues.added - issues.removed, issues.final_scope, "{report:?}");
            assert_eq!(issues.final_scope, issues.completed + issues.not_completed, "{report:?}");
            assert!(completed >= Points::ZERO && not_completed >= Points::ZERO, "{report:?}");
            assert!((0..=issues.final_scope).contains(&report.unestimated), "{report:?}");
        }
    }
}

/// The reports with what they say of the close and of other boards.
fn all_numbers(reports: Vec<Report>) -> impl Iterator<Item = Numbers> {
    let all =
        |report: Report| report.as_closed.into_iter().chain(report.other_boards).chain([report.numbers]);
    reports.into_iter().flat_map(all)
}

/// Every number is the sum of what the disciplines have of it (METRICS section 0).
#[test]
fn disciplines_add_up() {
    let mut names = BTreeSet::new();
    for seed in 1..=40 {
        for report in all_numbers(simulated(&seeded(seed)).reports()) {
            let mut sums = Sums::default();
            for discipline in &report.disciplines {
                sums += discipline.sums;
                names.insert(discipline.name);
            }
            assert_eq!(sums, report.sums, "seed {seed}: {report:?}");
            assert!(report.disciplines.is_sorted_by(|one, next| one.name < next.name));
        }
    }
    for name in ["backend", "Backend", "qa", "QA", "design", "frontend", "mobile", "research", "unassigned"] {
        assert!(names.contains(name), "nothing is {name} among {names:?}");
    }
}

/// What a sprint did not complete is carried out of it, and what is carried in was carried out before (METRICS section 0).
#[test]
fn what_is_carried_in_was_carried_out() {
    let mut longest = 0;
    for seed in 1..=20 {
        let reports = simulated(&seeded(seed)).reports();
        let out = |sprint: u32| {
            let report = reports.iter().find(|report| report.sprint == sprint).unwrap();
            report.carry_over.iter().filter(|row| row.carried_out).map(|row| row.issue).collect()
        };
        for report in &reports {
            let out_of_this: BTreeSet<u32> = out(report.sprint);
            let left = report.numbers.sums.issues.columns.not_completed;
            assert!(out_of_this.is_empty() || i64::try_from(out_of_this.len()) == Ok(left), "{report:?}");
            for row in &report.carry_over {
                assert!(row.sprints_touched > row.carry_count, "{row:?}");
                assert_eq!(row.carry_count > 0, row.carried_in_from.is_some(), "{row:?}");
                assert!(row.carried_in_from.is_none_or(|former| out(former).contains(&row.issue)));
                longest = longest.max(row.carry_count);
            }
        }
    }
    assert!(longest >= 5, "the longest chain has {longest} legs before its last");
}

#[test]
fn the_policy_is_a_piece_of_configuration() -> Tested {
    for seed in 1..=4 {
        let text = archive::policy(&simulated(&seeded(seed)), "acme");
        let policy: toml::Table = text.parse()?;
        let teams = policy["teams"].as_table().ok_or("no teams")?;
        assert_eq!(teams["harb"]["boards"].as_array().map(Vec::len), Some(1));
        assert_eq!(teams["acme"]["boards"][1].as_str(), Some("acme/3"));
        let people = teams["acme"]["disciplines"].as_table().ok_or("no disciplines")?;
        let people = people.values().filter_map(toml::Value::as_array).flatten();
        let people: Vec<&str> = people.filter_map(toml::Value::as_str).collect();
        assert!(people.len() == 6 && people.iter().any(|person| person.ends_with("@acme.example")));
        assert_eq!(policy["disciplines"].get("rules").is_none(), seed % 4 == 2, "{text}");
    }
    Ok(())
}

#[test]
fn a_paused_team_reports_zeros() {
    let organisation = simulated(&seeded(1));
    let paused = organisation.sprints.iter().filter(|sprint| sprint.empty);
    let reports: Vec<_> = paused
        .map(|sprint| sprint.report(organisation.policy, &organisation.issues, &organisation.people_shown()))
        .collect();
    assert_eq!(reports.len(), 1);
    assert!(reports.iter().all(|report| report.numbers.sums == Sums::default()));
}

#[test]
fn each_board_ends_with_an_active_sprint_and_future_ones_that_hold_issues() {
    let organisation = simulated(&seeded(2));
    for team in 0..3 {
        let sprints = organisation.sprints.iter().filter(|sprint| sprint.team == team);
        let states: Vec<_> = sprints.clone().map(|sprint| sprint.state).collect();
        assert_eq!(states.iter().filter(|state| **state == SprintState::Active).count(), 1);
        let mistakes = usize::from(organisation.team(team).mistake.is_some());
        let over = [SprintState::Closed, SprintState::Deleted];
        assert_eq!(states.iter().filter(|state| over.contains(state)).count(), 5 + mistakes);
        let mut future = sprints.filter(|sprint| sprint.state == SprintState::Future);
        assert!(future.any(|sprint| !sprint.members.is_empty()));
    }
}

#[test]
fn histories_are_numbered_in_order_of_time() {
    let organisation = simulated(&seeded(3));
    let changes = organisation.issues.iter().flat_map(|issue| &issue.changes);
    let mut histories: Vec<(u32, Moment)> = changes.map(|change| (change.history, change.at)).collect();
    histories.sort_unstable();
    assert!(histories.windows(2).all(|pair| pair[0].1 <= pair[1].1));
    histories.dedup();
    assert_eq!(histories.len() as u64, organisation.histories);
}

#[test]
fn the_histories_of_an_issue_are_about_as_many_as_aimed_at() {
    for aim in [12, 20] {
        let options = Options { changes_per_issue: aim, ..Options::default() };
        let mean = simulated(&options).histories / u64::from(options.issues);
        assert!(mean.abs_diff(u64::from(aim)) <= 1, "{mean} for {aim}");
    }
}

#[test]
fn deleted_issues_are_seen_whole_and_are_absent_from_the_archive() -> Tested {
    let folder = Folder::new("deleted");
    let summary = folder.generate(&seeded(4))?;
    let issues = folder.issues()?;
    assert_eq!(issues.len() as u64, summary.issues);
    let present: BTreeSet<_> = issues.iter().map(|issue| issue["id"].to_string()).collect();
    let observations = folder.lines("observations.ndjson")?;
    let deleted = observations.iter().filter(|line| line["kind"] == "issue_deleted");
    let deleted: BTreeMap<_, _> =
        deleted.map(|line| (line["payload"]["id"].to_string(), &line["payload"])).collect();
    assert_eq!(deleted.len() as u64, summary.deleted);
    let deleted: Vec<_> = deleted.into_values().collect();
    assert!(deleted.iter().all(|issue| issue["changelog"]["histories"].is_array()));
    assert!(deleted.iter().all(|issue| !present.contains(&issue["id"].to_string())));
    Ok(())
}

/// But for the issues that are there to break this (METRICS case 29), in few fields.
#[test]
fn every_changelog_is_a_chain_that_ends_in_the_snapshot() -> Tested {
    let folder = Folder::new("chain");
    for seed in 1..=3 {
        let behaviours = folder.generate(&seeded(seed))?.behaviours;
        let times = |name: &str| behaviours.get(name).copied().unwrap_or_default();
        let mut broken = 0;
        for issue in folder.issues()? {
            broken += broken_links(&issue);
        }
        // A correction may be one of estimate, labels and assignee.
        let allowed = 3 * times("corrected") + times("broken_chain");
        assert!(0 < broken && broken <= allowed, "{broken} broken links, {allowed} are meant to be");
        for line in folder.lines("observations.ndjson")? {
            if line["kind"] == "issue" || line["kind"] == "issue_deleted" {
                broken_links(&line["payload"]);
            }
        }
    }
    Ok(())
}

/// The histories of an issue, oldest first.
fn histories(issue: &Value) -> Vec<Value> {
    let mut histories = issue["changelog"]["histories"].as_array().cloned().unwrap_or_default();
    histories.sort_by_key(|history| history["id"].as_str().and_then(|id| id.parse::<u64>().ok()));
    histories
}

fn items(history: &Value) -> Vec<Value> {
    match &history["items"] {
        Value::String(text) => serde_json::from_str(text).unwrap(),
        items => items.as_array().cloned().unwrap_or_default(),
    }
}

/// How many links of the chains of some fields are broken; those of others never are.
fn broken_links(issue: &Value) -> u64 {
    const CORRECTED: [&str; 4] = ["customfield_10016", "customfield_10028", "labels", "assignee"];
    let items: Vec<Value> = histories(issue).iter().flat_map(items).collect();
    let mut broken = 0;
    for field in [
        "customfield_10020",
        "customfield_10016",
        "customfield_10028",
        "status",
        "resolution",
        "issuetype",
        "parent",
        "assignee",
        "customfield_10050",
        "priority",
        "labels",
        "summary",
        "project",
        "key",
    ] {
        let changes: Vec<_> = items.iter().filter(|item| item["fieldId"] == field).collect();
        let side = |item: &Value, id: &str, text: &str| match field {
            "customfield_10016" | "customfield_10028" | "labels" | "summary" | "key" => item[text].clone(),
            _ => item[id].clone(),
        };
        let pairs = changes.windows(2);
        let mut links: Vec<_> = pairs
            .map(|pair| (side(pair[0], "to", "toString"), side(pair[1], "from", "fromString")))
            .collect();
        links.extend(changes.last().map(|last| (side(last, "to", "toString"), present(issue, field))));
        for (former, next) in links {
            if CORRECTED.contains(&field) {
                broken += u64::from(former != next);
            } else {
                assert_eq!(former, next, "{field} of {issue}");
            }
        }
    }
    broken
}

/// The snapshot's value as a changelog would give it.
fn present(issue: &Value, field: &str) -> Value {
    let value = &issue["fields"][field];
    let joined = |separator: &str, parts: Vec<String>| Value::String(parts.join(separator));
    match field {
        "key" => issue["key"].clone(),
        "summary" => value.clone(),
        "assignee" => value["accountId"].clone(),
        "customfield_10020" => {
            let sprints = value.as_array().cloned().unwrap_or_default();
            let id = |sprint: &Value| match sprint {
                Value::String(text) => {
                    let (_, rest) = text.split_once("[id=").unwrap();
                    rest.split(',').next().unwrap_or_default().to_owned()
                }
                sprint => sprint["id"].to_string(),
            };
            joined(", ", sprints.iter().map(id).collect())
        }
        "labels" => {
            let labels = value.as_array().cloned().unwrap_or_default();
            joined(" ", labels.iter().filter_map(Value::as_str).map(str::to_owned).collect())
        }
        "customfield_10016" | "customfield_10028" => match value {
            Value::String(typed) => Value::String(typed.replace(',', "").trim_end_matches(".0").to_owned()),
            Value::Number(number) => Value::String(number.to_string()),
            _ => Value::Null,
        },
        _ => value["id"].clone(),
    }
}
