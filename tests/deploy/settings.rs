//! Every configuration that is shipped, read by the program itself.

use std::collections::BTreeSet;

use tidemark_tests::command::Installation;

use super::files::{all, deploy, text};

/// The variables that a text takes from the environment.
pub(crate) fn variables(text: &str) -> BTreeSet<&str> {
    text.split("${").skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name).collect()
}

/// Fails unless the program takes this configuration, with every variable set.
#[track_caller]
pub(crate) fn is_taken(config: &str, name: &str) {
    let mut installation = Installation::empty();
    let uncommented: String = config.lines().filter(|line| !line.trim_start().starts_with('#')).collect();
    for variable in variables(&uncommented) {
        installation = installation.with(variable, "0123456789abcdef0123456789abcdef");
    }
    installation.configure(config);
    let mut said = installation.run(&["config"]);
    if !said.succeeded() && said.err.contains("--features tls") {
        // The binary of the tests is built without OpenSSL: all but what needs it is checked.
        installation.configure(&without_tls(config));
        said = installation.run(&["config"]);
    }
    assert!(said.succeeded(), "{name}: {said}");
    assert!(!said.out.contains("0123456789abcdef"), "{name}: secrets are shown by their names: {said}");
}

/// The same, reaching Kafka without TLS.
fn without_tls(config: &str) -> String {
    let config = config.replace("=sasl_ssl", "=sasl_plaintext").replace("=SCRAM-SHA-512", "=PLAIN");
    let (before, after) = config.split_once("&ssl.ca.location=").unwrap_or((&config, ""));
    // The parameter ends where the next one begins, or the address.
    let rest = after.find(['&', '"']).map_or("", |end| &after[end..]);
    format!("{before}{rest}")
}

#[test]
fn every_configuration_is_taken() {
    let files: Vec<String> = all().into_iter().filter(|path| path.ends_with(".toml")).collect();
    assert!(files.len() >= 2, "{files:?}");
    for path in files {
        is_taken(&text(&deploy(&path)), &path);
    }
}

#[test]
fn examples_on_pages_are_taken() {
    for path in all().into_iter().filter(|path| path.ends_with(".md")) {
        let text = text(&deploy(&path));
        for block in text.split("```toml\n").skip(1) {
            is_taken(block.split("```").next().unwrap(), &path);
        }
    }
}

#[test]
fn tls_is_left_out_of_an_address_alone() {
    let config =
        "log = \"kafka://h:1?security.protocol=sasl_ssl&ssl.ca.location=/ca.pem&prefix=x.\"\ntoken = \"a\"\n";
    let expected = "log = \"kafka://h:1?security.protocol=sasl_plaintext&prefix=x.\"\ntoken = \"a\"\n";
    assert_eq!(without_tls(config), expected);
    assert_eq!(without_tls("data_dir = \"a\"\n"), "data_dir = \"a\"\n");
}
