//! What is true of every page, whatever it shows.

use std::collections::BTreeSet;

use axum::http::{StatusCode, header};

use super::html::Document;
use super::support::Organisation;
use super::{page, some_pages, visit};

/// The elements that pages are made of.
const ELEMENTS: &[&str] = &[
    "a", "abbr", "article", "body", "button", "code", "dd", "details", "div", "dl", "dt", "figure", "footer",
    "form", "h1", "h2", "h3", "head", "header", "html", "img", "input", "label", "li", "link", "main",
    "meta", "nav", "noscript", "ol", "option", "p", "pre", "progress", "script", "section", "select", "span",
    "strong", "summary", "table", "tbody", "td", "tfoot", "th", "thead", "time", "title", "tr", "ul",
];

/// What must hold for a page to be safe under its policy and usable without eyes or a mouse.
pub(crate) fn check(document: &Document) {
    let path = &document.path;
    for tag in &document.tags {
        assert!(ELEMENTS.contains(&tag.name.as_str()), "{path}: <{}> is not ours", tag.name);
        assert!(!tag.has("style"), "{path}: an inline style");
        let handler = tag.attributes.keys().find(|name| name.starts_with("on"));
        assert_eq!(handler, None, "{path}: an inline script");
    }
    for script in document.elements("script") {
        let is_data = script.attribute("type") == "application/json";
        assert!(is_data || script.attribute("src").starts_with("/assets/"), "{path}: a script of its own");
    }
    assert_eq!(document.elements("h1").count(), 1, "{path}: one heading says what the page is");
    let titles = document.texts("title");
    assert!(
        titles.len() == 1 && titles[0].ends_with(" · Tidemark") && titles[0].len() > 12,
        "{path}: {titles:?}"
    );
    assert_eq!(document.elements("html").next().unwrap().attribute("lang"), "en", "{path}");
    assert_eq!(document.elements("main").count(), 1, "{path}");
    headings_in_order(document);
    ids_are_unique(document);
    for header in document.elements("th") {
        assert!(header.has("scope"), "{path}: a header of nothing");
    }
    for region in document.tags.iter().filter(|tag| tag.attribute("role") == "region") {
        assert!(
            region.attribute("tabindex") == "0" && region.has("aria-label"),
            "{path}: a region out of reach"
        );
    }
    for field in document.elements("input").chain(document.elements("select")) {
        let id = field.attribute("id");
        let label = document.elements("label").any(|label| label.attribute("for") == id);
        assert!(label, "{path}: the field {id} has no label");
    }
}

fn headings_in_order(document: &Document) {
    let mut before = 0;
    for tag in document.tags.iter().filter(|tag| !tag.closing) {
        let Some(level) = ["h1", "h2", "h3"].iter().position(|name| *name == tag.name) else { continue };
        assert!(level <= before + 1, "{}: a heading leaves out a level: {}", document.path, tag.text);
        before = level;
    }
}

fn ids_are_unique(document: &Document) {
    let mut ids = BTreeSet::new();
    for tag in document.with("id") {
        assert!(ids.insert(tag.attribute("id")), "{}: two of {}", document.path, tag.attribute("id"));
    }
}

#[test]
fn every_page_is_whole_safe_and_usable() {
    let organisation = Organisation::simulated(1);
    for path in some_pages(&organisation) {
        check(&page(&organisation, &path));
    }
}

#[test]
fn what_is_not_there_has_a_page_with_the_id_of_the_request() {
    let organisation = Organisation::simulated(1);
    let missing =
        ["/nowhere", "/sprints/acme/nope", "/boards/acme/nope", "/sprints/acme/1?board=acme%2Fnope", "/%FF"];
    for path in missing {
        let answer = visit(&organisation, path);
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        let document = Document::of(path, &answer.text());
        check(&document);
        let id = document.with("data-request-id").next().unwrap().text.clone();
        assert_eq!(id, answer.header("x-request-id"), "{path}");
    }
}

#[test]
fn what_cannot_be_asked_is_said() {
    let organisation = Organisation::simulated(1);
    let refused = [
        "/?page=0",
        "/?page=x",
        "/rejected?stage=never",
        "/rejected?reason=%3Cb%3E",
        "/boards/acme/1?last=8",
        "/boards/acme/1?window=4",
    ];
    for path in refused {
        let answer = visit(&organisation, path);
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{path}");
        check(&Document::of(path, &answer.text()));
    }
    assert_eq!(visit(&organisation, "/?page=&q=").status, StatusCode::OK, "a form sends empty fields");
}

#[test]
fn every_answer_keeps_browsers_from_what_no_page_asks_for() {
    let organisation = Organisation::simulated(1);
    for path in ["/", "/nowhere", "/login", "/api/v1/boards", "/assets/style.css", "/health"] {
        let answer = visit(&organisation, path);
        let policy = answer.header(header::CONTENT_SECURITY_POLICY);
        assert!(
            policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"),
            "{path}: {policy}"
        );
        assert!(!policy.contains("unsafe"), "{path}");
        assert_eq!(answer.header(header::X_CONTENT_TYPE_OPTIONS), "nosniff", "{path}");
        assert_eq!(answer.header(header::X_FRAME_OPTIONS), "DENY", "{path}");
        assert_eq!(answer.header(header::REFERRER_POLICY), "same-origin", "{path}");
    }
}

#[test]
fn the_page_to_sign_in_posts_a_token() {
    let organisation = Organisation::simulated(1);
    let document = page(&organisation, "/login");
    check(&document);
    let form = document.elements("form").next().unwrap();
    assert_eq!((form.attribute("method"), form.attribute("action")), ("post", "/login"));
    assert!(document.elements("input").any(|input| input.attribute("name") == "token"));
}
