//! What a process tells operators, as a scraper reads it.

use std::collections::BTreeMap;

use crate::process::Process;

/// A sample: its name, its labels, and its value.
#[derive(Debug)]
pub(crate) struct Sample {
    pub(crate) name: String,
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) value: f64,
}

/// The samples of a text in the OpenMetrics format, which has to be whole and of one kind of line each.
pub(crate) fn samples(text: &str) -> Vec<Sample> {
    assert!(text.ends_with("# EOF\n"), "cut off: {text}");
    let lines = text.lines().filter(|line| !line.starts_with("# "));
    lines.map(|line| sample(line).unwrap_or_else(|| panic!("no sample: {line}"))).collect()
}

fn sample(line: &str) -> Option<Sample> {
    let (series, value) = line.rsplit_once(' ')?;
    let (name, labels) = match series.split_once('{') {
        Some((name, labels)) => (name, labels.strip_suffix('}')?),
        None => (series, ""),
    };
    let pairs = labels.split(',').filter(|pair| !pair.is_empty()).map(|pair| {
        let (label, quoted) = pair.split_once('=')?;
        Some((label.to_owned(), quoted.strip_prefix('"')?.strip_suffix('"')?.to_owned()))
    });
    let labels = pairs.collect::<Option<_>>()?;
    Some(Sample { name: name.to_owned(), labels, value: value.parse().ok()? })
}

/// What operators are told by all processes together.
#[track_caller]
pub(crate) fn are_told(processes: &[Process], rejected: f64) {
    let told: Vec<Vec<Sample>> = processes.iter().map(|process| samples(&process.ask("/metrics"))).collect();
    let all: Vec<&Sample> = told.iter().flatten().collect();
    let named = |name: &'static str, work: &'static str| {
        let of_work = move |sample: &&&Sample| sample.labels.get("work").is_some_and(|found| found == work);
        all.iter().filter(move |sample| sample.name == name).filter(of_work)
    };
    for work in ["processors", "serving", "warehouse"] {
        for partition in 0..4 {
            let partition = partition.to_string();
            let mut lags = named("tidemark_lag_seconds", work);
            let lag = lags.find(|sample| sample.labels["partition"] == partition);
            let lag = lag.unwrap_or_else(|| panic!("{work} has no lag in {partition}: {all:?}"));
            assert!((0.0..60.0).contains(&lag.value), "{lag:?}");
        }
        let fresh = named("tidemark_freshness_seconds", work);
        let newest = fresh.map(|sample| sample.value).fold(f64::INFINITY, f64::min);
        assert!((0.0..600.0).contains(&newest), "{work} has written nothing: {newest} s");
    }
    let sum = |name: &str| all.iter().filter(|sample| sample.name == name).map(|sample| sample.value).sum();
    let found: f64 = sum("tidemark_rejected_records");
    // Of nothing the sum is a negative zero.
    assert!((found - rejected).abs() < 0.5, "{found} records are told to be rejected, and {rejected} are");
    let read: f64 = sum("tidemark_source_records_total");
    assert!(read > 0.0, "no process has read records");

    let serving = processes.iter().find(|process| process.roles.ends_with("api")).unwrap();
    serving.ask("/api/v1/boards");
    let answered = samples(&serving.ask("/metrics")).into_iter().find(|sample| {
        let is = |label: &str, value: &str| sample.labels.get(label).is_some_and(|found| found == value);
        sample.name == "tidemark_http_requests_total" && is("route", "/api/v1/boards") && is("status", "200")
    });
    assert!(answered.is_some_and(|sample| sample.value >= 1.0), "requests are not counted");
}

#[test]
fn samples_are_read_with_their_labels() {
    let text = "# TYPE a_seconds gauge\na_seconds{work=\"x\",partition=\"3\"} 0.5\nb_total 7\n# EOF\n";
    let found = samples(text);
    assert_eq!(
        (found[0].name.as_str(), found[0].value, found[0].labels["partition"].as_str()),
        ("a_seconds", 0.5, "3")
    );
    assert_eq!((found[1].name.as_str(), found[1].value, found[1].labels.len()), ("b_total", 7.0, 0));
}
