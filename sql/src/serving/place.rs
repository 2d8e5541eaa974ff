//! Where a serving database lies: a SQLite file, or a Postgres server.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use sqlx::any::AnyConnectOptions;

use super::Access;

/// Which database it is: their dialects differ in a few words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// Where a serving database lies. It is shown without its password.
#[derive(Clone, PartialEq, Eq)]
pub struct Place(Kind);

#[derive(Clone, PartialEq, Eq)]
enum Kind {
    File(PathBuf),
    /// `postgres://user:password@host:5432/database`, with the parameters of libpq.
    Postgres(String),
}

impl Place {
    /// A SQLite file.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self(Kind::File(path.into()))
    }

    /// A Postgres server's database. The error says what is wrong with the URL, without showing it.
    pub fn postgres(url: &str) -> Result<Self, String> {
        let rest = url.strip_prefix("postgres://").or_else(|| url.strip_prefix("postgresql://"));
        let Some(rest) = rest else {
            return Err("expected postgres://user:password@host:5432/database".to_owned());
        };
        if AnyConnectOptions::from_str(url).is_err() || !rest.contains('/') {
            let form = "postgres://user:password@host:5432/database";
            return Err(format!(
                "this is no address of a database: expected {form}, where other characters than letters, digits, `-`, `.`, \
                 `_` and `~` of the user and password are percent-encoded"
            ));
        }
        // The driver would pass over others, and log them with what they say.
        let query = rest.split_once('?').map_or("", |(_, query)| query);
        let names = query.split('&').map(|pair| pair.split('=').next().unwrap_or_default());
        let unknown = |name: &&str| !name.is_empty() && !is_parameter(name);
        if let Some(name) = names.into_iter().find(unknown) {
            return Err(format!("it has no parameter `{name}`: there are {}", PARAMETERS.join(", ")));
        }
        Ok(Self(Kind::Postgres(url.to_owned())))
    }

    pub fn engine(&self) -> Engine {
        match self.0 {
            Kind::File(_) => Engine::Sqlite,
            Kind::Postgres(_) => Engine::Postgres,
        }
    }

    /// The file, where it is one.
    pub fn path(&self) -> Option<&Path> {
        match &self.0 {
            Kind::File(path) => Some(path),
            Kind::Postgres(_) => None,
        }
    }

    /// How to connect.
    pub(super) fn url(&self, access: Access) -> String {
        match &self.0 {
            Kind::File(path) => {
                let mode = if access == Access::Write { "rwc" } else { "ro" };
                format!("sqlite://{}?mode={mode}", percent_encoded(path))
            }
            Kind::Postgres(url) => url.clone(),
        }
    }
}

/// The parameters of a URL, as the driver knows them.
const PARAMETERS: [&str; 14] = [
    "application_name",
    "dbname",
    "host",
    "hostaddr",
    "options",
    "options[NAME]",
    "password",
    "port",
    "sslcert",
    "sslkey",
    "sslmode",
    "sslrootcert",
    "statement-cache-capacity",
    "user",
];

fn is_parameter(name: &str) -> bool {
    PARAMETERS.contains(&name) || name.starts_with("options[") || name.starts_with("options%5B")
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::File(path) => write!(f, "{}", path.display()),
            Kind::Postgres(url) => f.write_str(&shown(url)),
        }
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A URL without user, password and parameters, which may hold a password as well.
fn shown(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    format!("{scheme}://{host}/{path}")
}

fn percent_encoded(path: &Path) -> String {
    let mut url = String::new();
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'/' | b'-' | b'_' | b'.' | b'~' | b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => {
                url.push(char::from(*byte));
            }
            other => url.push_str(&format!("%{other:02X}")),
        }
    }
    url
}

#[cfg(test)]
mod tests {
    use super::{Engine, Place};

    #[test]
    fn a_password_is_never_shown() {
        for url in [
            "postgres://tidemark:s3cret@db.acme.example:5433/tidemark",
            "postgresql://tidemark:s3cr%40t@db.acme.example:5433/tidemark?sslmode=require&password=s3cret",
        ] {
            let place = Place::postgres(url).unwrap();
            assert_eq!(place.engine(), Engine::Postgres);
            assert!(!format!("{place} {place:?}").contains("s3c"), "{place}");
            assert!(place.to_string().ends_with("://db.acme.example:5433/tidemark"));
        }
    }

    #[test]
    fn what_is_no_address_is_refused_without_being_shown() {
        for url in [
            "mysql://tidemark:s3cret@db/tidemark",
            "postgres://tidemark:s3cret@db:port/x",
            "postgres://s3cret",
        ] {
            let error = Place::postgres(url).unwrap_err();
            assert!(error.contains("postgres://user:password@host") && !error.contains("s3c"), "{error}");
        }
        let url = "postgres://tidemark@db/tidemark?sslmode=require&passwd=s3cret&options[search_path]=x";
        let error = Place::postgres(url).unwrap_err();
        assert!(error.starts_with("it has no parameter `passwd`") && !error.contains("s3c"), "{error}");
        assert!(Place::postgres(&url.replace("passwd", "password")).is_ok());
    }
}
