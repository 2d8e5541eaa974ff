//! Sprints and boards in every state, many of them, and none.

use tidemark_model::facts::{BoardSprint, SprintItem, SprintReport};

use super::forms::check;
use super::support::Organisation;
use super::{page, sprint_path, visit};

#[test]
fn a_sprint_that_has_not_started_shows_what_is_planned_and_no_numbers() {
    let organisation = Organisation::simulated(4);
    let sprint =
        organisation.rows::<BoardSprint>().into_iter().find(|sprint| sprint.state == "future").unwrap();
    let document = page(&organisation, &sprint_path(&sprint, ""));
    assert!(document.live("report").values("committed_points").is_empty());
    assert!(document.text().contains("has not started"));
    assert_eq!(document.with("data-live").filter(|tag| tag.attribute("data-live") == "burndown").count(), 0);
    let planned = organisation.rows::<SprintItem>();
    let planned = planned.iter().filter(|item| item.sprint_id == sprint.sprint_id && !item.subtask).count();
    if planned > 0 {
        assert_eq!(document.live("items").values("group_issues"), [planned.to_string()]);
    }
}

#[test]
fn what_is_not_known_is_said_and_never_zero() {
    let organisation = Organisation::simulated(4);
    let report = organisation.reports().into_iter().find(|report| report.state == "closed").unwrap();
    let unknown = SprintReport {
        committed_points: None,
        committed_issues: None,
        added_points: None,
        added_issues: None,
        removed_points: None,
        removed_issues: None,
        reestimated_points: None,
        reestimated_issues: None,
        reestimated_added_points: None,
        reestimated_done_points: None,
        delivery_ratio_points: None,
        commitment_reliability_points: None,
        quality: r#"[{"mark":"history_missing","detail":"3 of 9 issues without a change history"}]"#
            .to_owned(),
        ..report
    };
    organisation.write(&unknown);
    organisation.publish();
    let path = format!("/sprints/{}?board={}", unknown.sprint_id, unknown.board_id);
    let document = page(&organisation, &path);
    check(&document);
    let section = document.live("report");
    for name in [
        "committed_points",
        "added_points",
        "removed_issues",
        "reestimated_points",
        "delivery_ratio_points",
        "commitment_reliability_points",
    ] {
        assert!(!section.values(name).is_empty(), "{name}");
        assert!(section.values(name).iter().all(|value| *value == "null"), "{name}");
    }
    assert!(section.text().contains("Unknown: history missing"));
    assert!(document.live("marks").text().contains("3 of 9 issues without a change history"));
    assert!(document.live("burndown").text().contains("Issues without a history are not in the burndown"));
}

#[test]
fn a_board_without_sprints_and_one_with_a_single_one_are_shown() {
    let organisation = Organisation::simulated(4);
    let one = organisation.rows::<BoardSprint>().into_iter().find(|sprint| sprint.state == "active").unwrap();
    let board_id = "acme/lonely".to_owned();
    organisation.write(&BoardSprint { board_id: board_id.clone(), board_name: None, ..one });
    organisation.publish();
    let document = page(&organisation, "/boards/acme/lonely");
    check(&document);
    assert!(document.text().contains("there is no velocity"));
    assert_eq!(document.live("sprints").elements("tr").count(), 2, "a header and the sprint");
    let boards = page(&organisation, "/?q=LONELY");
    assert_eq!(boards.live("boards").values("boards"), ["1"]);
}

#[test]
fn hundreds_of_boards_come_in_pages_and_are_found() {
    let organisation = Organisation::simulated(4);
    let one = organisation.rows::<BoardSprint>().into_iter().find(|sprint| sprint.state == "active").unwrap();
    for number in 0..300 {
        let (source, board_id) = (if number < 7 { "globex" } else { "acme" }, format!("many/{number:03}"));
        let board_name = Some(format!("Team {number:03}"));
        let source = source.to_owned();
        organisation.write(&BoardSprint { source, board_id, board_name, origin: false, ..one.clone() });
    }
    organisation.publish();
    let first = page(&organisation, "/");
    check(&first);
    assert_eq!(first.elements("article").count(), 50);
    assert_eq!(first.live("boards").values("boards"), ["302"]);
    assert_eq!(page(&organisation, "/?page=7").elements("article").count(), 2);
    assert_eq!(page(&organisation, "/?page=99").elements("article").count(), 2, "the last one");
    let found = page(&organisation, "/?q=team+00&source=globex");
    assert_eq!(found.elements("article").count(), 7);
    assert!(found.elements("select").any(|select| select.attribute("name") == "source"));
}

#[test]
fn a_page_is_made_anew_when_its_sprint_changes_and_else_kept() {
    let organisation = Organisation::simulated(4);
    let report = organisation.reports().into_iter().find(|report| report.state == "active").unwrap();
    let path = format!("/sprints/{}?board={}", report.sprint_id, report.board_id);
    let before = visit(&organisation, &path);
    assert_eq!(before.header("etag"), visit(&organisation, &path).header("etag"));
    organisation.write(&SprintReport { completed_issues: Some(4711), ..report });
    organisation.publish();
    assert_eq!(page(&organisation, &path).live("report").values("completed_issues")[0], "4711");
}
