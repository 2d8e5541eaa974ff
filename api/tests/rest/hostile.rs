//! Titles that would like to be something else come back as the texts that they are.

use axum::http::header;
use tidemark_model::facts::{BoardSprint, SprintItem};

use crate::support::Organisation;

const TITLES: [&str; 8] = [
    "<script>alert(1)</script>",
    "\"}], \"meta\": {}, \"x\": [{\"",
    "'; DROP TABLE sprints; --",
    "=HYPERLINK(\"http://evil.example\",\"see\")",
    "＝1+1",
    "\u{202e}gnirts a si siht\u{0}\u{7}\u{1b}[31m",
    "50% of _everything_ \\ or nothing",
    "👩‍👩‍👧 \u{2028} line",
];

/// No database has the character NUL.
fn shown(title: &str) -> String {
    title.replace('\0', "\u{fffd}")
}

#[test]
fn titles_come_back_as_they_are() {
    let organisation = Organisation::simulated(5);
    let mut items = organisation.rows::<SprintItem>();
    items.truncate(TITLES.len());
    let (sprint, board) = (items[0].sprint_id.clone(), items[0].board_id.clone());
    for (item, title) in items.iter_mut().zip(TITLES) {
        item.sprint_id.clone_from(&sprint);
        item.board_id.clone_from(&board);
        title.clone_into(&mut item.summary);
        organisation.write(item);
    }
    organisation.publish();
    let path = format!("/api/v1/sprints/{sprint}/items?board={board}&per_page=1000");
    let answer = organisation.get(&path);
    assert_eq!(answer.header(header::CONTENT_TYPE), "application/json");
    let rows = answer.json()["data"].as_array().unwrap().clone();
    for item in &items {
        let row = rows.iter().find(|row| row["issue_id"] == item.issue_id.as_str()).unwrap();
        assert_eq!(row["summary"], shown(&item.summary));
    }
    let file = organisation.get(&format!("{path}&format=csv"));
    let mut reader = csv::Reader::from_reader(file.body.as_ref());
    let place = reader.headers().unwrap().iter().position(|name| name == "summary").unwrap();
    let summaries: Vec<String> = reader.records().map(|row| row.unwrap()[place].to_owned()).collect();
    for title in TITLES {
        let armed = title.starts_with(['=', '＝']);
        let expected = if armed { format!("'{title}") } else { shown(title) };
        assert!(summaries.contains(&expected), "{title}");
    }
    for (q, title) in [("DROP%20TABLE", TITLES[2]), ("50%25%20of%20_", TITLES[6]), ("%27;%20drop", TITLES[2])]
    {
        let found = organisation.json(&format!("{path}&q={q}"));
        assert_eq!(found["data"][0]["summary"], title, "{q}");
        assert_eq!(found["meta"]["total"], 1, "{q}");
    }
}

#[test]
fn ids_may_hold_what_paths_use() {
    let organisation = Organisation::simulated(5);
    let mut sprint = organisation.rows::<BoardSprint>().remove(0);
    sprint.sprint_id = "acme/a/b ?ä%".to_owned();
    organisation.write(&sprint);
    organisation.publish();
    let path = "/api/v1/sprints/acme/a%2Fb%20%3F%C3%A4%25";
    let answer = organisation.json(path);
    assert_eq!(answer["data"]["sprint_id"], "acme/a/b ?ä%");
    assert_eq!(answer["data"]["boards"][0]["board_id"], sprint.board_id.as_str());
    assert_eq!(answer["links"]["self"], path);
}
