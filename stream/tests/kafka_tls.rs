//! A log that is reached by TLS: with the feature `tls`, on brokers that speak it.
#![cfg(feature = "tls")]
#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

#[expect(dead_code, reason = "others use the rest")]
mod broker;
mod contents;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use broker::{Harbour, settings, unused_prefix};
use contents::{PROCESSORS, TABLES, contents, key, put};
use tidemark_model::time::SystemClock;
use tidemark_stream::kafka::{Actor, Held, Log, Settings, Size, TableSpec};
use tidemark_stream::store::Table;
use tidemark_stream::{Durability, Store};

const OWN: [(Table, Held); 2] = [("boats", Held::Own), ("tides", Held::Own)];

fn specs() -> [TableSpec; 2] {
    TABLES.map(|name| TableSpec { name, place: 1 })
}

/// How brokers are reached, given their addresses, a mechanism, an authority, a user and a password.
fn secure([brokers, mechanism, authority, user, password]: [&str; 5]) -> Settings {
    let named = [
        ("security.protocol", "sasl_ssl"),
        ("sasl.mechanism", mechanism),
        ("ssl.ca.location", authority),
        ("sasl.username", user),
        ("sasl.password", password),
    ];
    let plain = settings(brokers, &unused_prefix());
    named.into_iter().fold(plain, |settings, (name, value)| settings.with(name, value).unwrap())
}

/// A new log that is reached with these settings.
fn harbour(settings: Settings) -> Harbour {
    let log = Log::migrate(settings, &specs(), Size { partitions: 1, copies: 1 }, 1).unwrap();
    Harbour { log, caches: tempfile::tempdir().unwrap(), clock: Arc::new(SystemClock) }
}

#[test]
fn a_log_is_reached_by_tls_and_scram_and_refusals_are_named() {
    let told = |what: &str| broker::told(&format!("TIDEMARK_TEST_KAFKA_SECURE{what}"));
    let (Some(brokers), Some(authority)) = (told(""), told("_CA")) else { return };
    let (Some(user), Some(password)) = (told("_USER"), told("_PASSWORD")) else { return };
    let secure = |mechanism: &str, password: &str| secure([&brokers, mechanism, &authority, &user, password]);
    for mechanism in ["PLAIN", "SCRAM-SHA-512"] {
        let harbour = harbour(secure(mechanism, &password));
        let store = harbour.open(&Actor::Task(0), &OWN, &PROCESSORS).unwrap();
        store.commit(put("tides", &["1"], "1"), Durability::Synced).unwrap();
        assert_eq!(contents(&store).rows.len(), 1, "{mechanism}");

        let error = Log::open(secure(mechanism, "hunter2"), &specs()).unwrap_err();
        let text = error.to_string();
        assert!(
            !error.is_transient() && text.contains("security settings") && !text.contains("hunter2"),
            "{text}"
        );
    }
}

/// A broker of a test's own, with its services' folder.
struct OwnBroker(tempfile::TempDir);

impl OwnBroker {
    fn run(&self, script: &str, arguments: &[&str]) {
        let services = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/services");
        let mut command = std::process::Command::new(services.join(script));
        command.args(arguments).arg(self.0.path()).stdout(std::process::Stdio::null());
        // They name a broker that is not to be touched.
        command.env_remove("TIDEMARK_TEST_KAFKA");
        let command = if arguments.is_empty() { command.arg("kafka") } else { &mut command };
        assert!(command.status().unwrap().success(), "tests/services/{script}");
    }

    /// What the services say in their variables.
    fn told(&self, what: &str) -> String {
        let told = std::fs::read_to_string(self.0.path().join("env")).unwrap();
        let name = format!("TIDEMARK_TEST_KAFKA_SECURE{what}=");
        told.lines().find_map(|line| line.strip_prefix(&name)).unwrap().to_owned()
    }
}

impl Drop for OwnBroker {
    fn drop(&mut self) {
        self.run("stop", &["--remove"]);
    }
}

/// A handshake that a restart cuts off is no refusal: whoever reads and writes goes on, or begins again where the store says that
/// this helps.
#[test]
fn a_broker_that_restarts_under_tls_is_gone_on_with() {
    if broker::told("TIDEMARK_TEST_KAFKA_SECURE").is_none() {
        return;
    }
    let broker = OwnBroker(tempfile::tempdir().unwrap());
    broker.run("start", &[]);
    let [authority, user, password] = ["_CA", "_USER", "_PASSWORD"].map(|what| broker.told(what));
    let harbour = harbour(secure([&broker.told(""), "SCRAM-SHA-512", &authority, &user, &password]));
    let restarted = AtomicBool::new(false);
    // Opens it again for as long as that may help.
    let open = |actor: &Actor| loop {
        match harbour.open(actor, &OWN, &PROCESSORS) {
            Err(error) if error.is_transient() => std::thread::sleep(Duration::from_millis(200)),
            opened => return opened.unwrap(),
        }
    };
    std::thread::scope(|scope| {
        let writing = scope.spawn(|| {
            let mut store = open(&Actor::Task(0));
            let mut reopened = 0;
            for number in 1.. {
                let last = restarted.load(Ordering::SeqCst);
                while let Err(error) =
                    store.commit(put("tides", &["1"], &number.to_string()), Durability::Synced)
                {
                    assert!(error.is_transient(), "{error}");
                    drop(store);
                    store = open(&Actor::Task(0));
                    reopened += 1;
                }
                if last {
                    return (number, reopened);
                }
                std::thread::sleep(Duration::from_millis(20));
            }
            unreachable!("numbers end with the restarts");
        });
        let reading = scope.spawn(|| {
            let mut store = open(&Actor::Follower(0));
            let mut reopened = 0;
            while !restarted.load(Ordering::SeqCst) {
                if let Err(error) = store.follow(Duration::from_millis(50)) {
                    assert!(error.is_transient(), "{error}");
                    drop(store);
                    store = open(&Actor::Follower(0));
                    reopened += 1;
                }
            }
            (store, reopened)
        });
        for _ in 0..3 {
            std::thread::sleep(Duration::from_secs(1));
            broker.run("restart", &[]);
        }
        restarted.store(true, Ordering::SeqCst);
        let (last, writers) = writing.join().unwrap();
        let (store, readers) = reading.join().unwrap();
        println!("{last} commits; the writer was opened again {writers} times, the reader {readers} times");
        assert!(last > 3, "hardly anything was written");
        store.catch_up().unwrap();
        let stored = store.snapshot().get("tides", &key(&["1"])).unwrap();
        assert_eq!(stored.map(|stored| stored.json), Some(last.to_string().into_bytes()));
    });
}
