//! What was carried over, on the pages of sprints and boards.

use std::collections::BTreeMap;

use tidemark_model::Points;
use tidemark_model::facts::{BoardSprint, CarryOver};

use super::forms::check;
use super::support::Organisation;
use super::{page, sprint_path};

#[test]
fn a_sprints_page_has_what_it_took_over() {
    let organisation = Organisation::simulated(3);
    let legs = organisation.rows::<CarryOver>();
    let mut shown = 0;
    for sprint in organisation.rows::<BoardSprint>().iter().filter(|sprint| sprint.state != "future") {
        let here: Vec<&CarryOver> = legs
            .iter()
            .filter(|leg| (&leg.sprint_id, &leg.board_id) == (&sprint.sprint_id, &sprint.board_id))
            .filter(|leg| leg.carried_in_from.is_some())
            .collect();
        let section = page(&organisation, &sprint_path(sprint, "")).live("carried");
        assert_eq!(section.values("carried_in_issues"), [here.len().to_string()]);
        let often = here.iter().filter(|leg| leg.carry_count >= 3).count();
        assert_eq!(section.values("often_carried_issues"), [often.to_string()]);
        let mut counts: Vec<String> = here.iter().map(|leg| leg.carry_count.to_string()).collect();
        counts.sort_by(|one, other| other.cmp(one));
        assert_eq!(section.values("carry_count"), counts);
        let known: usize = here.iter().map(|leg| leg.carry_count as usize + 1).sum();
        let burned: Vec<&str> = section.values("burned_points");
        assert_eq!(burned.len(), known, "one number per leg of each way");
        let points =
            |values: Vec<&str>| -> Points { values.iter().map(|value| Points::parse(value).unwrap()).sum() };
        assert_eq!(points(burned), points(section.values("chain_burned_points")));
        shown += here.len();
    }
    assert!(shown > 4, "{shown} only");
}

#[test]
fn a_boards_page_has_what_was_carried_again_and_again() {
    let organisation = Organisation::simulated(3);
    let legs = organisation.rows::<CarryOver>();
    let one = legs.iter().find(|leg| leg.carried_in_from.is_some() && leg.closed_at.is_some()).unwrap();
    // An issue that was carried five times, of which three legs are known.
    let long = CarryOver {
        issue_id: "acme/4711".to_owned(),
        issue_key: "<b>LONG</b>-1".to_owned(),
        carry_count: 5,
        sprints_touched: 900,
        ..one.clone()
    };
    organisation.write(&long);
    organisation.publish();
    let mut last: BTreeMap<&str, &CarryOver> = BTreeMap::new();
    for leg in legs.iter().chain([&long]).filter(|leg| leg.carry_count >= 3 && leg.board_id == one.board_id) {
        let known = last.entry(&leg.issue_id).or_insert(leg);
        if known.sprints_touched < leg.sprints_touched {
            *known = leg;
        }
    }
    let document = page(&organisation, &format!("/boards/{}", one.board_id));
    check(&document);
    let section = document.live("carried");
    assert_eq!(section.values("often_carried_issues"), [last.len().to_string()]);
    let open = last.values().filter(|leg| leg.closed_at.is_none()).count();
    assert_eq!(section.values("open_carried_issues"), [open.to_string()]);
    assert!(section.text().contains("<b>LONG</b>-1") && section.text().contains("5×"));
    let mut counts: Vec<String> = section.values("carry_count").into_iter().map(str::to_owned).collect();
    let mut expected: Vec<String> = last.values().map(|leg| leg.carry_count.to_string()).collect();
    counts.sort();
    expected.sort();
    assert_eq!(counts, expected);
}
