//! Hiding secrets: `tidemark config` shows what is in effect to whoever may read the terminal.

use toml::{Table, Value};

use super::value::text_of;

/// Keys, and parameters of URLs, whose values are secrets: those that end so.
const SECRETS: [&str; 5] = ["key", "password", "secret", "token", "jaas.config"];
const HIDDEN: &str = "***";

/// Hides secrets that are written out: those from the environment stand there by their names.
pub(super) fn mask(table: &mut Table) {
    for (key, value) in table.iter_mut() {
        match value {
            Value::Table(inner) => mask(inner),
            Value::String(text) if is_secret(key) => *text = hidden(text),
            // A list of secrets is called by their plural.
            Value::Array(values) if is_secret(key.strip_suffix('s').unwrap_or(key)) => {
                values.iter_mut().filter_map(text_of).for_each(|text| *text = hidden(text));
            }
            Value::String(text) if text.contains("://") => *text = without_secrets(text),
            _ => {}
        }
    }
}

fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SECRETS.iter().any(|secret| name.ends_with(secret))
}

fn hidden(text: &str) -> String {
    if text.starts_with("${") { text.to_owned() } else { HIDDEN.to_owned() }
}

/// A URL without its password and without parameters that are secrets.
fn without_secrets(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let (place, query) = rest.split_once('?').map_or((rest, None), |(place, query)| (place, Some(query)));
    let place = match place.rsplit_once('@') {
        Some((user, place)) => {
            let user = user
                .split_once(':')
                .map_or(user.to_owned(), |(name, password)| format!("{name}:{}", hidden(password)));
            format!("{user}@{place}")
        }
        None => place.to_owned(),
    };
    let parameter = |parameter: &str| match parameter.split_once('=') {
        Some((name, value)) if is_secret(name) => format!("{name}={}", hidden(value)),
        _ => parameter.to_owned(),
    };
    let query = query.map(|query| query.split('&').map(parameter).collect::<Vec<_>>().join("&"));
    format!("{scheme}://{place}{}", query.map_or(String::new(), |query| format!("?{query}")))
}

#[cfg(test)]
mod tests {
    use super::mask;

    #[test]
    fn no_secret_is_shown() {
        let shown = |text: &str| {
            let mut table = format!("[storage]\nvalue = \"{text}\"").parse().unwrap();
            mask(&mut table);
            table["storage"]["value"].as_str().unwrap().to_owned()
        };
        for (text, expected) in [
            ("postgres://ana:hunter2@db/tide", "postgres://ana:***@db/tide"),
            ("postgres://ana:hunt@er2@db/tide", "postgres://ana:***@db/tide"),
            ("postgres://db/tide?user=ana&password=hunter2", "postgres://db/tide?user=ana&password=***"),
            ("clickhouse://ana:${PASSWORD}@db:8123/tide", "clickhouse://ana:${PASSWORD}@db:8123/tide"),
            (
                "kafka://a:1,b:2?sasl.username=ana&sasl.password=hunter2&ssl.key.password=hunter2",
                "kafka://a:1,b:2?sasl.username=ana&sasl.password=***&ssl.key.password=***",
            ),
            ("embedded:", "embedded:"),
        ] {
            assert_eq!(shown(text), expected);
        }
        let mut table = "[x]\nwebhook_secrets = [\"hunter2\", \"${NAME}\"]".parse().unwrap();
        mask(&mut table);
        assert_eq!(table.to_string(), "[x]\nwebhook_secrets = [\"***\", \"${NAME}\"]\n");
        let mut table = "[api]\ntoken = \"a very secret token\"\n[x]\ntoken = \"${NAME}\"".parse().unwrap();
        mask(&mut table);
        assert_eq!(table.to_string(), "[api]\ntoken = \"***\"\n\n[x]\ntoken = \"${NAME}\"\n");
    }
}
