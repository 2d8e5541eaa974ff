//! How much may be asked, by a clock that the test moves.

use std::sync::Arc;

use tidemark_jira_simulator::{Bucket, Flavour, Jira, Now, Options, Rules};
use tidemark_model::Timestamp;
use tidemark_model::time::ManualClock;

use crate::stage::{Answer, FOUNDED, HOUR, ask, basic, bearer, get, options};

fn limited(flavour: Flavour, rules: Rules) -> (Jira, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::at(FOUNDED));
    let now = Now::Clock(Arc::<ManualClock>::clone(&clock));
    (Jira::start(Options { rules, now, ..options(flavour) }), clock)
}

#[test]
fn each_endpoint_has_a_bucket_a_second() {
    let rules = Rules { burst: Some(10), ..options(Flavour::Cloud).rules };
    let (jira, clock) = limited(Flavour::Cloud, rules);
    let ask = |path: &str| get(&jira, path);
    let first = ask("/rest/api/3/field");
    let headers = |answer: &Answer| {
        (
            answer.header("x-ratelimit-limit").to_owned(),
            answer.header("x-ratelimit-remaining").to_owned(),
            answer.header("x-ratelimit-nearlimit").to_owned(),
        )
    };
    assert_eq!(headers(&first), ("10".to_owned(), "9".to_owned(), String::new()));
    let answers: Vec<Answer> = (0..10).map(|_| ask("/rest/api/3/field")).collect();
    assert_eq!(headers(&answers[8]), ("10".to_owned(), "0".to_owned(), "true".to_owned()));
    let refused = &answers[9];
    assert_eq!((refused.status, refused.header("retry-after")), (429, "1"));
    assert_eq!(refused.header("ratelimit-reason"), "jira-burst-based");
    assert_eq!(refused.header("x-ratelimit-reset"), "2026-06-30T18:00:01Z");
    // Other endpoints are not concerned; that of single issues has a larger bucket.
    assert_eq!(ask("/rest/api/3/status").status, 200);
    assert_eq!(ask("/rest/api/3/issue/10001").header("x-ratelimit-limit"), "15");
    assert_eq!(ask("/rest/api/3/issue/10001/changelog").header("x-ratelimit-limit"), "20");
    clock.set(Timestamp(FOUNDED.0 + 1000));
    assert_eq!(ask("/rest/api/3/field").status, 200);
}

#[test]
fn apps_pay_points_and_users_do_not() {
    let rules = Rules { points_an_hour: Some(120), ..options(Flavour::Cloud).rules };
    let (jira, clock) = limited(Flavour::Cloud, rules);
    let path = format!("{}/rest/api/3/search/jql?jql=created%20is%20not%20EMPTY&maxResults=40", jira.url());
    let app = || ask("GET", &path, Some(&bearer(&jira)), None);
    // 41 points each: the quota is spent by the third.
    assert_eq!([app().status, app().status, app().status], [200, 200, 200]);
    clock.set(Timestamp(FOUNDED.0 + 10_500));
    let refused = app();
    assert_eq!((refused.status, refused.header("ratelimit-reason")), (429, "jira-quota-global-based"));
    assert_eq!(
        (refused.header("retry-after"), refused.header("x-ratelimit-reset")),
        ("3590", "2026-06-30T19:00Z")
    );
    assert_eq!(ask("GET", &path, Some(&basic(&jira)), None).status, 200);
    clock.set(Timestamp(FOUNDED.0 + HOUR));
    assert_eq!(app().status, 200);
}

#[test]
fn a_node_of_data_center_fills_a_bucket_for_each_user() {
    let bucket = Bucket { limit: 3, fill: 2, interval_secs: 5 };
    let rules = Rules { node: Some(bucket), ..options(Flavour::DataCenter).rules };
    let (jira, clock) = limited(Flavour::DataCenter, rules);
    let ask = || get(&jira, "/rest/api/2/status");
    let first = ask();
    let header = |name: &str| first.header(name);
    assert_eq!((header("x-ratelimit-limit"), header("x-ratelimit-remaining")), ("3", "2"));
    assert_eq!((header("x-ratelimit-interval-seconds"), header("x-ratelimit-fillrate")), ("5", "2"));
    assert_eq!(header("retry-after"), "0");
    assert_eq!([ask().status, ask().status], [200, 200]);
    clock.set(Timestamp(FOUNDED.0 + 2000));
    let refused = ask();
    assert_eq!((refused.status, refused.header("retry-after")), (429, "3"));
    clock.set(Timestamp(FOUNDED.0 + 5000));
    assert_eq!([ask().status, ask().status, ask().status], [200, 200, 429]);
}
