//! `tidemark check` names each server that is away, refuses, or is not as it has to be, with the reason and what helps.
#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::net::TcpListener;

use tidemark_tests::kafka::Resource;
use tidemark_tests::server::wait_for;
use tidemark_tests::stack::Stack;

/// What is wrong, the server that is named, and words of the reason and of the remedy.
type Wrong = (&'static str, Stack, &'static str, &'static [&'static str]);

/// An address where nobody listens.
fn nowhere() -> String {
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    address.to_string()
}

/// The same URL with another host and port.
fn elsewhere(url: &str) -> String {
    let (before, rest) = url.rsplit_once('@').map_or_else(|| url.split_at(8), |(user, rest)| (user, rest));
    let rest = rest.trim_start_matches('/');
    let after = rest.find(['/', '?']).map_or("", |at| &rest[at..]);
    let sign = if url.contains('@') { "@" } else { "" };
    format!("{before}{sign}{}{after}", nowhere())
}

/// The same URL with another password.
fn with_password(url: &str, password: &str) -> String {
    let (user, place) = url.rsplit_once('@').unwrap();
    let (user, _) = user.rsplit_once(':').unwrap();
    format!("{user}:{password}@{place}")
}

fn with_name(url: &str, name: &str) -> String {
    let (server, _) = url.rsplit_once('/').unwrap();
    format!("{server}/{name}")
}

#[test]
fn each_server_that_is_not_as_it_should_be_is_named_with_what_helps() {
    let Some(good) = Stack::new(2) else { return };
    let source = "[sources.acme]\ntype = \"jira-archive\"\npath = \".\"\n";
    let of = |change: &dyn Fn(&mut Stack)| {
        let mut stack = good.clone();
        change(&mut stack);
        stack
    };
    good.installation(source).ok(&["migrate"]);
    let said = good.installation(source).run(&["check"]).exits(1);
    let log = said.out.lines().find(|line| line.starts_with("ok       log at"));
    assert!(
        log.is_some_and(|line| line.ends_with("can be written, format 1, generation 1, 2 partitions")),
        "{said}"
    );
    let secret = "hunter2-and-more";
    let cases: Vec<Wrong> = vec![
        (
            "no broker listens",
            of(&|stack| stack.log = elsewhere(&stack.log)),
            "log at",
            &["reaching", "Connection refused", "is the broker running"],
        ),
        (
            "a log that nobody made",
            of(&|stack| stack.log.push_str("other.")),
            "log at",
            &["there is none yet", "tidemark migrate"],
        ),
        (
            "a broker without SASL",
            of(&|stack| {
                let log = stack.log.clone();
                stack.log = format!(
                    "{log}&security.protocol=sasl_plaintext&sasl.mechanism=PLAIN&sasl.username=ana&sasl.password={secret}"
                );
            }),
            "log at",
            &["reaching", "[storage] log"],
        ),
        (
            "no warehouse listens",
            of(&|stack| stack.warehouse = elsewhere(&stack.warehouse)),
            "warehouse",
            &["can't be reached", "is the server running"],
        ),
        (
            "another password for the warehouse",
            of(&|stack| stack.warehouse = with_password(&stack.warehouse, secret)),
            "warehouse",
            &["refused the user or the password", "correct them in its URL"],
        ),
        (
            "a database of the warehouse that nobody made",
            of(&|stack| stack.warehouse = with_name(&stack.warehouse, "nowhere")),
            "warehouse",
            &["has no database `nowhere`", "tidemark migrate"],
        ),
        (
            "no Postgres listens",
            of(&|stack| stack.database = elsewhere(&stack.database)),
            "database",
            &["can't be opened", "does not answer", "is it running"],
        ),
        (
            "another password for Postgres",
            of(&|stack| stack.database = with_password(&stack.database, secret)),
            "database",
            &["can't be opened", "password authentication failed"],
        ),
        (
            "a database of Postgres that nobody made",
            of(&|stack| stack.database = with_name(&stack.database, "nowhere")),
            "database",
            &["can't be opened", "database \"nowhere\" does not exist"],
        ),
    ];
    for (what, stack, server, words) in cases {
        let said = stack.installation(source).run(&["check"]).exits(1);
        let named = format!("problem  {server}");
        let problems: Vec<&str> = said.out.lines().filter(|line| line.starts_with("problem  ")).collect();
        let problem = problems.iter().find(|line| line.starts_with(&named));
        let problem = problem.unwrap_or_else(|| panic!("{what}: `{server}` is not named by {said}"));
        for word in words {
            assert!(problem.contains(word), "{what}: `{word}` is not in: {problem}");
        }
        // The archive that is not there is the other one.
        let others = problems.iter().filter(|line| !line.starts_with("problem  source"));
        assert_eq!(others.count(), 1, "{what}: the others are as they should be: {said}");
        assert!(!said.to_string().contains(secret), "{what}: a password is shown: {said}");
    }
}

/// Fails unless exactly one server is named as a problem, with these words.
#[track_caller]
fn names_one(stack: &Stack, what: &str, server: &str, words: &[&str]) {
    let said = stack.installation("").run(&["check"]).exits(1);
    let others = |line: &&str| line.starts_with("problem  ") && !line.starts_with("problem  sources");
    let problems: Vec<&str> = said.out.lines().filter(others).collect();
    let [problem] = problems[..] else { panic!("{what}: not one problem: {said}") };
    assert!(problem.starts_with(&format!("problem  {server}")), "{what}: {problem}");
    // Each topic that deviates has a line of its own.
    for word in words {
        assert!(said.out.contains(word), "{what}: `{word}` is not in: {said}");
    }
}

#[test]
fn what_others_have_changed_on_a_server_is_named_with_what_helps() {
    let Some(stack) = Stack::new(2) else { return };
    stack.installation("").ok(&["migrate"]);

    // A broker goes by a setting a moment after it has taken it.
    let deviates = || {
        let said = stack.installation("").run(&["check"]).exits(1);
        said.out.contains("cleanup.policy is delete").then_some(())
    };
    stack.set_topic("values", "cleanup.policy", "delete");
    wait_for("the other setting", deviates);
    let mends = "kafka-configs.sh --alter --entity-type topics --entity-name";
    names_one(&stack, "a topic", "log at", &["cleanup.policy is delete, wanted is compact", mends]);
    stack.set_topic("values", "cleanup.policy", "compact");
    wait_for("the right setting", || deviates().is_none().then_some(()));

    stack.a_later_program_was_here();
    names_one(&stack, "newer tables", "database", &["made by a newer tidemark", "99", "run that version"]);
    stack.in_database("DELETE FROM _sqlx_migrations WHERE version = 99");
    stack.in_database(
        "CREATE TABLE kept AS SELECT * FROM _sqlx_migrations; DELETE FROM _sqlx_migrations WHERE version > 2",
    );
    names_one(&stack, "older tables", "database", &["its schema is 2", "run `tidemark migrate`"]);
    stack.in_database("INSERT INTO _sqlx_migrations SELECT * FROM kept WHERE version > 2");

    stack.in_database("REVOKE INSERT, UPDATE ON positions, sources FROM current_user");
    let words =
        ["may not INSERT, UPDATE on `positions` and 1 other tables", "GRANT INSERT, UPDATE ON ALL TABLES"];
    names_one(&stack, "some rights", "database", &words);
    stack.in_database("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM current_user");
    let words =
        ["may not SELECT, INSERT, UPDATE, DELETE on", "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES"];
    names_one(&stack, "no rights", "database", &words);
    stack.in_database("GRANT ALL ON ALL TABLES IN SCHEMA public TO current_user");

    stack.in_warehouse("INSERT INTO schema_steps (step, done) VALUES (99, 0)");
    names_one(
        &stack,
        "a newer warehouse",
        "warehouse",
        &["made by a newer tidemark", "99", "run that version"],
    );
    stack.in_warehouse("TRUNCATE TABLE schema_steps");
    stack.in_warehouse("INSERT INTO schema_steps (step, done) VALUES (1, 1)");
    let words = ["made by an older tidemark", "its schema is 1", "run `tidemark migrate`"];
    names_one(&stack, "an older warehouse", "warehouse", &words);

    stack.installation("").ok(&["migrate"]);
    let said = stack.installation("").run(&["check"]).exits(1);
    assert!(said.out.matches("problem  ").count() == 1 && said.out.contains("problem  sources"), "{said}");
}

#[test]
fn what_the_log_does_not_permit_is_named_with_what_helps() {
    let test = "what_the_log_does_not_permit_is_named_with_what_helps";
    let (Some(topic), Some(id)) = (Stack::new(1), Stack::new(1)) else { return };
    for stack in [&topic, &id] {
        stack.installation("").ok(&["migrate"]);
    }
    let known = topic.forbid_writing(Resource::Topic, "table.raw")
        && id.forbid_writing(Resource::TransactionalId, "check");
    if !known {
        eprintln!("skipped: {test} needs a broker with an authorizer (see tests/services)");
        return;
    }
    let grant = "grant it to the user that [storage] log names";
    names_one(&topic, "a topic", "log at", &["table.raw", "authorization failed", grant]);
    names_one(&id, "a transactional id", "log at", &["Transactional Id authorization failed", grant]);
}
