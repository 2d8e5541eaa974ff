//! Whatever people typed in a source: it is text on every page, never markup, and never too long.

use tidemark_model::facts::{
    BoardSprint, CarryOver, LedgerEntry, Mode, SprintDiscipline, SprintItem, SprintReport, Velocity,
};

use super::forms::check;
use super::support::Organisation;
use super::{page, some_pages, sprint_path};

const TEXTS: [&str; 6] = [
    "<script>alert(1)</script>",
    "</script><script>alert(2)</script><!--",
    "\"><img src=x onerror=alert(3)> ' onmouseover='x",
    "</title></textarea></style><svg/onload=alert(4)>",
    "\u{202e}txt.exe\u{2066} &lt;b&gt; &#60;i&#62; \u{0}\u{1f}",
    "{{7*7}} ${HOME} \\u003cb\\u003e ' OR 1=1 -- %00",
];

/// Writes the text wherever a source's text is shown.
fn poison(organisation: &Organisation, text: &str) -> BoardSprint {
    let sprint =
        organisation.rows::<BoardSprint>().into_iter().find(|sprint| sprint.state == "closed").unwrap();
    let id = sprint.sprint_id.clone();
    let (name, goal) = (text.to_owned(), Some(text.to_owned()));
    let sprint = BoardSprint { sprint_name: name, goal, board_name: Some(text.to_owned()), ..sprint };
    organisation.write(&sprint);
    for report in organisation.reports().into_iter().filter(|report| report.sprint_id == id) {
        let quality = serde_json::json!([{ "mark": text, "detail": text }]).to_string();
        organisation.write(&SprintReport { sprint_name: text.to_owned(), quality, ..report });
    }
    for row in organisation.velocities().into_iter().filter(|row| row.sprint_id == id) {
        organisation.write(&Velocity { sprint_name: text.to_owned(), ..row });
    }
    for item in organisation.rows::<SprintItem>().into_iter().filter(|item| item.sprint_id == id) {
        let [issue_key, summary, issue_type] = [text, text, text].map(str::to_owned);
        let [marks, discipline, discipline_rule] = [text, text, text].map(str::to_owned);
        let words = SprintItem { issue_key, summary, issue_type, marks, ..item };
        organisation.write(&SprintItem { discipline, discipline_rule, ..words });
    }
    for leg in organisation.rows::<CarryOver>().into_iter().filter(|leg| leg.sprint_id == id) {
        let [issue_key, sprint_name] = [text, text].map(str::to_owned);
        organisation.write(&CarryOver { issue_key, sprint_name, ..leg });
    }
    let part = organisation.rows::<SprintDiscipline>().into_iter().find(|part| part.sprint_id == id).unwrap();
    let discipline = text.replace('\0', " ");
    organisation.write(&SprintDiscipline { discipline, mode: Mode::JiraCloud, ..part });
    for entry in organisation.rows::<LedgerEntry>().into_iter().filter(|entry| entry.sprint_id == id) {
        let [reason, actor, change_id] = [text, text, text].map(|text| Some(text.to_owned()));
        let [sprint_change_id, done_change_id, estimate_change_id] =
            [text; 3].map(|text| Some(text.to_owned()));
        let entry = LedgerEntry { issue_key: text.to_owned(), reason, actor, change_id, ..entry };
        organisation.write(&LedgerEntry { sprint_change_id, done_change_id, estimate_change_id, ..entry });
    }
    organisation.publish();
    sprint
}

#[test]
fn what_people_typed_is_never_markup() {
    let organisation = Organisation::simulated(3);
    for text in TEXTS {
        let sprint = poison(&organisation, text);
        let more = ["", "&unit=issues", "&show=final_scope", "&show=removed"];
        let pages = more.map(|more| sprint_path(&sprint, more));
        for path in pages.into_iter().chain(some_pages(&organisation)) {
            // Each tag is one of ours; what was typed is found as text.
            check(&page(&organisation, &path));
        }
        let document = page(&organisation, &sprint_path(&sprint, ""));
        // No database has the character NUL.
        let shown = text.replace('\0', "\u{fffd}");
        assert_eq!(document.texts("h1"), std::slice::from_ref(&shown));
        assert!(document.live("items").text().contains(&shown), "{text}");
        assert!(document.live("ledger").text().contains(&shown), "{text}");
        assert!(document.live("disciplines").text().contains(&text.replace('\0', " ")), "{text}");
        let board = page(&organisation, &format!("/boards/{}", sprint.board_id));
        let numbers = board.live("velocity").elements("script").next().unwrap().text.clone();
        assert!(serde_json::from_str::<serde_json::Value>(&numbers).unwrap().to_string().len() > 10);
    }
}

#[test]
fn a_long_title_is_folded_and_whole() {
    let organisation = Organisation::simulated(3);
    let long = "endless".repeat(60);
    let sprint = poison(&organisation, &long);
    let document = page(&organisation, &sprint_path(&sprint, ""));
    let items = document.live("items");
    assert!(items.elements("details").count() > 0, "folded");
    assert!(items.elements("p").any(|paragraph| paragraph.text == long), "and whole");
}

#[test]
fn what_was_asked_comes_back_as_text() {
    let organisation = Organisation::simulated(3);
    let asked = "%22%3E%3Cscript%3Ealert(1)%3C/script%3E";
    for path in [format!("/?q={asked}"), format!("/rejected?source={asked}"), format!("/?{asked}={asked}")] {
        check(&page(&organisation, &path));
    }
}

#[test]
fn rejected_records_are_shown_as_text_and_cut() {
    let organisation = Organisation::simulated(3);
    let document = page(&organisation, "/rejected");
    check(&document);
    assert_eq!(document.live("rejected").values("found"), ["3"]);
    let originals = document.texts("pre");
    assert_eq!(originals.len(), 3);
    assert!(originals.iter().all(|original| original.len() <= 4096));
    assert!(originals.contains(&"fffe".to_owned()), "in hexadecimal where it is no text");
    assert!(document.text().contains("4096 of 80000 bytes"));
    let filtered = page(&organisation, "/rejected?stage=translate&reason=bad_field&source=acme");
    assert_eq!(filtered.live("rejected").values("found"), ["1"]);
}
