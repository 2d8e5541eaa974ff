//! A program beside tables of another version: every role refuses to work, and says what helps. Who does not need a server
//! for its work begins without it, and looks once it is there.
#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::io::Read as _;
use std::net::{TcpListener, TcpStream};
use std::process::Child;
use std::time::{Duration, Instant};

use tidemark_tests::command::Installation;
use tidemark_tests::server::{Server, wait_for};
use tidemark_tests::stack::Stack;

const PATIENCE: Duration = Duration::from_secs(60);
const SOURCE: &str = "[sources.acme]\ntype = \"jira-archive\"\npath = \".\"\n";

/// Waits for a process's end, which has to be a failure, and returns what it has said.
#[track_caller]
fn refusal(mut child: Child, what: &str) -> String {
    let since = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if since.elapsed() > PATIENCE {
            child.kill().unwrap();
            panic!("{what}: it works on");
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(status.code(), Some(1), "{what}: {said}");
    said
}

fn start(installation: &Installation, role: &str) -> Child {
    installation.command(&["run", "--only", role]).spawn().unwrap()
}

#[track_caller]
fn all_refuse(stack: &Stack, roles: &[&str], words: &[&str]) {
    let installation = stack.installation(SOURCE);
    for role in roles {
        let said = refusal(start(&installation, role), role);
        for word in words {
            assert!(said.contains(word), "`{role}` does not name `{word}`: {said}");
        }
    }
}

#[test]
fn no_role_works_beside_tables_of_another_version() {
    let Some(stack) = Stack::new(1) else { return };
    stack.installation(SOURCE).ok(&["migrate"]);
    let writers = ["ingest", "processors", "sinks"];

    stack.a_later_program_was_here();
    let newer = ["made by a newer tidemark", "99", "run that version"];
    all_refuse(&stack, &["ingest", "processors", "sinks", "api"], &newer);
    stack.in_database(
        "CREATE TABLE kept AS SELECT * FROM _sqlx_migrations WHERE version < 99; DELETE FROM _sqlx_migrations WHERE version > 2",
    );
    let older = ["is not ready", "its schema is 2", "run `tidemark migrate`"];
    all_refuse(&stack, &["ingest", "processors", "sinks", "api"], &older);
    stack.in_database("INSERT INTO _sqlx_migrations SELECT * FROM kept WHERE version > 2");

    stack.in_warehouse("INSERT INTO schema_steps (step, done) VALUES (99, 0)");
    all_refuse(&stack, &writers, &newer);
    stack.in_warehouse("TRUNCATE TABLE schema_steps");
    stack.in_warehouse("INSERT INTO schema_steps (step, done) VALUES (1, 1)");
    all_refuse(&stack, &writers, &["made by an older tidemark", "run `tidemark migrate`"]);
}

/// The same URL by way of a port of this machine where nobody listens yet, and the server's own address.
fn detour(url: &str) -> (String, String, String) {
    let (before, rest) = url.rsplit_once('@').unwrap();
    let (server, database) = rest.split_once('/').unwrap();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    (format!("{before}@{port}/{database}"), port.to_string(), server.to_owned())
}

/// Leads connections from one address to the other, for as long as the test runs.
fn open(from: &str, to: String) {
    let listener = TcpListener::bind(from).unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (near, far) = (stream.unwrap(), TcpStream::connect(&to).unwrap());
            for (mut from, mut to) in [(near.try_clone().unwrap(), far.try_clone().unwrap()), (far, near)] {
                std::thread::spawn(move || std::io::copy(&mut from, &mut to));
            }
        }
    });
}

#[test]
fn a_server_that_is_away_is_looked_at_once_it_can_be() {
    let Some(stack) = Stack::new(1) else { return };
    stack.installation(SOURCE).ok(&["migrate"]);
    stack.a_later_program_was_here();
    for role in ["ingest", "processors"] {
        let mut stack = stack.clone();
        let (warehouse, warehouse_from, warehouse_to) = detour(&stack.warehouse);
        let (database, database_from, database_to) = detour(&stack.database);
        (stack.warehouse, stack.database) = (warehouse, database);
        let installation = stack.installation(SOURCE);
        let mut command = installation.command(&["run", "--only", role]);
        command.env("RUST_LOG", "tidemark=info,warn");
        let mut server = Server::start(command);
        wait_for("a process that works without both", || {
            (server.ask("/ready", &[]).status() == 200).then_some(())
        });
        // Tables that are as they should be change nothing.
        open(&warehouse_from, warehouse_to);
        std::thread::sleep(Duration::from_secs(3));
        assert_eq!(server.ask("/ready", &[]).status(), 200, "`{role}`");
        open(&database_from, database_to);
        assert_eq!(server.ended().code(), Some(1), "`{role}`");
        let said = server.said();
        assert!(said.contains("work begins without knowing the tables"), "`{role}`: {said}");
        assert!(said.contains("the tables of the warehouse are those"), "`{role}`: {said}");
        assert!(said.contains("made by a newer tidemark"), "`{role}`: {said}");
    }
}
