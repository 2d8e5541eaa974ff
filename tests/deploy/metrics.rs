//! Metrics that alerts and dashboards name, against the source that counts them.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::Value;
use tidemark_tests::command::workspace;

use super::dashboards::{dashboards, panels};
use super::files::{document, text};

/// All PromQL of alerts and panels, with what it belongs to.
pub(crate) fn expressions() -> Vec<(String, String)> {
    let mut found = Vec::new();
    let alerts = document("prometheus/alerts.yaml");
    for group in alerts["groups"].as_array().unwrap() {
        for rule in group["rules"].as_array().unwrap() {
            found.push((
                rule["alert"].as_str().unwrap().to_owned(),
                rule["expr"].as_str().unwrap().to_owned(),
            ));
        }
    }
    for (name, dashboard) in dashboards() {
        for panel in panels(&dashboard) {
            let place = format!("{name}: {}", panel["title"].as_str().unwrap());
            for target in panel["targets"].as_array().unwrap() {
                found.extend(target["expr"].as_str().map(|text| (place.clone(), text.to_owned())));
            }
        }
    }
    found
}

/// The words of a text that a metric of ours can be.
fn named(expression: &str) -> BTreeSet<&str> {
    let word = |sign: char| sign.is_ascii_alphanumeric() || sign == '_';
    expression.split(|sign| !word(sign)).filter(|word| word.starts_with("tidemark_")).collect()
}

/// The series that a source text registers: counters, gauges and histograms by the names that are scraped.
fn registered(source: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut rest = source;
    while let Some(at) = rest.find(".register") {
        rest = &rest[at + ".register".len()..];
        let with_unit = rest.starts_with("_with_unit(");
        let Some(call) = rest.strip_prefix("_with_unit(").or_else(|| rest.strip_prefix('(')) else {
            continue;
        };
        let Some(name) = call.trim_start().strip_prefix('"').and_then(|name| name.split('"').next()) else {
            continue;
        };
        let end = call.find(");").unwrap_or(call.len());
        let unit = call[..end].split("Unit::").nth(1).filter(|_| with_unit);
        let unit = unit
            .map(|unit| unit.split(|sign: char| !sign.is_ascii_alphabetic()).next().unwrap().to_lowercase());
        let base = unit.map_or_else(|| format!("tidemark_{name}"), |unit| format!("tidemark_{name}_{unit}"));
        for suffix in ["", "_total", "_bucket", "_sum", "_count"] {
            found.insert(format!("{base}{suffix}"));
        }
    }
    found
}

/// The files of the api that count.
fn sources() -> Vec<PathBuf> {
    let root = workspace().join("api/src");
    let mut folders = vec![root];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.to_str().unwrap().contains("metrics") {
                found.push(path);
            }
        }
    }
    found
}

#[test]
fn every_metric_that_is_named_is_counted() {
    let sources: Vec<String> = sources().iter().map(|path| text(path)).collect();
    let registered = registered(&sources.concat());
    assert!(registered.contains("tidemark_http_requests_total"), "the sources are read: {registered:?}");
    let mut used = BTreeSet::new();
    for (place, expression) in expressions() {
        for name in named(&expression) {
            assert!(registered.contains(name), "{place}: there is no metric {name}");
            used.insert(name.to_owned());
        }
    }
    assert!(used.len() >= 5, "{used:?}");
}

#[test]
fn labels_that_are_named_are_given() {
    // What metrics carry, and what scraping adds.
    let known = [
        "instance", "job", "le", "reason", "role", "route", "severity", "source", "stage", "status", "table",
        "work",
    ];
    for (place, expression) in expressions() {
        for list in expression.split("by (").skip(1) {
            for label in list.split(')').next().unwrap().split(',') {
                assert!(known.contains(&label.trim()), "{place}: no metric has the label {label}");
            }
        }
    }
    let alerts: Value = document("prometheus/alerts.yaml");
    for (path, text) in super::files::texts(&alerts) {
        for label in text.split("$labels.").skip(1) {
            let label = label.split(|sign: char| !sign.is_ascii_alphabetic()).next().unwrap();
            assert!(known.contains(&label), "{path}: {label}");
        }
    }
}

#[test]
fn registrations_are_found_in_source() {
    let source = r#"
        registry.register("polls", "help", polls.clone());
        let help = "time";
        registry.register_with_unit("poll_duration", help, Unit::Seconds, durations.clone());"#;
    let found = registered(source);
    assert!(
        found.contains("tidemark_polls_total") && found.contains("tidemark_poll_duration_seconds_bucket")
    );
    assert!(!found.contains("tidemark_poll_duration_bucket"), "{found:?}");
    assert_eq!(named("rate(tidemark_a_total[5m]) / up"), BTreeSet::from(["tidemark_a_total"]));
}
