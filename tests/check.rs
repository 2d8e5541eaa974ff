//! `tidemark check` names each server that is away, refuses, or is not as it has to be, with the reason and what helps.
#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::net::TcpListener;

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
    assert!(log.is_some_and(|line| line.ends_with("format 1, generation 1, 2 partitions")), "{said}");
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
