//! What to know before trusting numbers stands beside them.

use tidemark_model::Timestamp;

use super::support::{NOW, Organisation};
use super::{page, visit};

#[test]
fn pages_say_that_a_source_is_behind_as_soon_as_it_is() {
    let organisation = Organisation::simulated(4);
    let reports = organisation.reports();
    let open = reports.iter().find(|report| report.state == "active").unwrap();
    let path = format!("/sprints/{}?board={}", open.sprint_id, open.board_id);
    let board = format!("/boards/{}", open.board_id);
    let says = |path: &str| page(&organisation, path).text().contains("Source is behind");
    let before = visit(&organisation, &path);
    assert!(![path.as_str(), "/", &board].iter().any(|path| says(path)));
    organisation.clock.set(Timestamp(NOW.0 + 3_600_000));
    assert!([path.as_str(), "/", &board].iter().all(|path| says(path)), "an hour of silence");
    assert!(page(&organisation, &path).live("marks").text().contains("is not read any more"));
    organisation.polled("current", Timestamp(NOW.0 + 3_600_000));
    organisation.clock.set(Timestamp(NOW.0 + 3_602_000));
    assert!(!says(&path));
    assert_eq!(visit(&organisation, &path).header("etag"), before.header("etag"), "the kept page again");
}

#[test]
fn every_mark_has_words_of_its_own() {
    let organisation = Organisation::simulated(4);
    let mut report = organisation.reports().into_iter().find(|report| report.state == "closed").unwrap();
    let marks = ["history_missing", "changelog_disagrees", "unestimated", "unmapped", "identity_broken"];
    let quality: Vec<_> = marks
        .iter()
        .map(|mark| serde_json::json!({ "mark": mark, "detail": format!("<i>{mark}</i>") }))
        .collect();
    report.quality = serde_json::Value::from(quality).to_string();
    organisation.write(&report);
    organisation.publish();
    let path = format!("/sprints/{}?board={}", report.sprint_id, report.board_id);
    let notices = page(&organisation, &path).live("marks");
    let shown: Vec<&str> = notices.with("data-mark").map(|tag| tag.attribute("data-mark")).collect();
    assert_eq!(shown, marks);
    let words = [
        "History missing",
        "History corrected",
        "Not all estimated",
        "Status in no column",
        "Numbers do not add up",
    ];
    let text = notices.text();
    let board = page(&organisation, &format!("/boards/{}", report.board_id)).live("sprints").text();
    for (word, mark) in words.iter().zip(marks) {
        assert!(text.contains(word) && text.contains(&format!("<i>{mark}</i>")), "{mark}");
        assert!(board.contains(word), "{mark} in the list of sprints");
    }
}
