//! What a process tells operators, as a scraper reads it.

use std::collections::BTreeMap;

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
