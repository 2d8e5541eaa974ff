//! Files that pages load.

use std::collections::BTreeSet;

use axum::http::{Request, StatusCode, header};

use super::page;
use super::support::Organisation;

/// The files that a page names, and those that its scripts import.
fn files(organisation: &Organisation) -> BTreeSet<String> {
    let document = page(organisation, "/boards/acme/1");
    let named = document.tags.iter().flat_map(|tag| [tag.attribute("src"), tag.attribute("href")]);
    let mut files: BTreeSet<String> =
        named.filter(|name| name.starts_with("/assets/")).map(str::to_owned).collect();
    let mut queue: Vec<String> = files.iter().cloned().collect();
    while let Some(file) = queue.pop() {
        let text = organisation.get(&file).text();
        let imports = text.lines().filter(|line| line.starts_with("import "));
        for import in imports.filter_map(|line| line.split('\'').nth(1)) {
            if files.insert(import.to_owned()) {
                queue.push(import.to_owned());
            }
        }
    }
    files
}

#[test]
fn files_are_kept_for_as_long_as_their_version_lasts() {
    let organisation = Organisation::simulated(1);
    let files = files(&organisation);
    assert!(files.len() > 10, "{files:?}");
    for file in &files {
        let answer = organisation.get(file);
        assert_eq!(answer.status, StatusCode::OK, "{file}");
        assert!(answer.header(header::CACHE_CONTROL).contains("immutable"), "{file}");
        let expected = match file.split_once('?').unwrap().0.rsplit_once('.').unwrap().1 {
            "js" => "text/javascript; charset=utf-8",
            "css" => "text/css; charset=utf-8",
            "svg" => "image/svg+xml",
            other => panic!("{other}"),
        };
        assert_eq!(answer.header(header::CONTENT_TYPE), expected, "{file}");
        let etag = answer.header(header::ETAG);
        let again =
            Request::get(file.as_str()).header(header::HOST, "localhost").header(header::IF_NONE_MATCH, etag);
        assert_eq!(organisation.ask(again).status, StatusCode::NOT_MODIFIED, "{file}");
    }
}

#[test]
fn other_versions_are_asked_for_again_and_nothing_else_is_served() {
    let organisation = Organisation::simulated(1);
    for path in ["/assets/style.css", "/assets/style.css?v=0"] {
        assert_eq!(organisation.get(path).header(header::CACHE_CONTROL), "private, no-cache", "{path}");
    }
    for path in ["/assets/nothing.js", "/assets/..%2FCargo.toml", "/assets/"] {
        assert_eq!(organisation.get(path).status, StatusCode::NOT_FOUND, "{path}");
    }
    assert!(organisation.get("/assets/uplot-license.txt").text().contains("MIT"));
}
