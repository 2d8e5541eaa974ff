//! The report by discipline on a sprint's page.

use tidemark_model::Points;
use tidemark_model::facts::{BoardSprint, Mode, SprintDiscipline};

use super::forms::check;
use super::html::Document;
use super::support::{BUILDERS, Organisation};
use super::{page, sprint_path};

const NUMBERS: [&str; 7] =
    ["committed", "added", "removed", "reestimated", "final_scope", "completed", "not_completed"];

fn started(organisation: &Organisation) -> Vec<BoardSprint> {
    let mut sprints = organisation.rows::<BoardSprint>();
    sprints.retain(|sprint| sprint.state != "future");
    sprints
}

/// The rows of a sprint by the default definitions.
fn parts(organisation: &Organisation, sprint: &BoardSprint) -> Vec<SprintDiscipline> {
    let mut parts = organisation.rows::<SprintDiscipline>();
    parts.retain(|part| {
        (&part.sprint_id, &part.board_id, part.mode) == (&sprint.sprint_id, &sprint.board_id, Mode::JiraCloud)
    });
    parts
}

fn sum(section: &Document, name: &str) -> Points {
    section.values(name).into_iter().map(|value| Points::parse(value).unwrap()).sum()
}

#[test]
fn each_row_is_its_part_and_the_last_one_the_report() {
    let organisation = Organisation::with_disciplines(2);
    let mut names = 0;
    for sprint in started(&organisation) {
        let stored = parts(&organisation, &sprint);
        for unit in ["points", "issues"] {
            let document = page(&organisation, &sprint_path(&sprint, &format!("&unit={unit}")));
            check(&document);
            let section = document.live("disciplines");
            let report = document.live("report");
            if stored.iter().all(|part| part.discipline == "unassigned") {
                assert!(section.text().contains("[disciplines]"), "how to configure it");
                continue;
            }
            names += stored.len();
            for name in NUMBERS {
                let name = format!("{name}_{unit}");
                let shown = section.values(&name);
                assert_eq!(shown.len(), stored.len() + 1, "{name}");
                assert_eq!(shown.last(), report.values(&name).first(), "{}: {name}", sprint.sprint_id);
                let (whole, parts) = shown.split_last().unwrap();
                let parts: Points = parts.iter().map(|value| Points::parse(value).unwrap()).sum();
                assert_eq!(parts, Points::parse(whole).unwrap(), "{}: {name}", sprint.sprint_id);
            }
            for part in &stored {
                let row = section.with("data-key").find(|tag| tag.attribute("data-key") == part.discipline);
                assert!(row.is_some(), "{}", part.discipline);
            }
        }
    }
    assert!(names > 40, "{names} rows only");
}

#[test]
fn the_items_behind_a_disciplines_number_add_up_to_it() {
    let organisation = Organisation::with_disciplines(2);
    for sprint in started(&organisation).into_iter().filter(|sprint| sprint.state == "closed").take(3) {
        for part in parts(&organisation, &sprint) {
            let name: String = part.discipline.bytes().map(|byte| format!("%{byte:02X}")).collect();
            let row = serde_json::to_value(&part).unwrap();
            for number in NUMBERS {
                let path = sprint_path(&sprint, &format!("&show={number}&discipline={name}"));
                let document = page(&organisation, &path);
                let items = document.live("items");
                let expected = Points::from_f64(row[format!("{number}_points")].as_f64().unwrap()).unwrap();
                assert_eq!(sum(&items, "share_points"), expected, "{path}");
                assert!(items.text().contains(&format!(" of {}", part.discipline)));
            }
            let all =
                page(&organisation, &sprint_path(&sprint, &format!("&discipline={name}"))).live("items");
            let counted: i64 =
                all.values("group_issues").into_iter().map(|value| value.parse::<i64>().unwrap()).sum();
            assert!(counted >= part.final_scope_issues, "{name}");
        }
    }
}

#[test]
fn without_disciplines_one_line_says_how_to_have_them() {
    let organisation = Organisation::simulated(2);
    let sprint = started(&organisation).remove(0);
    let document = page(&organisation, &sprint_path(&sprint, ""));
    let section = document.live("disciplines");
    assert_eq!(section.elements("table").count(), 0);
    assert!(section.text().contains("[disciplines]") && section.text().contains("[teams.NAME]"));
    assert!(!document.texts("th").iter().any(|text| text == "Discipline"), "nor are there columns of them");
}

#[test]
fn hundreds_of_disciplines_come_in_pages_the_largest_first() {
    let organisation = Organisation::with_disciplines(2);
    let sprint = started(&organisation).into_iter().find(|sprint| sprint.state == "closed").unwrap();
    let one = parts(&organisation, &sprint).remove(0);
    for number in 0..120_i64 {
        let final_scope_points = Points::from_millionths((1_000 + number) * 1_000_000);
        let discipline = format!("{BUILDERS} {number:03}");
        organisation.write(&SprintDiscipline { discipline, final_scope_points, ..one.clone() });
    }
    organisation.publish();
    let first = page(&organisation, &sprint_path(&sprint, ""));
    check(&first);
    let scopes: Vec<i64> = first
        .live("disciplines")
        .values("final_scope_points")
        .into_iter()
        .take(25)
        .map(|value| value.parse().unwrap())
        .collect();
    assert_eq!((scopes.len(), scopes[0]), (25, 1119));
    assert!(scopes.is_sorted_by(|one, next| one >= next), "{scopes:?}");
    let last = page(&organisation, &sprint_path(&sprint, "&disciplines_page=99")).live("disciplines");
    let keys: Vec<&str> = last.with("data-key").map(|tag| tag.attribute("data-key")).collect();
    assert_eq!(keys.last(), Some(&"unassigned"), "what belongs to nobody comes last");
}
