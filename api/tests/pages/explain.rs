//! The page that explains a number: its shares add up to what the report says, and every number leads to its own.

use tidemark_model::Points;
use tidemark_model::facts::BoardSprint;
use tidemark_processors::explain::{Number, Unit, numbers};

use super::forms::check;
use super::html::Document;
use super::support::Organisation;
use super::{page, sprint_path};

fn sprints(organisation: &Organisation) -> Vec<BoardSprint> {
    let mut sprints = organisation.rows::<BoardSprint>();
    sprints.retain(|sprint| sprint.state != "future");
    sprints
}

fn path(sprint: &BoardSprint, (number, unit): (Number, Unit)) -> String {
    let board = sprint.board_id.replace('/', "%2F");
    let (number, unit) = (number.as_str(), unit.as_str());
    format!("/sprints/{}/explain?board={board}&number={number}&unit={unit}", sprint.sprint_id)
}

/// The value of a number that is there once.
fn only(document: &Document, name: &str) -> String {
    let values = document.values(name);
    assert_eq!(values.len(), 1, "{}: {name}", document.path);
    values[0].to_owned()
}

/// What the shares on all pages of the list come to.
fn shares(organisation: &Organisation, path: &str) -> Points {
    let mut sum = Points::ZERO;
    for number in 1.. {
        let document = page(organisation, &format!("{path}&page={number}"));
        check(&document);
        let list = document.live("issues");
        sum += list.values("share").into_iter().map(|share| Points::parse(share).unwrap()).sum();
        if list.elements("a").all(|link| link.attribute("rel") != "next") {
            return sum;
        }
    }
    sum
}

#[test]
fn the_shares_of_every_number_come_to_it() {
    let organisation = Organisation::with_disciplines(2);
    let (mut sums, mut ratios) = (0, 0);
    for sprint in sprints(&organisation) {
        let board = sprint.board_id.replace('/', "%2F");
        let report = format!("/api/v1/sprints/{}/explain?board={board}", sprint.sprint_id);
        let told = organisation.json(&report)["data"]["numbers"].clone();
        for (number, unit) in numbers() {
            let told = told.as_array().unwrap().iter();
            let mut told =
                told.filter(|told| told["number"] == number.as_str() && told["unit"] == unit.as_str());
            let expected = told.next().unwrap()["value"].as_f64();
            let address = path(&sprint, (number, unit));
            let document = page(&organisation, &address).live("number");
            let (value, sum) = (only(&document, "value"), only(&document, "sum"));
            assert_eq!(value.parse().ok(), expected, "{address}");
            let Some(expected) = expected else { continue };
            assert!((sum.parse::<f64>().unwrap() - expected).abs() < 1e-9, "{address}: {sum}");
            assert!(document.text().contains("They are the same."), "{address}");
            if number.fraction(unit).is_none() {
                sums += 1;
                assert_eq!(shares(&organisation, &address).to_f64(), expected, "{address}");
            } else {
                ratios += 1;
                assert!(document.values("part_value").len() >= 2, "{address}");
                assert_eq!(document.values("part_value"), document.values("part_sum"), "{address}");
            }
        }
    }
    assert!(sums > 200 && ratios > 50, "{sums} sums, {ratios} ratios");
}

#[test]
fn every_share_says_which_changes_make_it() {
    let organisation = Organisation::simulated(2);
    let mut found = 0;
    for sprint in sprints(&organisation) {
        let document = page(&organisation, &path(&sprint, (Number::Added, Unit::Points))).live("issues");
        let steps = document.with("class").filter(|tag| tag.attribute("class") == "steps").count();
        let codes = document.texts("code");
        assert!(
            codes.iter().all(|code| code.contains(':')),
            "each is the id of a history and its item: {codes:?}"
        );
        assert_eq!(steps, document.values("share").len());
        found += codes.len();
    }
    assert!(found > 10, "{found} changes only");
}

#[test]
fn a_sprints_page_leads_to_what_explains_its_numbers() {
    let organisation = Organisation::simulated(2);
    let sprint = sprints(&organisation).into_iter().find(|sprint| sprint.state == "closed").unwrap();
    let explained = |more: &str| -> Vec<String> {
        let document = page(&organisation, &sprint_path(&sprint, more));
        let links = document.elements("a").map(|link| link.attribute("href").to_owned());
        links.filter(|link| link.contains("/explain?")).collect()
    };
    // Six shares and two kinds of re-estimates; a number whose issues are listed adds itself.
    assert_eq!(explained("").len(), 8);
    for number in ["committed", "removed", "unestimated", "done_outside"] {
        let links = explained(&format!("&show={number}&unit=points"));
        let link = links.iter().find(|link| link.contains(&format!("number={number}&"))).unwrap();
        check(&page(&organisation, link));
    }
}

#[test]
fn rolled_up_points_of_a_discipline_are_explained_by_their_sub_tasks() {
    let organisation = Organisation::rolled_up(2);
    let (mut rows, mut subtasks) = (0, 0);
    for sprint in sprints(&organisation) {
        let document = page(&organisation, &sprint_path(&sprint, "")).live("disciplines");
        let rows_of: Vec<_> =
            document.elements("a").filter(|link| link.attribute("href").contains("discipline=")).collect();
        for link in &rows_of {
            rows += 1;
            let address = link.attribute("href");
            assert!(address.contains("/explain?"), "{address}");
            let document = page(&organisation, address);
            check(&document);
            let number = document.live("number");
            assert_eq!(only(&number, "value"), only(&number, "sum"), "{address}");
            assert_eq!(shares(&organisation, address).to_string(), only(&number, "value"), "{address}");
            subtasks += document.live("issues").text().matches("sub-task ").count();
        }
    }
    assert!(rows > 100 && subtasks > 10, "{rows} numbers, {subtasks} sub-tasks");
}
