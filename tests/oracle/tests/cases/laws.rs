//! What holds of every history in every mode: the identities of rule 1, the
//! split by discipline, and that no more comes in than went out. Issues are
//! made from a fixed sequence of numbers that looks like chance.

use anyhow::Result;
use serde_json::json;
use tidemark_oracle::{
    Discipline, Done, IssueCounts, Mode, PointSums, Policy, Report, Rule, Subtasks, carry_over, reports_with,
};

use crate::maker::{Files, Maker, sight};

/// Numbers that look like chance, the same in every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    fn of<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices.get(usize::try_from(self.below(choices.len() as u64)).unwrap_or(0)).unwrap_or(&"")
    }
}

fn issue(number: u32, chance: &mut Chance) -> Maker {
    let mut issue = Maker::new(number).with("labels", json!([chance.of(&["api", "qa", "ops"])]));
    if chance.below(3) == 0 && number > 1 {
        issue = issue.under(1 + u32::try_from(chance.below(u64::from(number - 1))).unwrap_or(0));
    }
    if chance.below(3) > 0 {
        issue = issue.estimated([0.5, 1.0, 3.0, 5.0][usize::try_from(chance.below(4)).unwrap_or(0)]);
    }
    issue = issue.in_sprints(chance.of(&["7", "7", "", "8"]));
    let mut at = 0;
    while at < 19 * 24 {
        at += 1 + chance.below(60);
        let time = format!("{:02}T{:02}:00:00.000", 1 + at / 24, at % 24);
        issue = match chance.below(8) {
            0 | 1 => issue.move_to_sprints(&time, chance.of(&["7", "", "8", "7, 8", "7, 9"])),
            2 => issue.estimate(&time, None),
            3 => issue.estimate(&time, Some(1.0 + f64::from(u8::try_from(chance.below(8)).unwrap_or(0)))),
            4 if issue.issue["fields"]["parent"].is_object() => {
                issue.become_type(&time, chance.of(&["100", "101"]))
            }
            _ => issue.go(&time, chance.of(&["1", "2", "3", "3", "4", "9"])),
        };
    }
    issue
}

fn policies() -> Vec<Policy> {
    let rule = |label: &str| Rule::Label { label: label.to_owned(), discipline: label.to_owned() };
    let modes = [Mode::JiraCloud, Mode::JiraDc, Mode::Grace24h, Mode::Final, Mode::Eazybi];
    let mut policies = Vec::new();
    for mode in modes {
        for subtasks in [Subtasks::Exclude, Subtasks::Include, Subtasks::RollUp] {
            for done in [Done::Column, Done::StatusCategory] {
                let rules = vec![rule("api"), rule("qa")];
                policies.push(Policy { mode, subtasks, done, rules, ..Policy::default() });
            }
        }
    }
    policies
}

fn sums(points: &PointSums) -> [i64; 7] {
    let PointSums { committed, added, removed, reestimated, final_scope, completed, not_completed } = points;
    [committed, added, removed, reestimated, final_scope, completed, not_completed]
        .map(|points| points.map_or(i64::MIN / 8, |points| points.0))
}

fn counts(issues: &IssueCounts, unestimated: u64) -> [u64; 10] {
    let entries = [issues.committed, issues.added, issues.removed, issues.reestimated];
    let [committed, added, removed, reestimated] = entries.map(Option::unwrap_or_default);
    let at_end = [issues.final_scope, issues.completed, issues.not_completed];
    let [final_scope, completed, not_completed] = at_end.map(Option::unwrap_or_default);
    let done = [issues.done_before_start, issues.done_outside];
    [
        committed,
        added,
        removed,
        reestimated,
        final_scope,
        completed,
        not_completed,
        done[0],
        done[1],
        unestimated,
    ]
}

/// Rule 1 in points, and rule 2 in issues.
#[track_caller]
fn assert_identities(points: [i64; 7], issues: [u64; 10]) {
    let [committed, added, removed, reestimated, final_scope, completed, not_completed] = points;
    assert_eq!(committed + added - removed + reestimated, final_scope);
    assert_eq!(completed + not_completed, final_scope);
    assert_eq!(issues[0] + issues[1], issues[2] + issues[4]);
    assert_eq!(issues[5] + issues[6], issues[4]);
}

fn assert_laws(report: &Report) {
    assert_identities(sums(&report.points), counts(&report.issues, report.unestimated));
    let mut points = [0; 7];
    let mut issues = [0; 10];
    for Discipline { points: of_one, issues: issues_of_one, unestimated, .. } in &report.disciplines {
        let (of_one, issues_of_one) = (sums(of_one), counts(issues_of_one, *unestimated));
        let [committed, added, removed, reestimated, final_scope, ..] = of_one;
        assert_eq!(committed + added - removed + reestimated, final_scope);
        points.iter_mut().zip(of_one).for_each(|(sum, part)| *sum += part);
        issues.iter_mut().zip(issues_of_one).for_each(|(sum, part)| *sum += part);
    }
    assert_eq!(points, sums(&report.points));
    assert_eq!(issues, counts(&report.issues, report.unestimated));
}

#[test]
fn the_laws_hold_in_every_mode() -> Result<()> {
    let mut files = Files::usual();
    files.sprints[0]["completeDate"] = json!("2026-03-18T17:00:00.000Z");
    files.observations = vec![sight(7, "13T17:00:00.000", "closed"), sight(7, "17T10:00:00.000", "active")];
    let mut chance = Chance(20_260_302);
    for _ in 0..6 {
        let issues: Vec<Maker> = (1..=25).map(|number| issue(number, &mut chance)).collect();
        let dir = files.write(&issues)?;
        for policy in policies() {
            reports_with(dir.path(), &policy)?.iter().for_each(assert_laws);
            let carries = carry_over(dir.path(), &policy)?;
            let out = carries.iter().filter(|carry| carry.carried_out && carry.sprint == 7).count();
            let carried_in = carries.iter().filter(|carry| carry.carried_in_from == Some(7)).count();
            assert!(carried_in <= out, "{carried_in} came in, {out} went out");
        }
    }
    Ok(())
}
