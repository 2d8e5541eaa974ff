//! Grafana's dashboards: every view and column that a panel asks for exists, and ClickHouse takes the question.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tidemark_tests::command::workspace;

use super::files::{all, deploy, document, text};

/// Words of SQL that panels use. Functions are told by the parenthesis that follows.
const WORDS: [&str; 13] =
    ["AND", "AS", "BY", "DESC", "DISTINCT", "FROM", "IS", "LIMIT", "NOT", "NULL", "ORDER", "SELECT", "WHERE"];

/// Columns with their types as the dictionary says them, by view.
type Dictionary = BTreeMap<String, BTreeMap<String, Column>>;

struct Column {
    kind: String,
    nullable: bool,
}

/// All dashboards, by the file's name.
pub(crate) fn dashboards() -> Vec<(String, Value)> {
    let files = all().into_iter().filter(|path| path.starts_with("grafana/dashboards/"));
    files.map(|path| (path.clone(), serde_json::from_str(&text(&deploy(&path))).unwrap())).collect()
}

pub(crate) fn panels(dashboard: &Value) -> Vec<&Value> {
    dashboard["panels"].as_array().unwrap().iter().collect()
}

/// All SQL of panels and variables, with what it belongs to.
fn queries() -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (name, dashboard) in dashboards() {
        for panel in panels(&dashboard) {
            for target in panel["targets"].as_array().unwrap() {
                let place = format!("{name}: {}", panel["title"].as_str().unwrap());
                found.extend(target["rawSql"].as_str().map(|sql| (place, sql.to_owned())));
            }
        }
        for variable in dashboard["templating"]["list"].as_array().unwrap() {
            let place = format!("{name}: ${}", variable["name"].as_str().unwrap());
            found.push((place, variable["query"].as_str().unwrap().to_owned()));
        }
    }
    found
}

/// The public views, from the page that is made from the program's own definitions.
fn dictionary() -> Dictionary {
    let page = text(&workspace().join("sql/DICTIONARY.md"));
    let mut views = Dictionary::new();
    for section in page.split("\n## ").skip(1) {
        let (name, rest) = section.split_once('\n').unwrap();
        let rows = rest.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` | "));
        let columns = rows.map(|(column, rest)| {
            let mut cells = rest.split(" | ");
            let kind = cells.next().unwrap().to_owned();
            (column.to_owned(), Column { kind, nullable: cells.next() == Some("yes") })
        });
        views.insert(name.to_owned(), columns.collect());
    }
    views
}

/// The text with what Grafana puts in the places of its variables and macros.
fn as_sent(sql: &str) -> String {
    let sql = sql.replace("${board:sqlstring}", "'acme/1'").replace("${sprint:sqlstring}", "'acme/2'");
    let sql =
        sql.replace("$__timeFilter(closed_at)", "closed_at >= toDateTime(0) AND closed_at <= toDateTime(1)");
    assert!(!sql.contains('$'), "say what stands in the place: {sql}");
    sql
}

/// Names in a query that are neither words of SQL nor functions nor names that it gives itself.
fn names(sql: &str) -> BTreeSet<String> {
    let sql = as_sent(sql);
    let unquoted: String = sql.split('\'').step_by(2).collect::<Vec<_>>().join(" ");
    let mut found = BTreeSet::new();
    let mut given = BTreeSet::new();
    let mut before = String::new();
    let mut rest = unquoted.as_str();
    while let Some(start) = rest.find(|sign: char| sign.is_ascii_alphabetic() || sign == '_') {
        rest = &rest[start..];
        let end = rest.find(|sign: char| !sign.is_ascii_alphanumeric() && sign != '_').unwrap_or(rest.len());
        let word = rest[..end].to_owned();
        rest = &rest[end..];
        if before == "AS" {
            given.insert(word.clone());
        } else if !rest.starts_with('(') && !WORDS.contains(&word.as_str()) {
            found.insert(word.clone());
        }
        before = word;
    }
    found.retain(|name| !given.contains(name));
    found
}

#[test]
fn every_view_and_column_that_is_asked_for_exists() {
    let dictionary = dictionary();
    let queries = queries();
    assert!(queries.len() >= 12, "{} queries only", queries.len());
    let mut asked = BTreeSet::new();
    for (place, sql) in queries {
        let names = names(&sql);
        let (views, columns): (Vec<&String>, Vec<&String>) =
            names.iter().partition(|name| name.starts_with("v1_"));
        assert_eq!(views.len(), 1, "{place}: one view a query, else say whose the columns are: {sql}");
        let known =
            dictionary.get(views[0]).unwrap_or_else(|| panic!("{place}: there is no view {}", views[0]));
        for column in columns {
            assert!(known.contains_key(column), "{place}: {} has no column {column}", views[0]);
        }
        asked.insert(views[0].clone());
    }
    for view in ["v1_burndown", "v1_sprint_reports", "v1_velocity"] {
        assert!(asked.contains(view), "no dashboard shows {view}");
    }
}

#[test]
fn columns_that_panels_name_are_selected() {
    for (name, dashboard) in dashboards() {
        for panel in panels(&dashboard) {
            let sql: Vec<&str> = panel["targets"]
                .as_array()
                .unwrap()
                .iter()
                .filter_map(|target| target["rawSql"].as_str())
                .collect();
            let overrides = panel["fieldConfig"]["overrides"].as_array().unwrap().iter();
            let named = overrides
                .filter(|one| one["matcher"]["id"] == "byName")
                .map(|one| &one["matcher"]["options"]);
            for column in named.chain(panel["options"].get("xField")) {
                let column = column.as_str().unwrap();
                let selected = sql.iter().any(|sql| sql.contains(column));
                assert!(selected, "{name}: {} names {column}, which it does not ask for", panel["title"]);
            }
        }
    }
}

#[test]
fn panels_ask_the_sources_that_are_provisioned() {
    let sources = document("grafana/provisioning/datasources/tidemark.yaml")["datasources"].clone();
    let known: Vec<(&Value, &Value)> =
        sources.as_array().unwrap().iter().map(|source| (&source["type"], &source["uid"])).collect();
    let mut ids = BTreeSet::new();
    for (name, dashboard) in dashboards() {
        assert!(ids.insert(dashboard["uid"].as_str().unwrap().to_owned()), "{name}: its uid is another's");
        let mut places = BTreeSet::new();
        for panel in panels(&dashboard) {
            let targets = panel["targets"].as_array().unwrap().iter();
            for source in targets.map(|target| &target["datasource"]).chain([&panel["datasource"]]) {
                assert!(known.contains(&(&source["type"], &source["uid"])), "{name}: {source}");
            }
            assert!(
                panel["description"].as_str().is_some_and(|text| !text.is_empty()),
                "{name}: {}",
                panel["title"]
            );
            let at = &panel["gridPos"];
            let (x, width) = (at["x"].as_u64().unwrap(), at["w"].as_u64().unwrap());
            assert!(x + width <= 24, "{name}: {at}");
            assert!(places.insert((x, at["y"].as_u64().unwrap())), "{name}: two panels at {at}");
        }
    }
}

/// What ClickHouse calls a kind of the dictionary.
fn clickhouse_type(column: &Column) -> String {
    let name = match column.kind.as_str() {
        "text" => "String",
        "integer" => "Int64",
        "float" => "Float64",
        "boolean" => "Bool",
        "date" => "Date32",
        "timestamp" => "DateTime64(3, 'UTC')",
        other => panic!("say what ClickHouse calls the kind `{other}`"),
    };
    if column.nullable { format!("Nullable({name})") } else { name.to_owned() }
}

#[test]
fn clickhouse_takes_every_query() {
    let url = std::env::var_os("TIDEMARK_TEST_CLICKHOUSE").and_then(|url| url.into_string().ok());
    let Some(url) = url.filter(|url| !url.is_empty()) else {
        eprintln!("skipped: clickhouse_takes_every_query needs TIDEMARK_TEST_CLICKHOUSE");
        return;
    };
    // http://user:password@host:port/database
    let (login, server) = url.strip_prefix("http://").unwrap().split_once('@').unwrap();
    let (user, password) = login.split_once(':').unwrap();
    let server = server.split('/').next().unwrap();
    let database = format!("tidemark_deploy_{}", std::process::id());
    let ask = |sql: &str, database: &str| -> Result<String, String> {
        let request = ureq::post(format!("http://{server}/?database={database}"))
            .header("X-ClickHouse-User", user)
            .header("X-ClickHouse-Key", password)
            .config()
            .http_status_as_error(false)
            .build();
        let mut answer = request.send(sql).map_err(|error| error.to_string())?;
        let text = answer.body_mut().read_to_string().map_err(|error| error.to_string())?;
        if answer.status() == 200 { Ok(text) } else { Err(text) }
    };
    ask(&format!("CREATE DATABASE {database}"), "default").unwrap();
    let mut wrong = Vec::new();
    for (view, columns) in dictionary() {
        let columns: Vec<String> =
            columns.iter().map(|(name, column)| format!("{name} {}", clickhouse_type(column))).collect();
        let sql = format!("CREATE TABLE {view} ({}) ENGINE = Memory", columns.join(", "));
        wrong.extend(ask(&sql, &database).err());
        // One row of defaults, so that something is computed.
        wrong.extend(ask(&format!("INSERT INTO {view} (source) VALUES ('acme')"), &database).err());
    }
    for (place, sql) in queries() {
        if let Err(error) = ask(&as_sent(&sql), &database) {
            wrong.push(format!("{place}: {error}: {sql}"));
        }
    }
    let refused = ask("SELECT no_such_column FROM v1_velocity", &database);
    ask(&format!("DROP DATABASE {database}"), "default").unwrap();
    assert!(refused.is_err(), "the engine takes anything: {refused:?}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn names_are_found_in_a_query() {
    let sql = "SELECT closed_at AS time, -removed_points AS gone FROM (SELECT removed_points FROM v1_velocity \
               WHERE board_id = ${board:sqlstring} AND $__timeFilter(closed_at)) ORDER BY gone";
    let expected = ["board_id", "closed_at", "removed_points", "v1_velocity"];
    assert_eq!(names(sql), expected.map(str::to_owned).into());
}
