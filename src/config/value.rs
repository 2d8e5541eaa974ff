//! Values from the environment: overrides of keys, and `${NAMES}` inside of texts.

use anyhow::{anyhow, bail};
use toml::{Table, Value};

/// Sets the key at a path, making sections on the way. Numbers and booleans are read as such.
pub(super) fn set_path(table: &mut Table, keys: &[String], text: &str) -> anyhow::Result<()> {
    let (last, sections) = keys.split_last().ok_or_else(|| anyhow!("names no key"))?;
    let mut table = table;
    for section in sections {
        let entry = table.entry(section.clone()).or_insert_with(|| Value::Table(Table::new()));
        table = entry.as_table_mut().ok_or_else(|| anyhow!("`{section}` is a key, not a section"))?;
    }
    let literal = format!("v = {text}").parse::<Table>().ok().and_then(|mut parsed| parsed.remove("v"));
    let value = literal
        .filter(|value| value.is_integer() || value.is_bool())
        .unwrap_or_else(|| Value::String(text.to_owned()));
    table.insert(last.clone(), value);
    Ok(())
}

/// Replaces `${NAME}` in every text by the variable's value.
pub(super) fn expand(table: &mut Table, at: &str) -> anyhow::Result<()> {
    for (key, value) in table.iter_mut() {
        let path = if at.is_empty() { key.clone() } else { format!("{at}.{key}") };
        match value {
            Value::Table(inner) => expand(inner, &path)?,
            Value::String(text) => *text = expanded(text, &path)?,
            Value::Array(values) => {
                for text in values.iter_mut().filter_map(text_of) {
                    *text = expanded(text, &path)?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// A value that is a text, to be changed.
pub(super) fn text_of(value: &mut Value) -> Option<&mut String> {
    match value {
        Value::String(text) => Some(text),
        _ => None,
    }
}

fn expanded(text: &str, path: &str) -> anyhow::Result<String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((name, after)) = after.split_once('}') else { bail!("{path}: `${{` without `}}`") };
        out.push_str(before);
        let value = std::env::var_os(name).and_then(|value| value.into_string().ok());
        out.push_str(&value.ok_or_else(|| anyhow!("{path}: the environment variable {name} is not set"))?);
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use toml::Table;

    use super::{expand, set_path};

    #[test]
    fn an_override_makes_its_section_and_keeps_types() {
        let mut table = Table::new();
        let keys = |path: &str| path.split('.').map(str::to_owned).collect::<Vec<_>>();
        set_path(&mut table, &keys("sources.acme.path"), "archive").unwrap();
        set_path(&mut table, &keys("sources.acme.poll_interval_secs"), "60").unwrap();
        assert_eq!(table.to_string(), "[sources.acme]\npath = \"archive\"\npoll_interval_secs = 60\n");
    }

    #[test]
    fn texts_of_lists_name_variables_too() {
        let mut table: Table =
            "[sources.acme]\nwebhook_secrets = [\"${TIDEMARK_NO_SUCH_VARIABLE}\"]".parse().unwrap();
        let message = expand(&mut table, "").unwrap_err().to_string();
        assert!(message.starts_with("sources.acme.webhook_secrets: the environment variable"), "{message}");
    }

    #[test]
    fn a_variable_that_is_not_set_is_named_with_its_key() {
        let mut table: Table = "[sources.acme]\npath = \"${TIDEMARK_NO_SUCH_VARIABLE}/a\"".parse().unwrap();
        let message = expand(&mut table, "").unwrap_err().to_string();
        assert_eq!(
            message,
            "sources.acme.path: the environment variable TIDEMARK_NO_SUCH_VARIABLE is not set"
        );
    }
}
