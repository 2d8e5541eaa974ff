//! The command line end to end: what is generated, synced, reported, asked and exported, and how each command exits.
#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::{Value, json};
use tidemark_model::facts::SprintReport;
use tidemark_model::{Key, Row};
use tidemark_stream::store::{Batch, Durability, RowWrite};
use tidemark_stream::{Store, codec};
use tidemark_tests::command::{Installation, VIEWS, assert_same};
use tidemark_tests::{SOURCE, archive, compare, on_board};

const POINTS: [&str; 7] =
    ["committed", "added", "removed", "reestimated", "final_scope", "completed", "not_completed"];
const SPRINTS: &str =
    "SELECT DISTINCT sprint_id FROM v1_sprint_reports WHERE state <> 'future' ORDER BY sprint_id";
/// The same on each board that shows them.
const ON_BOARDS: &str = "SELECT board_id, sprint_id FROM v1_sprint_reports WHERE state <> 'future'";

/// A small organisation, synced.
fn synced(seed: u64) -> Installation {
    let installation = Installation::simulated(seed);
    installation.ok(&["sync"]);
    installation
}

fn sprints(installation: &Installation) -> Vec<String> {
    let rows = installation.query(SPRINTS);
    rows.as_array().unwrap().iter().map(|row| row["sprint_id"].as_str().unwrap().to_owned()).collect()
}

fn report(installation: &Installation, sprint: &str) -> Value {
    serde_json::from_str(&installation.ok(&["report", "sprint", sprint, "--format", "json"])).unwrap()
}

fn native(id: &Value) -> String {
    id.as_str().unwrap().strip_prefix(&format!("{SOURCE}/")).unwrap().to_owned()
}

fn names(object: &Value) -> BTreeSet<&str> {
    object.as_object().unwrap_or_else(|| panic!("no object: {object}")).keys().map(String::as_str).collect()
}

#[test]
fn what_is_generated_is_reported_as_it_happened() {
    let installation = Installation::empty();
    let said = installation.ok(&["generate", "--seed", "7", "--out", "acme"]);
    assert!(said.contains("--config acme/tidemark.toml sync"), "the next step is not named: {said}");
    let config = |arguments: &[&str]| {
        let all: Vec<&str> = ["--config", "acme/tidemark.toml"].iter().chain(arguments).copied().collect();
        installation.ok(&all)
    };
    config(&["sync"]);
    let rows: Value = serde_json::from_str(&config(&["query", ON_BOARDS, "--format", "json"])).unwrap();
    let mut ours = BTreeMap::new();
    for row in rows.as_array().unwrap() {
        let (sprint, board) = (row["sprint_id"].as_str().unwrap(), row["board_id"].as_str().unwrap());
        let text = config(&["report", "sprint", sprint, "--board", board, "--format", "json"]);
        let document: Value = serde_json::from_str(&text).unwrap();
        let header = &document["sprint"];
        let numbers = json!({
            "sprint": native(&header["id"]), "board": native(&header["board"]), "points": document["points"],
            "issues": document["issues"], "unestimated": document["unestimated"],
        });
        ours.insert(on_board(board, sprint), numbers);
    }
    let compared = compare(&ours, &tidemark_tests::expected(&installation.path("acme")).unwrap());
    let compared = compared.unwrap_or_else(|differences| panic!("{differences}"));
    println!("{compared} reports equal what happened");
    assert!(compared >= 18, "{compared} sprints only");
}

#[test]
fn a_report_has_its_shape_as_json_and_jiras_sections_as_a_table() {
    let installation = synced(3);
    let mut headings = BTreeSet::new();
    for sprint in sprints(&installation) {
        let document = report(&installation, &sprint);
        let own = [
            "sprint",
            "mode",
            "points",
            "issues",
            "unestimated",
            "predictability",
            "disciplines",
            "items",
            "quality",
        ];
        assert_eq!(names(&document), BTreeSet::from(own));
        let header = ["id", "name", "board", "state", "goal", "started_at", "planned_end_at", "closed_at"];
        assert_eq!(names(&document["sprint"]), BTreeSet::from(header));
        assert_eq!(document["sprint"]["id"], sprint.as_str());
        assert_eq!(document["mode"], "jira_cloud");
        assert_eq!(names(&document["points"]), BTreeSet::from(POINTS));
        let counts = POINTS.into_iter().chain(["done_before_start", "done_outside"]).collect();
        assert_eq!(names(&document["issues"]), counts);
        assert!(document["unestimated"].is_u64(), "{document}");
        for item in document["items"].as_array().unwrap() {
            let own = [
                "key",
                "type",
                "subtask",
                "outcome",
                "committed",
                "added",
                "initial",
                "final",
                "discipline",
                "discipline_rule",
            ];
            assert_eq!(names(item), BTreeSet::from(own));
        }
        for mark in document["quality"].as_array().unwrap() {
            assert_eq!(names(mark), BTreeSet::from(["mark", "detail"]));
        }
        let table = installation.ok(&["report", "sprint", &sprint]);
        for (outcome, heading) in [
            ("completed", "Completed issues"),
            ("not_completed", "Issues not completed"),
            ("removed", "Issues removed from the sprint"),
            ("done_outside", "Issues completed outside of this sprint"),
        ] {
            let of_outcome = |item: &&Value| item["outcome"] == outcome;
            let count = document["items"].as_array().unwrap().iter().filter(of_outcome).count();
            let section = table.lines().skip_while(|line| !line.starts_with(&format!("{heading} (")));
            let listed = section.skip(1).take_while(|line| line.starts_with("  ")).count();
            assert_eq!(listed, count, "issues below `{heading}` in:\n{table}");
            headings.extend((count > 0).then_some(heading));
        }
    }
    assert!(headings.len() >= 3, "the organisation shows {headings:?} only");
}

#[test]
fn queries_and_exports_come_in_every_format() {
    let installation = synced(4);
    let sql = "SELECT issue_key, summary FROM v1_issues ORDER BY issue_id LIMIT 2";
    let rows = installation.query(sql);
    let key = rows[0]["issue_key"].as_str().unwrap();
    let table = installation.ok(&["query", sql]);
    assert!(
        table.starts_with("issue_key") && table.contains(key) && table.ends_with("(2 rows)\n"),
        "{table}"
    );
    let csv = installation.ok(&["query", sql, "--format", "csv"]);
    assert!(
        csv.starts_with("issue_key,summary\r\n") && csv.contains(key) && csv.lines().count() == 3,
        "{csv}"
    );
    assert_parquet(&installation.run(&["query", sql, "--format", "parquet"]).exits(0).bytes);
    for view in VIEWS {
        let short = view.strip_prefix("v1_").unwrap();
        let csv = installation.ok(&["export", view, "--format", "csv"]);
        let json = installation.ok(&["export", short, "--format", "json"]);
        let rows: Vec<Value> = serde_json::from_str(&json).unwrap();
        let counted = installation.number(&format!("SELECT count(*) AS n FROM {view}"));
        // Nothing is rejected here.
        assert_eq!(counted == 0, view == "v1_rejected", "{view} has {counted} rows");
        assert_eq!(rows.len() as i64, counted, "{view} as JSON");
        let columns: BTreeSet<&str> = csv.lines().next().unwrap().split(',').collect();
        assert!(rows.iter().all(|row| names(row) == columns), "{view} has other columns in JSON");
        assert_parquet(&installation.run(&["export", view, "--format", "parquet"]).exits(0).bytes);
        for (format, expected) in [("csv", &csv), ("json", &json)] {
            let out = installation.path(&format!("{view}.{format}"));
            let printed =
                installation.ok(&["export", view, "--format", format, "--out", out.to_str().unwrap()]);
            assert_eq!(printed, "", "with --out nothing is printed");
            assert!(
                std::fs::read_to_string(out).unwrap() == *expected,
                "{view}: --out differs from standard output"
            );
        }
    }
    installation
        .run(&["export", "v1_sprint", "--format", "csv"])
        .exits(2)
        .names(&["v1_sprint", "v1_sprints"]);
    installation.run(&["query", "SELECT nothing FROM v1_issues"]).exits(2).names(&["nothing"]);
    installation.run(&["query", "DROP VIEW v1_issues"]).exits(2).names(&["DDL"]);
}

/// The file begins and ends as Parquet does.
fn assert_parquet(bytes: &[u8]) {
    assert!(
        bytes.len() > 100 && bytes.starts_with(b"PAR1") && bytes.ends_with(b"PAR1"),
        "{} bytes",
        bytes.len()
    );
}

#[test]
fn hostile_text_steers_neither_spreadsheet_nor_terminal() {
    const FORMULA: &str = "=HYPERLINK(\"http://x\",\"y\")";
    const TITLE: &str = "<script>alert(1)</script>\u{1b}[2J\u{7}\r\n\u{202e}x";
    let installation = Installation::simulated(5);
    let mut number = 0;
    archive::forget_hidden(&installation.path("archive")).unwrap();
    archive::edit(&installation.path("archive"), |issue| {
        number += 1;
        issue["fields"]["summary"] = json!(if number % 2 == 0 { FORMULA } else { TITLE });
        issue["fields"]["issuetype"]["name"] = json!("Bug\u{1b}]0;owned\u{7}");
        issue["key"] = json!(format!("{}\u{1b}[31m", issue["key"].as_str().unwrap()));
    })
    .unwrap();
    installation.ok(&["sync"]);
    let csv = installation.ok(&["export", "issues", "--format", "csv"]);
    assert!(csv.contains("\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\""), "the formula is not disarmed");
    assert!(!csv.contains(",=") && !csv.contains(",\"="), "a cell begins with a formula");
    let rows = installation
        .query("SELECT DISTINCT summary FROM v1_issues WHERE standing <> 'deleted' ORDER BY summary");
    assert_eq!(rows, json!([{ "summary": TITLE }, { "summary": FORMULA }]), "JSON changes nothing");
    let steers = |c: char| c != '\n' && c.is_control() || c == '\u{202e}';
    let table = installation.ok(&["query", "SELECT summary, issue_type FROM v1_issues"]);
    assert!(!table.contains(steers), "a table holds control characters: {table:?}");
    let mut shown = 0;
    for sprint in sprints(&installation) {
        let table = installation.ok(&["report", "sprint", &sprint]);
        assert!(!table.contains(steers), "a report holds control characters: {table:?}");
        shown += table.matches("<script>alert(1)</script>").count();
    }
    assert!(shown > 0, "no report shows the title");
}

#[test]
fn secrets_stay_in_the_environment_and_variables_override_keys() {
    const SECRET: &str = "s3cret-archive";
    let installation = Installation::simulated(6).with("ACME_ARCHIVE", SECRET);
    std::fs::rename(installation.path("archive"), installation.path(SECRET)).unwrap();
    installation.configure("[sources.acme]\ntype = \"jira-archive\"\npath = \"${ACME_ARCHIVE}\"\n");
    let shown = installation.ok(&["config"]);
    assert!(shown.contains("${ACME_ARCHIVE}") && !shown.contains(SECRET), "{shown}");
    let installation = installation.with("TIDEMARK__STORAGE__DATA_DIR", "elsewhere");
    assert!(installation.ok(&["config"]).contains("data_dir = \"elsewhere\""));
    installation.ok(&["sync"]);
    assert!(installation.path("elsewhere/lake").is_dir() && !installation.path("data").is_dir());
    assert!(!sprints(&installation).is_empty());
}

#[test]
fn init_and_check_tell_all_problems_at_once() {
    let installation = Installation::empty();
    tidemark_tests::organisation(8, &installation.path("archive")).unwrap();
    let said = installation.ok(&["init", "--archive", "archive", "--name", "acme"]);
    assert!(said.contains("wrote tidemark.toml") && said.contains("ok       source acme"), "{said}");
    installation.ok(&["check"]);
    installation.run(&["init", "--archive", "archive"]).exits(2).names(&["tidemark.toml is there already"]);
    installation.ok(&["sync"]);
    assert!(report(&installation, &sprints(&installation)[0])["points"]["completed"].is_number());
    installation.configure(
        "[sources.one]\ntype = \"jira-archive\"\npath = \"a\"\n[sources.two]\ntype = \"jira-archive\"\npath = \"b\"\n",
    );
    let said = installation.run(&["check"]).exits(1).names(&["2 problems"]);
    assert_eq!(said.out.lines().filter(|line| line.starts_with("problem  source")).count(), 2, "{said}");
}

#[test]
fn a_second_sync_and_a_replay_change_no_byte_of_the_exports() {
    let installation = synced(9);
    let first = installation.exports();
    installation.ok(&["sync"]);
    assert_same(&first, &installation.exports(), "after a second sync");
    installation.ok(&["replay"]);
    assert_same(&first, &installation.exports(), "after a replay");
    assert_same(&first, &synced(9).exports(), "in another installation");
}

#[test]
fn verify_finds_and_mends_a_row_that_differs() {
    let installation = synced(10);
    let before = installation.exports();
    assert!(installation.ok(&["verify"]).contains("nothing differs"));
    {
        let store = installation.store();
        let (key, stored) = first_report(&store);
        let json =
            String::from_utf8(stored).unwrap().replace("\"completed_points\":", "\"completed_points\":1");
        let write = RowWrite {
            table: SprintReport::TABLE,
            key,
            json: Some(codec::pack(json.into_bytes())),
            fresh: false,
        };
        store.commit(Batch { rows: vec![write], ..Batch::default() }, Durability::Synced).unwrap();
    }
    let said = installation.run(&["verify"]).exits(1).names(&["rows differ", "tidemark verify --repair"]);
    assert!(said.out.contains("sprint_reports") && said.out.contains("is different"), "{said}");
    assert!(installation.ok(&["verify", "--repair"]).contains("mended"));
    assert!(installation.ok(&["verify"]).contains("nothing differs"));
    assert_same(&before, &installation.exports(), "after the repair");
}

fn first_report(store: &dyn Store) -> (Key, Vec<u8>) {
    let snapshot = store.snapshot();
    let mut reports = snapshot.scan(SprintReport::TABLE, &Key::default()).unwrap().map(Result::unwrap);
    let (key, stored) = reports.next().unwrap();
    (key, stored.json)
}

#[test]
fn readers_run_beside_whoever_holds_the_data_folder() {
    let installation = synced(11);
    let sprint = sprints(&installation)[0].clone();
    let before = installation.exports();
    let holder = installation.store();
    assert_same(&before, &installation.exports(), "beside a writer");
    assert!(report(&installation, &sprint)["points"].is_object());
    installation.ok(&["query", "SELECT count(*) AS n FROM v1_issues"]);
    installation.run(&["sync"]).exits(1).names(&["in use by another tidemark process"]);
    drop(holder);
    installation.ok(&["sync"]);
}

#[test]
fn a_lake_that_is_not_there_yet_is_empty() {
    let installation = Installation::of(Path::new("archive"));
    assert_eq!(installation.number("SELECT count(*) AS n FROM v1_sprints"), 0);
    installation
        .run(&["report", "sprint", "acme/1"])
        .exits(1)
        .names(&["there is no sprint acme/1", "tidemark sync"]);
}
