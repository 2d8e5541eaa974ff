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
    let said = installation.run(&["config"]);
    assert!(said.succeeded(), "{name}: {said}");
    assert!(!said.out.contains("0123456789abcdef"), "{name}: secrets are shown by their names: {said}");
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
