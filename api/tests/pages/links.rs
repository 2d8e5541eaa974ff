//! Every link leads somewhere.

use std::collections::BTreeSet;

use axum::http::StatusCode;

use super::html::Document;
use super::support::Organisation;
use super::visit;

/// Pages with more parameters than these have links that differ by combinations only.
const PARAMETERS: usize = 2;

#[test]
fn all_links_on_all_pages_resolve() {
    let organisation = Organisation::simulated(1);
    let mut seen = BTreeSet::from(["/".to_owned()]);
    let mut queue = vec!["/".to_owned()];
    let mut broken = Vec::new();
    while let Some(path) = queue.pop() {
        let answer = visit(&organisation, &path);
        if answer.status != StatusCode::OK {
            broken.push(format!("{path}: {} {}", answer.status, answer.text()));
            continue;
        }
        if !answer.header("content-type").starts_with("text/html") || path.matches('=').count() > PARAMETERS {
            continue;
        }
        let document = Document::of(&path, &answer.text());
        for link in document.tags.iter().flat_map(|tag| [tag.attribute("href"), tag.attribute("src")]) {
            let (target, fragment) = link.split_once('#').unwrap_or((link, ""));
            if target.is_empty() {
                let found =
                    fragment.is_empty() || document.with("id").any(|tag| tag.attribute("id") == fragment);
                assert!(found, "{path}: there is no #{fragment}");
            } else if seen.insert(target.to_owned()) {
                assert!(
                    target.starts_with('/') && !target.starts_with("//"),
                    "{path} leads away to {target}"
                );
                queue.push(target.to_owned());
            }
        }
    }
    assert!(seen.len() > 300, "only {} addresses", seen.len());
    assert!(broken.is_empty(), "{} of {} links are broken: {broken:#?}", broken.len(), seen.len());
}
