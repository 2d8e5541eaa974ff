//! The sections that decide the numbers: `[metrics]`, `[disciplines]` and `[teams.*]`.

use std::collections::BTreeMap;

use anyhow::bail;
use serde::Deserialize;
use tidemark_model::policy::{DisciplineRule, DonePolicy, Policy, SubtaskPolicy, Team};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MetricsKeys {
    subtasks: SubtaskPolicy,
    done: DonePolicy,
    velocity_without_short_sprints: bool,
    velocity_without_empty_sprints: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DisciplineKeys {
    rules: Option<Vec<RuleKeys>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleKeys {
    field: Option<String>,
    component: Option<String>,
    label: Option<String>,
    issue_type: Option<String>,
    #[serde(default)]
    assignee: bool,
    discipline: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TeamKeys {
    #[serde(default)]
    boards: Vec<String>,
    #[serde(default)]
    disciplines: BTreeMap<String, Vec<String>>,
}

pub(super) fn policy(
    metrics: MetricsKeys,
    disciplines: DisciplineKeys,
    teams: Vec<Team>,
) -> anyhow::Result<Policy> {
    let default = Policy::default();
    let rules = match disciplines.rules {
        None => default.disciplines,
        Some(rules) => rules.into_iter().zip(1..).map(rule).collect::<anyhow::Result<_>>()?,
    };
    Ok(Policy {
        subtasks: metrics.subtasks,
        done: metrics.done,
        disciplines: rules,
        teams,
        velocity_without_short_sprints: metrics.velocity_without_short_sprints,
        velocity_without_empty_sprints: metrics.velocity_without_empty_sprints,
        ..default
    })
}

fn rule((keys, number): (RuleKeys, usize)) -> anyhow::Result<DisciplineRule> {
    let at = format!("disciplines.rules, number {number}");
    let RuleKeys { field, component, label, issue_type, assignee, discipline } = keys;
    Ok(match (field, component, label, issue_type, assignee, discipline) {
        (Some(id), None, None, None, false, None) => DisciplineRule::Field(id),
        (None, Some(name), None, None, false, Some(discipline)) => {
            DisciplineRule::Component { name, discipline }
        }
        (None, None, Some(name), None, false, Some(discipline)) => DisciplineRule::Label { name, discipline },
        (None, None, None, Some(name), false, Some(discipline)) => {
            DisciplineRule::IssueType { name, discipline }
        }
        (None, None, None, None, true, None) => DisciplineRule::Assignee,
        _ => bail!(
            "{at}: write one of `field`, `component`, `label`, `issue_type` or `assignee = true`, and a `discipline` \
             with `component`, `label` and `issue_type`"
        ),
    })
}

pub(super) fn team(name: String, keys: TeamKeys) -> anyhow::Result<Team> {
    for board in &keys.boards {
        if board.split_once('/').is_none_or(|(source, id)| source.is_empty() || id.is_empty()) {
            bail!("teams.{name}.boards: `{board}` is no board: write it as source/id, such as acme/12");
        }
    }
    let mut known: BTreeMap<String, &str> = BTreeMap::new();
    for (discipline, people) in &keys.disciplines {
        for person in people {
            if let Some(other) =
                known.insert(person.to_lowercase(), discipline).filter(|other| other != discipline)
            {
                bail!(
                    "teams.{name}.disciplines: `{person}` is in `{other}` and in `{discipline}`: a person has one \
                     discipline in a team"
                );
            }
        }
    }
    Ok(Team { name, boards: keys.boards, disciplines: keys.disciplines })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> anyhow::Result<Policy> {
        #[derive(Deserialize)]
        struct File {
            metrics: MetricsKeys,
            disciplines: DisciplineKeys,
            teams: BTreeMap<String, TeamKeys>,
        }
        let file: File = toml::from_str(text)?;
        let teams =
            file.teams.into_iter().map(|(name, keys)| team(name, keys)).collect::<anyhow::Result<_>>()?;
        policy(file.metrics, file.disciplines, teams)
    }

    const METRICS: &str = "[metrics]\nsubtasks = \"roll_up\"\ndone = \"resolution\"\nvelocity_without_short_sprints = true\nvelocity_without_empty_sprints = false\n";

    #[test]
    fn rules_are_read_in_their_order() {
        let text = format!(
            "{METRICS}[disciplines]\nrules = [{{ field = \"customfield_1\" }}, {{ component = \"API\", discipline = \"backend\" }}, {{ assignee = true }}]\n[teams.pay]\nboards = [\"acme/1\"]\ndisciplines = {{ qa = [\"Li\"] }}"
        );
        let policy = read(&text).unwrap();
        let names: Vec<String> = policy.disciplines.iter().map(DisciplineRule::name).collect();
        assert_eq!(names, ["field customfield_1", "component API", "assignee"]);
        assert_eq!((policy.subtasks, policy.done), (SubtaskPolicy::RollUp, DonePolicy::Resolution));
        assert_eq!(policy.teams[0].disciplines["qa"], ["Li"]);
    }

    #[test]
    fn what_cannot_be_meant_is_named() {
        let error = |rest: &str| read(&format!("{METRICS}{rest}")).unwrap_err().to_string();
        let two = error("[disciplines]\nrules = [{ field = \"x\", label = \"y\" }]\n[teams]");
        assert!(two.starts_with("disciplines.rules, number 1: write one of"), "{two}");
        let twice = error("[disciplines]\n[teams.pay]\ndisciplines = { qa = [\"Li\"], dev = [\"li\"] }");
        assert!(twice.contains("`Li` is in `dev` and in `qa`"), "{twice}");
        let board = error("[disciplines]\n[teams.pay]\nboards = [\"12\"]");
        assert!(board.contains("`12` is no board"), "{board}");
    }
}
