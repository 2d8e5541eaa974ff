//! A Jira that is looked after: its webhooks are registered and refreshed where the account may, and it is polled where not.

use std::net::TcpListener;

use serde_json::{Value, json};
use tidemark_jira_simulator::{Fault, Flavour, Hook, Jira, Options, Rules};
use tidemark_model::Timestamp;
use tidemark_tests::command::Installation;
use tidemark_tests::server::{Server, wait_for};

use crate::changes::advance;
use crate::described::all_listed;
use crate::support::{SECRET, agree, archived, go_on, options, section, section_of_bearer};

const DAY_MS: i64 = 86_400_000;
const APP: &str = "/rest/api/3/webhook";
const SPRINTS: [&str; 5] =
    ["sprint_created", "sprint_started", "sprint_updated", "sprint_closed", "sprint_deleted"];

/// An installation whose address is known before it runs.
struct Hooked {
    live: Installation,
    section: String,
    address: String,
}

impl Hooked {
    fn of(section: String, secret: &str) -> Self {
        // Nobody else takes it in the moment until it is taken.
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
        let live = Installation::empty().with("RUST_LOG", "info");
        let hooked = Self { live, section, address };
        hooked.configure(secret, "");
        hooked
    }

    fn configure(&self, secret: &str, more: &str) {
        let Self { live, section, address } = self;
        live.configure(&format!(
            "{section}poll_interval_secs = 86400\nwebhook_secrets = [{secret:?}]\nwebhook_url = {:?}\n{more}[api]\nlisten = {address:?}\n",
            self.url()
        ));
    }

    fn url(&self) -> String {
        format!("http://{}/hooks/acme", self.address)
    }

    fn start(&self) -> Server {
        Server::start(self.live.command(&["run"]))
    }
}

/// The registered webhooks, once there are so many.
fn hooks(jira: &Jira, number: usize) -> Vec<Hook> {
    wait_for("the registered webhooks", || Some(jira.hooks()).filter(|hooks| hooks.len() == number))
}

/// The calls of webhooks: methods, and the paths that follow on their resource.
fn asked(jira: &Jira, resource: &str) -> Vec<String> {
    let calls = jira.calls().into_iter();
    let ours =
        calls.filter_map(|call| Some(format!("{} {}", call.method, call.path.strip_prefix(resource)?)));
    ours.collect()
}

/// Posts as an app.
fn post(jira: &Jira, path: &str, authorization: &str, body: &Value) -> Value {
    let request = ureq::post(format!("{}{path}", jira.url())).header("Authorization", authorization);
    let mut answer = request.content_type("application/json").send(body.to_string().as_bytes()).unwrap();
    serde_json::from_str(&answer.body_mut().read_to_string().unwrap()).unwrap()
}

/// What is said of the source.
fn source(server: &Server) -> Value {
    server.json("/api/v1/sources")["data"][0].clone()
}

/// Everything that is told is taken, and the numbers are those of the archive.
fn told_right(jira: &Jira, hooked: &Hooked, archived: &Installation) {
    let deliveries = advance(jira, 3);
    let sent = jira.deliver_registered(&deliveries);
    assert!(sent.len() > 50, "{} webhooks", sent.len());
    // Who is asked to come again does.
    for (_, sent) in &sent {
        let (last, before) = sent.statuses.split_last().unwrap();
        assert!(*last == 200 && before.iter().all(|status| *status == 503), "{:?}", sent.statuses);
    }
    go_on(archived, jira, &deliveries);
    let reports = archived.reports();
    wait_for("the reports that the archive leads to", || (hooked.live.reports() == reports).then_some(()));
}

/// Once it has been polled as well, every view is as the archive's.
fn read_right(hooked: &Hooked, archived: &Installation, what: &str) {
    hooked.live.ok(&["sync"]);
    agree(archived, &hooked.live, what);
}

#[test]
fn an_apps_webhooks_are_registered_once_and_believed_by_their_tokens() {
    let jira = Jira::start(options(Flavour::Cloud, 90));
    let archived = archived(&jira);
    let hooked = Hooked::of(section_of_bearer(&jira), &jira.credentials().client_secret);
    let server = hooked.start();
    let registered = hooks(&jira, 2);
    assert_eq!(registered[0].events, ["jira:issue_created", "jira:issue_updated", "jira:issue_deleted"]);
    assert_eq!(registered[1].events, SPRINTS);
    for hook in &registered {
        assert_eq!((hook.url.as_str(), hook.jql.as_str()), (hooked.url().as_str(), "project != null"));
        assert_eq!(hook.expires, Some(Timestamp(jira.now().0 + 30 * DAY_MS)));
    }
    told_right(&jira, &hooked, &archived);
    let refused = |token: &str| {
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let request = agent.post(hooked.url()).header("Authorization", token);
        request.send(&b"{\"webhookEvent\":\"comment_created\"}"[..]).unwrap().status().as_u16()
    };
    assert_eq!(refused("Bearer nonsense"), 401);
    // Signed with another secret, and with none at all.
    assert_eq!(refused("Bearer eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjk5OTk5OTk5OTl9.AAAA"), 401);
    assert_eq!(refused("Bearer eyJhbGciOiJub25lIn0.eyJleHAiOjk5OTk5OTk5OTl9."), 401);
    let log = server.said();
    assert!(!log.contains(&jira.credentials().client_secret), "{log}");
    read_right(&hooked, &archived, "told to an app");
    // Another start finds what there is.
    let server = hooked.start();
    wait_for("a look at the webhooks", || {
        (asked(&jira, APP).iter().filter(|call| *call == "GET ").count() == 2).then_some(())
    });
    assert_eq!(source(&server)["notice"], Value::Null);
    server.stop();
    assert_eq!(jira.hooks(), registered);
    assert_eq!(asked(&jira, APP).iter().filter(|call| *call == "POST ").count(), 2);
    all_listed(&jira, Flavour::Cloud);
}

#[test]
fn what_ends_soon_is_refreshed_and_what_differs_is_replaced() {
    let options = options(Flavour::Cloud, 91);
    let rules = Rules { failed_for_oauth: true, webhook_retry_ms: 1, ..options.rules };
    let jira = Jira::start(Options { rules, ..options });
    let hooked = Hooked::of(section_of_bearer(&jira), &jira.credentials().client_secret);
    let odd = json!({"jqlFilter": "project = ACME", "events": ["jira:issue_created"]});
    post(&jira, APP, &jira.credentials().bearing(), &json!({"url": hooked.url(), "webhooks": [odd]}));
    let odd = jira.hooks()[0].id;
    let server = hooked.start();
    wait_for("the odd one's end", || jira.hooks().iter().all(|hook| hook.id != odd).then_some(()));
    let registered = hooks(&jira, 2);
    server.stop();
    // Nobody is there to receive it.
    let deliveries = advance(&jira, 22);
    jira.deliver_registered(&deliveries[deliveries.len() - 3..]);
    all_listed(&jira, Flavour::Cloud);
    jira.forget_calls();
    let server = hooked.start();
    let end = Some(Timestamp(jira.now().0 + 30 * DAY_MS));
    wait_for("another thirty days", || jira.hooks().iter().all(|hook| hook.expires == end).then_some(()));
    assert_eq!(ids(&jira.hooks()), ids(&registered));
    wait_for("a question after what failed", || {
        asked(&jira, APP).contains(&"GET /failed".to_owned()).then_some(())
    });
    // With other projects it is another filter.
    assert!(server.said().contains("3 webhooks could not be delivered"));
    hooked.configure(&jira.credentials().client_secret, "projects = [\"ACME\"]\n");
    let server = hooked.start();
    wait_for("other filters", || {
        let hooks = jira.hooks();
        (hooks.len() == 2 && hooks.iter().all(|hook| hook.jql == "project in (\"ACME\")")).then_some(())
    });
    server.stop();
    all_listed(&jira, Flavour::Cloud);
}

fn ids(hooks: &[Hook]) -> Vec<u64> {
    hooks.iter().map(|hook| hook.id).collect()
}

#[test]
fn an_administrators_webhook_is_signed_and_replaced_with_its_secret() {
    for flavour in [Flavour::Cloud, Flavour::DataCenter] {
        let jira = Jira::start(Options { administrator: true, ..options(flavour, 92) });
        let archived = archived(&jira);
        let hooked = Hooked::of(section(&jira, flavour), SECRET);
        let resource = match flavour {
            Flavour::Cloud => "/rest/webhooks/1.0/webhook",
            Flavour::DataCenter => "/rest/jira-webhook/1.0/webhooks",
        };
        let others =
            json!({"name": "others", "url": "https://elsewhere.example/", "events": ["sprint_closed"]});
        post(&jira, resource, &jira.credentials().basic(), &others);
        let others = jira.hooks()[0].clone();
        let server = hooked.start();
        let registered = hooks(&jira, 2);
        assert_eq!((&registered[0], registered[1].secret.as_deref()), (&others, Some(SECRET)), "{flavour:?}");
        // Whoever else is told does not answer here.
        jira.switch_off(others.id);
        told_right(&jira, &hooked, &archived);
        server.stop();
        read_right(&hooked, &archived, &format!("{flavour:?}"));
        hooked.configure("another secret that is long", "");
        let server = hooked.start();
        let replaced = wait_for("another secret", || {
            let hooks = jira.hooks();
            let new = hooks.last()?.secret.as_deref() == Some("another secret that is long");
            (hooks.len() == 2 && new).then_some(hooks)
        });
        assert_eq!(replaced[0].id, others.id, "{flavour:?}: others' are not touched");
        assert_eq!(source(&server)["notice"], Value::Null);
        server.stop();
        // What somebody has switched off stays so.
        jira.switch_off(replaced[1].id);
        let server = hooked.start();
        let error = wait_for("what is said of it", || source(&server)["notice"].as_str().map(str::to_owned));
        assert!(error.contains("switched off"), "{error}");
        assert_eq!(ids(&jira.hooks()), ids(&replaced));
        server.stop();
        all_listed(&jira, flavour);
    }
}

#[test]
fn what_may_not_be_done_is_said_once_with_its_remedy_and_it_is_polled() {
    let user = options(Flavour::Cloud, 93);
    let nine = options(Flavour::DataCenter, 93);
    let nine = Options { rules: Rules { major: 9, ..nine.rules.clone() }, administrator: true, ..nine };
    let cases = [
        (user.clone(), false, vec!["403", "Administer Jira", "System, WebHooks", "Sprint created, started"]),
        (user, true, vec!["403", "manage:jira-webhook", "first of `webhook_secrets`"]),
        (nine, true, vec!["9.3.6", "does not sign", "Jira 10"]),
    ];
    for (options, as_app, words) in cases {
        let flavour = options.flavour;
        let jira = Jira::start(options);
        if as_app {
            jira.fail(Fault::Forbidden.on(APP), 99);
        }
        let section = if as_app { section_of_bearer(&jira) } else { section(&jira, flavour) };
        let hooked = Hooked::of(section, SECRET);
        let text = std::fs::read_to_string(hooked.live.path("tidemark.toml")).unwrap();
        hooked.live.configure(&text.replace("poll_interval_secs = 86400", "poll_interval_secs = 1"));
        let server = hooked.start();
        let said = wait_for("what is said of it", || {
            let source = source(&server);
            (source["state"] == "current" && source["notice"].is_string()).then_some(source)
        });
        let error = said["notice"].as_str().unwrap();
        for word in words {
            assert!(error.contains(word), "{word}: {error}");
        }
        if flavour == Flavour::Cloud {
            assert!(error.contains(&hooked.url()), "{error}");
        }
        assert!(jira.hooks().is_empty());
        // Polls go on, and it is shown still.
        let searches = || jira.calls().iter().filter(|call| call.path.contains("/search")).count();
        let polled = searches();
        wait_for("two polls more", || (searches() >= polled + 2).then_some(()));
        assert_eq!(source(&server)["notice"], error);
        let log = server.said();
        assert_eq!(log.matches("needs somebody's hand").count(), 1, "{log}");
        assert!(!log.contains(SECRET) && !error.contains(SECRET), "{log}");
        all_listed(&jira, flavour);
    }
}

#[test]
fn the_day_that_is_configured_is_spoken_of_where_jira_does_not_tell() {
    let jira = Jira::start(options(Flavour::Cloud, 94));
    let live = Installation::empty();
    let day = Timestamp(jira.now().0 + 9 * DAY_MS).to_string();
    let day = day.split('T').next().unwrap();
    live.configure(&format!(
        "{}token_expires = {day}\n[api]\nlisten = \"127.0.0.1:0\"\n",
        section(&jira, Flavour::Cloud)
    ));
    let server = Server::start(live.command(&["run"]));
    let notice = wait_for("what is said of it", || source(&server)["notice"].as_str().map(str::to_owned));
    assert!(notice.contains("expires in 8 days, by its `token_expires`"), "{notice}");
    assert_eq!(source(&server)["token_expires_at"], format!("{day}T00:00:00.000Z"));
    server.stop();
}

#[test]
fn tokens_that_expire_are_spoken_of() {
    let jira = Jira::start(options(Flavour::DataCenter, 94));
    jira.expire_token(Timestamp(jira.now().0 + 9 * DAY_MS + 1));
    let live = Installation::empty();
    live.configure(&format!("{}[api]\nlisten = \"127.0.0.1:0\"\n", section(&jira, Flavour::DataCenter)));
    let server = Server::start(live.command(&["run"]));
    let error = wait_for("what is said of it", || source(&server)["notice"].as_str().map(str::to_owned));
    assert!(error.contains("`numbers`") && error.contains("(in 9 days)"), "{error}");
    assert!(error.contains("Personal Access Tokens"), "{error}");
    let end = Timestamp(jira.now().0 + 9 * DAY_MS + 1);
    assert_eq!(source(&server)["token_expires_at"], end.to_string());
    let metrics = server.ask("/metrics", &[]).body_mut().read_to_string().unwrap();
    let line = format!("tidemark_source_token_expires_timestamp_seconds{{source=\"acme\"}} {}", end.0 / 1000);
    assert!(metrics.contains(&line), "`{line}…` is missing: {metrics}");
    server.stop();
    all_listed(&jira, Flavour::DataCenter);
}
