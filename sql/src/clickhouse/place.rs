//! Where a warehouse lies on a ClickHouse server, and who asks.

use std::fmt;
use std::sync::Arc;

use percent_encoding::percent_decode_str;
use url::Url;

/// The port of the server's HTTP interface, and the same with TLS.
const PORT: u16 = 8123;
const SECURE_PORT: u16 = 8443;

const FORM: &str = "clickhouse://user:password@host:8123/database?secure=true";

/// A database of a ClickHouse server, reached over HTTP. It is shown without user, password and parameters.
#[derive(Clone, PartialEq, Eq)]
pub struct Place(Arc<Address>);

/// What it is made of.
#[derive(PartialEq, Eq)]
pub(super) struct Address {
    pub(super) secure: bool,
    /// With brackets where it is an address of IPv6.
    pub(super) host: Box<str>,
    pub(super) port: u16,
    pub(super) database: Box<str>,
    pub(super) user: Box<str>,
    pub(super) password: Box<str>,
}

impl Place {
    /// Reads `clickhouse://user:password@host:8123/database?secure=true`, or the same as `http://…` or `https://…`.
    /// The error says what is wrong with the URL, without showing it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let url = Url::parse(text).map_err(|_| expected("this is no URL"))?;
        let by_scheme = match url.scheme() {
            "clickhouse" => None,
            "http" => Some(false),
            "https" => Some(true),
            _ => return Err(expected("the URL begins with something else")),
        };
        let secure = secure(&url)?.or(by_scheme).unwrap_or(false);
        if by_scheme.is_some_and(|scheme| scheme != secure) {
            return Err(
                "the URL begins with `http://` or `https://`, and `secure` says the opposite: leave it out"
                    .to_owned(),
            );
        }
        let host = url.host_str().filter(|host| !host.is_empty());
        let host = host.ok_or_else(|| expected("the URL names no host"))?.to_owned();
        let port = match by_scheme {
            None => url.port().unwrap_or(if secure { SECURE_PORT } else { PORT }),
            // The parser leaves out the scheme's own port.
            Some(_) => url.port_or_known_default().unwrap_or(PORT),
        };
        let database = decoded("database", url.path().trim_start_matches('/').trim_end_matches('/'))?;
        if database.is_empty() || database.contains('/') {
            return Err(expected("the URL names no database"));
        }
        let user = match decoded("user", url.username())? {
            nobody if nobody.is_empty() => "default".to_owned(),
            user => user,
        };
        let password = decoded("password", url.password().unwrap_or_default())?;
        // They go into headers.
        if [&user, &password].iter().any(|text| text.chars().any(char::is_control)) {
            return Err(
                "the URL's user or password holds a control character, which can't be sent".to_owned()
            );
        }
        let (host, database) = (host.into(), database.into());
        let (user, password) = (user.into(), password.into());
        Ok(Self(Arc::new(Address { secure, host, port, database, user, password })))
    }

    pub(super) fn address(&self) -> &Address {
        &self.0
    }

    pub fn database(&self) -> &str {
        &self.0.database
    }

    /// The server, without whom and what.
    pub(super) fn endpoint(&self) -> String {
        let scheme = if self.0.secure { "https" } else { "http" };
        format!("{scheme}://{}:{}/", self.0.host, self.0.port)
    }
}

/// What the parameters say of TLS; no other parameter is known.
fn secure(url: &Url) -> Result<Option<bool>, String> {
    let mut secure = None;
    for (name, value) in url.query_pairs() {
        secure = match (name.as_ref(), value.as_ref()) {
            ("secure", "true" | "1") => Some(true),
            ("secure", "false" | "0") => Some(false),
            ("secure", _) => return Err("`secure` in the URL is neither `true` nor `false`".to_owned()),
            // A password in the wrong place would be shown by its name alone as well, were the name taken from it.
            _ => return Err("the URL has a parameter that is not known: the only one is `secure`".to_owned()),
        };
    }
    Ok(secure)
}

fn decoded(what: &str, text: &str) -> Result<String, String> {
    let text = percent_decode_str(text).decode_utf8();
    text.map(Into::into).map_err(|_| format!("the URL's {what} is percent-encoded, and not as UTF-8"))
}

fn expected(what: &str) -> String {
    format!(
        "{what}: expected {FORM}, where other characters than letters, digits, `-`, `.`, `_` and `~` are percent-encoded"
    )
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "clickhouse://{}:{}/{}", self.0.host, self.0.port, self.0.database)
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::Place;

    #[test]
    fn every_form_of_an_address_is_read() {
        for (text, endpoint, user, password, database) in [
            (
                "clickhouse://ana:s3cret@db.acme.example/tide",
                "http://db.acme.example:8123/",
                "ana",
                "s3cret",
                "tide",
            ),
            ("clickhouse://db/tide?secure=true", "https://db:8443/", "default", "", "tide"),
            (
                "clickhouse://a%40b:p%2F%40%3A%C3%A9%20x@db:9000/t%20e/",
                "http://db:9000/",
                "a@b",
                "p/@:é x",
                "t e",
            ),
            ("clickhouse://ana:x@[::1]:81/tide?secure=0", "http://[::1]:81/", "ana", "x", "tide"),
            ("http://ana:x@127.0.0.1:29479/tide", "http://127.0.0.1:29479/", "ana", "x", "tide"),
            ("https://ana:x@db:443/tide", "https://db:443/", "ana", "x", "tide"),
            ("https://ana:x@db:8443/tide?secure=true", "https://db:8443/", "ana", "x", "tide"),
        ] {
            let place = Place::parse(text).unwrap();
            assert_eq!(place.endpoint(), endpoint, "{text}");
            assert_eq!((&*place.0.user, &*place.0.password, place.database()), (user, password, database));
        }
    }

    #[test]
    fn a_password_is_never_shown() {
        let place = Place::parse("clickhouse://ana:s3cret@db:8123/tide?secure=1").unwrap();
        assert_eq!(format!("{place} {place:?}"), "clickhouse://db:8123/tide clickhouse://db:8123/tide");
    }

    #[test]
    fn what_is_no_address_is_refused_without_being_shown() {
        for (text, reason) in [
            ("s3cret", "this is no URL"),
            ("postgres://ana:s3cret@db/tide", "the URL begins with something else"),
            ("clickhouse://ana:s3cret@db", "the URL names no database"),
            ("clickhouse://ana:s3cret@db/tide/s3cret", "the URL names no database"),
            ("clickhouse:///tide", "the URL names no host"),
            ("clickhouse://ana:s3cret@db:port/tide", "this is no URL"),
            ("clickhouse://ana:s3cret@db/tide?s3cret=s3cret", "the URL has a parameter that is not known"),
            ("clickhouse://ana:s3cret@db/tide?secure=s3cret", "`secure` in the URL is neither"),
            ("https://ana:s3cret@db/tide?secure=false", "the URL begins with `http://` or `https://`"),
            ("clickhouse://ana:s3cret%0A@db/tide", "the URL's user or password holds a control character"),
            ("clickhouse://ana:s3cret%FF@db/tide", "the URL's password is percent-encoded, and not as UTF-8"),
        ] {
            let error = Place::parse(text).unwrap_err();
            assert!(error.starts_with(reason) && !error.contains("s3cret"), "{error}");
        }
    }
}
