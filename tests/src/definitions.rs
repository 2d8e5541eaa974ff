//! Whole organisations by every definition, compared with the second implementation: reports in five modes, under all
//! policies, with disciplines, predictability, velocity and carry-over.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::Context;
use serde_json::{Map, Value, json};
use tidemark_model::Row;
use tidemark_model::facts::{
    BoardSprint, CarryOver, Mode, SprintDiscipline, SprintItem, SprintReport, VelocityWindow,
};
use tidemark_model::issue::{Issue, Person};
use tidemark_model::policy::{DisciplineRule, DonePolicy, Policy, SubtaskPolicy, Team};
use tidemark_stream::{Batch, Durability, RowWrite, Runner, Store};

use crate::{loaded, native, on_board, organisation, processors, rows};

const DISCIPLINES: [&str; 4] = ["backend", "frontend", "qa", "design"];

/// How many statements of each kind were compared.
#[derive(Debug, Default, Clone, Copy)]
pub struct Compared {
    pub reports: usize,
    pub disciplines: usize,
    pub items: usize,
    pub velocities: usize,
    pub legs: usize,
}

/// Compares one organisation under the policy that its seed chooses; the error names what differs, with both sides.
pub fn compare(seed: u64) -> anyhow::Result<Compared> {
    let folder = tempfile::tempdir()?;
    organisation(seed, folder.path())?;
    let store = loaded(folder.path())?;
    let policy = policy(seed, &store)?;
    let json = Some(serde_json::to_vec(&policy)?);
    let row = RowWrite { table: Policy::TABLE, key: policy.key(), json, fresh: true };
    store.commit(Batch { rows: vec![row], ..Batch::default() }, Durability::Buffered)?;
    Runner::new(&store, &processors()).run(&mut |_, _| {})?;
    compared(&store, folder.path(), &policy)
        .with_context(|| format!("seed {seed}, sub-tasks {}, done {}", policy.subtasks, policy.done))
}

fn compared(store: &dyn Store, folder: &Path, policy: &Policy) -> anyhow::Result<Compared> {
    let mut count = Compared::default();
    let started: BTreeSet<(String, String)> = rows::<BoardSprint>(store)?
        .into_iter()
        .filter(|sprint| sprint.started_at.is_some())
        .map(|sprint| (sprint.board_id, sprint.sprint_id))
        .collect();
    let started = |board: &str, sprint: &str| started.contains(&(board.to_owned(), sprint.to_owned()));
    let reports: Vec<SprintReport> = rows(store)?;
    let disciplines: Vec<SprintDiscipline> = rows(store)?;
    let windows: Vec<VelocityWindow> = rows(store)?;
    for mode in Mode::ALL {
        let theirs = serde_json::from_value(second_policy(policy, *mode))?;
        let second = tidemark_oracle::reports_with(folder, &theirs)?;
        let expected = second.iter().map(|report| {
            let value = serde_json::to_value(report.everything()).unwrap_or_default();
            (format!("{} {}", report.board, report.sprint), without_unknown_disciplines(value))
        });
        let mut parts: BTreeMap<_, Vec<&SprintDiscipline>> = BTreeMap::new();
        for part in disciplines.iter().filter(|part| part.mode == *mode) {
            if started(&part.board_id, &part.sprint_id) {
                parts.entry((&part.board_id, &part.sprint_id)).or_default().push(part);
            }
        }
        let of_mode = reports.iter().filter(|report| {
            report.mode == *mode && report.state != "future" && started(&report.board_id, &report.sprint_id)
        });
        let ours = of_mode.map(|report| {
            let parts = parts.get(&(&report.board_id, &report.sprint_id)).map_or(&[][..], Vec::as_slice);
            count.disciplines += parts.len();
            (on_board(&report.board_id, &report.sprint_id), everything(report, parts))
        });
        count.reports += same(&format!("{mode} reports"), ours.collect(), expected.collect())?;

        let second = tidemark_oracle::velocity(folder, &theirs)?;
        let expected = second.iter().flat_map(|velocity| {
            velocity.windows.iter().map(|window| {
                let key = format!("{} {} {:02}", velocity.board, velocity.sprint, window.size);
                (key, json!({ "sprints": window.sprints, "points": window.points, "issues": window.issues }))
            })
        });
        let of_mode =
            windows.iter().filter(|row| row.mode == *mode && started(&row.board_id, &row.sprint_id));
        let ours = of_mode.map(|row| {
            let key = format!("{} {:02}", on_board(&row.board_id, &row.sprint_id), row.window_sprints);
            (key, window(row))
        });
        count.velocities += same(&format!("{mode} velocity"), ours.collect(), expected.collect())?;
    }

    let theirs = serde_json::from_value(second_policy(policy, Mode::JiraCloud))?;
    let second = tidemark_oracle::reports_with(folder, &theirs)?;
    let expected = second.iter().flat_map(|report| {
        report.items.iter().map(|item| {
            let told = json!({ "outcome": item.outcome, "discipline": item.discipline, "rule": item.rule });
            (format!("{} {} {}", report.board, report.sprint, item.issue), told)
        })
    });
    let items: Vec<SprintItem> = rows(store)?;
    let ours = items.iter().filter(|item| started(&item.board_id, &item.sprint_id)).map(|item| {
        let told =
            json!({ "outcome": item.outcome, "discipline": item.discipline, "rule": item.discipline_rule });
        (format!("{} {}", on_board(&item.board_id, &item.sprint_id), item.issue_key), told)
    });
    count.items = same("items", ours.collect(), expected.collect())?;

    let second = tidemark_oracle::carry_over(folder, &theirs)?;
    // Issues that were in one sprint only, and not left over, are not told of.
    let told = second.iter().filter(|leg| leg.carried_out || leg.sprints_touched > 1);
    let expected = told.map(|leg| {
        let value = json!({
            "from": leg.carried_in_from.map(|from| from.to_string()), "gap_secs": leg.gap_secs,
            "count": leg.carry_count, "touched": leg.sprints_touched, "out": leg.carried_out,
            "burned": leg.burned_points,
        });
        (format!("{} {} {}", leg.board, leg.sprint, leg.issue), value)
    });
    let legs: Vec<CarryOver> = rows(store)?;
    let ours = legs.iter().filter(|leg| started(&leg.board_id, &leg.sprint_id)).map(|leg| {
        let value = json!({
            "from": leg.carried_in_from.as_deref().map(native), "gap_secs": leg.gap_secs,
            "count": leg.carry_count, "touched": leg.sprints_touched, "out": leg.carried_out,
            "burned": leg.burned_points,
        });
        (format!("{} {}", on_board(&leg.board_id, &leg.sprint_id), leg.issue_key), value)
    });
    count.legs = same("carry-over", ours.collect(), expected.collect())?;
    Ok(count)
}

/// A policy that a seed chooses: one of nine combinations, with disciplines by what the issues have.
pub fn policy(seed: u64, store: &dyn Store) -> anyhow::Result<Policy> {
    let issues: Vec<Issue> = rows(store)?;
    let (mut components, mut labels, mut types, mut people) =
        (BTreeSet::new(), BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for issue in &issues {
        components.extend(issue.components.iter().cloned());
        labels.extend(issue.labels.iter().cloned());
        types.insert(issue.issue_type.name.clone());
        // People are named by their addresses, where those are shown, or by their accounts.
        let named = |person: &Person| person.email.clone().unwrap_or_else(|| person.id.clone());
        people.extend(issue.assignee.iter().map(named));
    }
    let nth = |index: usize| DISCIPLINES[(index + seed as usize) % DISCIPLINES.len()].to_owned();
    let mut disciplines = vec![DisciplineRule::Assignee];
    let more = components.into_iter().zip(0..).filter(|(_, index)| index % 3 == 0);
    disciplines.extend(more.map(|(name, index)| DisciplineRule::Component { name, discipline: nth(index) }));
    let more = labels.into_iter().zip(0..).filter(|(_, index)| index % 2 == 0);
    disciplines.extend(more.map(|(name, index)| DisciplineRule::Label { name, discipline: nth(index) }));
    let last = types.into_iter().next_back();
    disciplines.extend(last.map(|name| DisciplineRule::IssueType { name, discipline: "types".to_owned() }));
    disciplines.rotate_left(seed as usize % 4);
    let boards: BTreeSet<String> = rows::<BoardSprint>(store)?.into_iter().map(|row| row.board_id).collect();
    let team = |(board, index): (String, usize)| {
        let mut by_discipline: BTreeMap<String, Vec<String>> = BTreeMap::new();
        // Some people are in no team, and in different disciplines of different ones.
        for (person, number) in people.iter().zip(0..).filter(|(_, number)| number % 5 != index % 5) {
            by_discipline.entry(nth(number + index)).or_default().push(person.clone());
        }
        Team { name: format!("team {index}"), boards: vec![board], disciplines: by_discipline }
    };
    Ok(Policy {
        subtasks: SubtaskPolicy::ALL[seed as usize % 3],
        done: DonePolicy::ALL[seed as usize / 3 % 3],
        disciplines,
        teams: boards.into_iter().zip(0..).map(team).collect(),
        ..Policy::default()
    })
}

/// The policy as the second implementation reads it.
fn second_policy(policy: &Policy, mode: Mode) -> Value {
    let rule = |rule: &DisciplineRule| match rule {
        DisciplineRule::Field(id) => json!({ "field": id }),
        DisciplineRule::Component { name, discipline } => {
            json!({ "component": name, "discipline": discipline })
        }
        DisciplineRule::Label { name, discipline } => json!({ "label": name, "discipline": discipline }),
        DisciplineRule::IssueType { name, discipline } => {
            json!({ "issue_type": name, "discipline": discipline })
        }
        DisciplineRule::Assignee => json!({ "assignee": true }),
    };
    let team =
        |team: &Team| (team.name.clone(), json!({ "boards": team.boards, "disciplines": team.disciplines }));
    json!({
        "mode": mode, "subtasks": policy.subtasks, "done": policy.done,
        "rules": policy.disciplines.iter().map(rule).collect::<Vec<_>>(),
        "teams": policy.teams.iter().map(team).collect::<Map<_, _>>(),
    })
}

fn everything(report: &SprintReport, parts: &[&SprintDiscipline]) -> Value {
    let mut value = crate::numbers(&serde_json::to_value(report).unwrap_or_default());
    let ratios = |of: &[(&str, Option<f64>)]| -> Value {
        of.iter().map(|(name, ratio)| ((*name).to_owned(), json!(ratio))).collect::<Map<_, _>>().into()
    };
    let Value::Object(members) = &mut value else { return value };
    members.insert(
        "completed_committed".to_owned(),
        json!({
            "points": {
                "completed_committed_initial": report.completed_committed_initial_points,
                "completed_committed": report.completed_committed_points,
            },
            "issues": { "completed_committed": report.completed_committed_issues },
        }),
    );
    members.insert(
        "predictability".to_owned(),
        json!({
            "points": ratios(&[
                ("commitment_reliability", report.commitment_reliability_points),
                ("delivery_ratio", report.delivery_ratio_points),
                ("completion_rate", report.completion_rate_points),
                ("planned_share", report.planned_share_points),
                ("scope_change", report.scope_change_points),
                ("scope_change_net", report.scope_change_net_points),
            ]),
            "issues": ratios(&[
                ("commitment_reliability", report.commitment_reliability_issues),
                ("delivery_ratio", report.delivery_ratio_issues),
                ("completion_rate", report.completion_rate_issues),
                ("planned_share", report.planned_share_issues),
                ("scope_change", report.scope_change_issues),
                ("scope_change_net", report.scope_change_net_issues),
            ]),
        }),
    );
    let parts: Vec<Value> =
        parts.iter().map(|part| discipline(part)).filter(|part| !is_nothing(part)).collect();
    members.insert("disciplines".to_owned(), json!(parts));
    without_unknown_disciplines(value)
}

fn discipline(part: &SprintDiscipline) -> Value {
    json!({
        "name": part.discipline,
        "points": {
            "committed": part.committed_points, "added": part.added_points, "removed": part.removed_points,
            "reestimated": part.reestimated_points, "final_scope": part.final_scope_points,
            "completed": part.completed_points, "not_completed": part.not_completed_points,
        },
        "issues": {
            "committed": part.committed_issues, "added": part.added_issues, "removed": part.removed_issues,
            "reestimated": part.reestimated_issues, "final_scope": part.final_scope_issues,
            "completed": part.completed_issues, "not_completed": part.not_completed_issues,
            "done_before_start": part.done_before_start_issues, "done_outside": part.done_outside_issues,
        },
        "unestimated": part.unestimated_issues,
    })
}

/// Whether there is no number but zero.
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::Object(members) => members.values().all(is_nothing),
        _ => true,
    }
}

/// Where a history is missing it is a matter of taste which disciplines' numbers are known: those are not compared, and no
/// disciplines are the same as none.
fn without_unknown_disciplines(mut value: Value) -> Value {
    let none = value["disciplines"].as_array().is_none_or(Vec::is_empty);
    if (none || value["points"]["committed"].is_null())
        && let Some(members) = value.as_object_mut()
    {
        members.remove("disciplines");
    }
    value
}

fn window(row: &VelocityWindow) -> Value {
    let statistics = |mean: Option<f64>, median: Option<f64>, p25: Option<f64>, p75: Option<f64>| {
        let spread = p75.zip(p25).map(|(high, low)| high - low);
        json!({ "mean": mean, "median": median, "p25": p25, "p75": p75, "spread": spread })
    };
    json!({
        "sprints": row.sprints,
        "points": statistics(row.mean_points, row.median_points, row.p25_points, row.p75_points),
        "issues": statistics(row.mean_issues, row.median_issues, row.p25_issues, row.p75_issues),
    })
}

/// Compares statements by key; numbers to a billionth.
fn same(what: &str, ours: BTreeMap<String, Value>, theirs: BTreeMap<String, Value>) -> anyhow::Result<usize> {
    let keys: BTreeSet<&String> = ours.keys().chain(theirs.keys()).collect();
    let mut differences = Vec::new();
    for key in keys {
        let (left, right) = (ours.get(key), theirs.get(key));
        match (left, right) {
            (Some(left), Some(right)) => differ("", left, right, &mut |at, left, right| {
                differences.push(format!("{key}{at}: ours {left}, theirs {right}"));
            }),
            (left, right) => differences.push(format!(
                "{key}: ours {}, theirs {}",
                left.map_or_else(|| "nothing".to_owned(), Value::to_string),
                right.map_or_else(|| "nothing".to_owned(), Value::to_string)
            )),
        }
    }
    let shown: Vec<&String> = differences.iter().take(8).collect();
    anyhow::ensure!(differences.is_empty(), "{what}: {} differences: {shown:#?}", differences.len());
    Ok(ours.len())
}

fn differ(at: &str, left: &Value, right: &Value, say: &mut dyn FnMut(&str, &Value, &Value)) {
    match (left, right) {
        (Value::Object(ours), Value::Object(theirs)) => {
            let names: BTreeSet<&String> = ours.keys().chain(theirs.keys()).collect();
            for name in names {
                let of = |members: &Map<String, Value>| members.get(name).cloned().unwrap_or(Value::Null);
                differ(&format!("{at}.{name}"), &of(ours), &of(theirs), say);
            }
        }
        (Value::Array(ours), Value::Array(theirs)) if ours.len() == theirs.len() => {
            for (index, (left, right)) in ours.iter().zip(theirs).enumerate() {
                differ(&format!("{at}[{index}]"), left, right, say);
            }
        }
        _ => {
            let number = |value: &Value| match value {
                Value::String(text) => text.parse::<f64>().ok(),
                value => value.as_f64(),
            };
            let close =
                number(left).zip(number(right)).is_some_and(|(left, right)| (left - right).abs() < 1e-9);
            if left != right && !close {
                say(at, left, right);
            }
        }
    }
}
