//! Wrong use, broken archives and a full disk: each is named with its remedy, what is good goes on, and nothing panics.
#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};
use tidemark_model::rejected::{Reason, Rejected};
use tidemark_simulation::Options;
use tidemark_tests::archive::{self, PACKED};
use tidemark_tests::command::{Installation, assert_same};
use tidemark_tests::disk::SmallDisk;

/// A small organisation whose issues are changed, line by line, before anything is synced.
fn with_lines<L: AsRef<[u8]>>(seed: u64, change: impl FnOnce(Vec<String>) -> Vec<L>) -> Installation {
    let installation = Installation::simulated(seed);
    let folder = installation.path("archive");
    archive::write_lines(&folder, &change(archive::lines(&folder).unwrap())).unwrap();
    installation
}

fn issues(installation: &Installation) -> i64 {
    installation.number("SELECT count(*) AS n FROM v1_issues WHERE standing <> 'deleted'")
}

#[test]
fn wrong_use_is_named_with_what_would_be_right() {
    let installation = Installation::simulated(1);
    installation.run(&["sync", "acmee"]).exits(2).names(&["no source `acmee`", "acme"]);
    installation.ok(&["sync"]);
    let report = |sprint: &str| installation.run(&["report", "sprint", sprint]);
    report("acme/999999").exits(1).names(&["there is no sprint acme/999999", "tidemark query"]);
    report("12").exits(2).names(&["source/id", "acme/12"]);

    installation.configure("[storage]\ndata_dri = \"x\"\n");
    let known = ["tidemark.toml", "unknown key `storage.data_dri`", "did you mean `data_dir`?"];
    installation.run(&["sync"]).exits(2).names(&known);
    installation.configure("[storage\n");
    installation.run(&["sync"]).exits(2).names(&["tidemark.toml"]);
    installation.configure("");
    installation.run(&["sync"]).exits(2).names(&["no source is configured", "tidemark init"]);
    installation.run(&["sync", "--config", "none.toml"]).exits(2).names(&["none.toml", "--config"]);
}

#[test]
fn a_missing_archive_is_named_and_the_other_source_goes_on() {
    let installation = Installation::simulated(2);
    let source =
        |name: &str, path: &str| format!("[sources.{name}]\ntype = \"jira-archive\"\npath = \"{path}\"\n");
    installation.configure(&(source("aaa", "nowhere") + &source("acme", "archive")));
    installation.run(&["sync"]).exits(1).names(&["nowhere: there is no such folder", "[sources.aaa]"]);
    assert!(issues(&installation) > 100, "the other source did not go on");
    std::fs::create_dir(installation.path("nowhere")).unwrap();
    installation.run(&["sync"]).exits(1).names(&["holds no issues.ndjson"]);
}

#[test]
fn a_file_that_is_cut_short_keeps_what_came_before_and_syncs_fully_once_repaired() {
    let reference = Installation::simulated(3);
    reference.ok(&["sync"]);
    let installation = Installation::simulated(3);
    let file = installation.path("archive").join(PACKED);
    let whole = std::fs::read(&file).unwrap();
    std::fs::write(&file, &whole[..whole.len() / 2]).unwrap();
    for _ in 0..2 {
        let said = installation.run(&["sync"]).exits(1);
        said.names(&[PACKED, "damaged or cut short", "copy or export it again"]);
    }
    let (all, before) = (issues(&reference), issues(&installation));
    assert!(before > all / 4 && before < all, "{before} of {all} issues came before the cut");
    std::fs::write(&file, whole).unwrap();
    installation.ok(&["sync"]);
    assert_same(&reference.exports(), &installation.exports(), "after the repair");
}

#[test]
fn bad_lines_are_kept_with_their_bytes_and_the_rest_is_loaded() {
    let reference = Installation::simulated(4);
    reference.ok(&["sync"]);
    let bad: [(&[u8], Reason); 5] = [
        (b"this is no JSON", Reason::NoJson),
        (b"{\"key\":\"ACME-1\",\"fields\":{\"created\":\"2026-03-02T09:15:00.000+0000\"}}", Reason::NoId),
        (b"{\"id\":\"77\",\"key\":\"ACME-77\"}", Reason::BadField),
        (b"{\"id\":\"78\",\"fields\":{\"summary\":\"\xff\xfe\"}}", Reason::NoJson),
        (b"{\"id\":\"79\",\"fields\":{\"created\":\"yesterday\"}}", Reason::BadField),
    ];
    let installation = with_lines(4, |lines| {
        let mut lines: Vec<Vec<u8>> = lines.into_iter().map(String::into_bytes).collect();
        for (index, (line, _)) in bad.iter().enumerate() {
            lines.insert(10 * index, line.to_vec());
        }
        lines
    });
    let said = installation.run(&["sync"]).exits(3);
    said.names(&["issues.ndjson.gz:1:", "no_json", "no_id", "bad_field", "5 records are rejected"]);
    let rejected = installation.rejected();
    let bytes = |rejected: &Rejected| {
        let hex = rejected.original_hex.as_deref().unwrap_or_default();
        let pairs = hex.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
        let bytes: Vec<u8> = pairs.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect();
        if rejected.original_hex.is_some() { bytes } else { rejected.original.clone().into_bytes() }
    };
    let kept: BTreeSet<(Vec<u8>, Reason)> = rejected.iter().map(|one| (bytes(one), one.reason)).collect();
    let expected: BTreeSet<(Vec<u8>, Reason)> =
        bad.iter().map(|(line, reason)| (line.to_vec(), *reason)).collect();
    assert_eq!(kept, expected);
    assert_eq!(installation.number("SELECT count(*) FROM v1_rejected"), 5);
    let mut rest = reference.exports();
    rest.remove("v1_rejected");
    assert_same(&rest, &installation.exports(), "beside bad lines");

    installation.run(&["replay"]).exits(3).names(&["5 records are rejected"]);
    std::fs::copy(reference.path("archive").join(PACKED), installation.path("archive").join(PACKED)).unwrap();
    installation.ok(&["sync"]);
    assert_eq!(installation.rejected(), [], "what was repaired is still rejected");
    assert_same(&reference.exports(), &installation.exports(), "after the repair");
}

#[test]
fn points_that_are_text_cost_no_issue_and_are_marked() {
    let mut key = String::new();
    let installation = with_lines(5, |lines| {
        let mut issues: Vec<Value> = lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
        let estimated = |issue: &&mut Value| {
            let fields = &issue["fields"];
            let closed = |sprint: &Value| sprint["state"] == "closed";
            fields["customfield_10016"].is_number()
                && fields["issuetype"]["subtask"] == false
                && fields["customfield_10020"].as_array().is_some_and(|sprints| sprints.iter().any(closed))
        };
        let issue = issues.iter_mut().find(estimated).unwrap();
        key = issue["key"].as_str().unwrap().to_owned();
        issue["fields"]["customfield_10016"] = json!("five");
        for history in issue["changelog"]["histories"].as_array_mut().unwrap() {
            for item in history["items"].as_array_mut().unwrap() {
                if item["fieldId"] == "customfield_10016" {
                    item["toString"] = json!("five");
                }
            }
        }
        issues.iter().map(Value::to_string).collect()
    });
    installation.run(&["sync"]).exits(3).names(&["`five`", "bad_estimate", &key]);
    let found = format!("SELECT count(*) AS n FROM v1_issues WHERE issue_key = '{key}'");
    assert_eq!(installation.number(&found), 1, "the issue is gone");
    let rejected = installation.rejected();
    assert!(
        rejected.iter().any(|one| one.reason == Reason::BadEstimate && one.original == "five"),
        "{rejected:?}"
    );
    let marked = "SELECT quality FROM v1_sprint_reports WHERE quality LIKE '%estimate_unreadable%'";
    let reports = installation.query(marked);
    assert!(reports.to_string().contains(&key), "no report is marked for {key}: {reports}");
}

#[test]
fn a_second_writer_is_refused_by_name_and_the_holder_is_told() {
    let installation = Installation::simulated(6);
    let holder = installation.store();
    let pid = format!("pid {}", std::process::id());
    for command in ["sync", "replay", "verify"] {
        installation.run(&[command]).exits(1).names(&["./data is in use", &pid, "data_dir"]);
    }
    drop(holder);
    installation.ok(&["sync"]);
}

/// What makes the line of an issue hostile.
type Maker = Box<dyn Fn(&str) -> Vec<u8>>;

fn hostile() -> Vec<(&'static str, Maker)> {
    fn in_summary(text: String) -> Maker {
        Box::new(move |line| {
            line.replacen("\"summary\":\"", &format!("\"summary\":\"{text}"), 1).into_bytes()
        })
    }
    fn in_field(json: String) -> Maker {
        let field = format!("\"fields\":{{\"customfield_10099\":{json},");
        Box::new(move |line| line.replacen("\"fields\":{", &field, 1).into_bytes())
    }
    fn with(change: fn(&mut Value)) -> Maker {
        Box::new(move |line| {
            let mut issue: Value = serde_json::from_str(line).unwrap();
            change(&mut issue);
            issue.to_string().into_bytes()
        })
    }
    let deep = |open: &str, close: &str| format!("{}1{}", open.repeat(100_000), close.repeat(100_000));
    vec![
        ("arrays nested 100,000 deep", in_field(deep("[", "]"))),
        ("objects nested 100,000 deep", in_field(deep("{\"avatarUrls\":", "}"))),
        ("a line of brackets", Box::new(|_| vec![b'['; 100_000])),
        ("NUL as an escape", in_summary("\\u0000".to_owned())),
        ("NUL as a byte", in_summary("\0".to_owned())),
        ("a lone surrogate", in_summary("\\ud800".to_owned())),
        ("a lone surrogate in another field", in_field("[{\"id\":\"\\udfff\"}]".to_owned())),
        ("no UTF-8", Box::new(|line| [&line.as_bytes()[..40], b"\xc3\x28", &line.as_bytes()[40..]].concat())),
        ("the id twice", Box::new(|line| line.replacen('{', "{\"id\":\"1\",", 1).into_bytes())),
        ("a field twice", in_field("1,\"customfield_10099\":2".to_owned())),
        ("a number of no size", in_field("1e400".to_owned())),
        ("a text of 5 MB", in_summary("x".repeat(5 << 20))),
        ("a field of 5 MB", in_field(format!("[{}0]", "1,".repeat(5 << 19)))),
        ("an id with NUL", with(|issue| issue["id"] = json!(format!("{}\0", issue["id"].as_str().unwrap())))),
        ("an id of 100 KB", with(|issue| issue["id"] = json!("1".repeat(100_000)))),
        (
            "an estimate of 100 KB",
            with(|issue| issue["fields"]["customfield_10016"] = json!("five".repeat(25_000))),
        ),
        (
            "a sprint's id of 100 KB",
            with(|issue| {
                let sprint = json!({"id": "9".repeat(100_000), "state": "closed", "boardId": 1});
                issue["fields"]["customfield_10020"] = json!([sprint]);
            }),
        ),
        ("an issue that is a list", Box::new(|line| format!("[{line}]").into_bytes())),
    ]
}

#[test]
fn hostile_issues_are_taken_or_rejected_and_never_cost_another() {
    for (what, make) in hostile() {
        let mut all = 0;
        let installation = with_lines(7, |lines| {
            all = lines.len() as i64;
            let mut lines: Vec<Vec<u8>> = lines.into_iter().map(String::into_bytes).collect();
            let line = String::from_utf8(lines[20].clone()).unwrap();
            lines[20] = make(&line);
            lines
        });
        archive::forget_hidden(&installation.path("archive")).unwrap();
        let said = installation.run(&["sync"]);
        let (taken, rejected) = (issues(&installation), installation.rejected().len());
        println!("{what}: {taken} of {all} issues taken, {rejected} rejected");
        let said = said.exits(if rejected > 0 { 3 } else { 0 });
        assert!(taken == all || taken == all - 1 && rejected == 1, "{what}: {said}");
        assert!(!said.err.contains(|c: char| c.is_control() && c != '\n'), "{what}: {:?}", said.err);
        installation.ok(&["verify"]);
    }
}

#[test]
fn a_full_disk_is_named_and_costs_nothing_once_there_is_room() {
    let reference = Installation::of(Path::new("archive"));
    let archive = reference.path("archive");
    let options = Options { seed: 8, boards: 6, sprints: 10, issues: 3000, ..Options::default() };
    tidemark_simulation::generate(&options, &archive, &mut |_, _| {}).unwrap();
    let installation = Installation::of(&archive);
    let Some(disk) = SmallDisk::mount(installation.path("data"), 4) else {
        println!("skipped: a_full_disk_is_named: mounting a small filesystem isn't permitted");
        return;
    };
    reference.ok(&["sync"]);
    // A little larger each time: it fills up while issues are read, while reports are computed, while the lake is written.
    let mut full = BTreeSet::new();
    for megabytes in 4..400 {
        disk.grow(megabytes);
        let said = installation.run(&["sync"]);
        if said.succeeded() {
            println!("{megabytes} MB are enough; before, the disk was full for {full:?}");
            break;
        }
        let said = said.exits(1).names(&["./data/", "no space left"]);
        let place = said.err.split_whitespace().find(|word| word.starts_with("./data/")).unwrap();
        full.insert(place.split('/').nth(2).unwrap().trim_end_matches(':').to_owned());
    }
    // The serving database is written beside the lake: whichever is hit first is named.
    full.remove("serving.db");
    assert_eq!(full, BTreeSet::from(["lake".to_owned(), "store".to_owned()]));
    disk.grow(1000);
    installation.ok(&["sync"]);
    assert_same(&reference.exports(), &installation.exports(), "after the disk was full");
    installation.ok(&["verify"]);
}
