//! Who may ask. Until there are users and roles: whoever has the configuration's token, or, where there is none, whoever
//! sits at this machine.

use std::net::IpAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Form, Request, State};
use axum::http::{HeaderMap, HeaderValue, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::error::Error;
use crate::state::Shared;

const COOKIE: &str = "tidemark_session";

/// Who may ask. Its debug form shows no secret.
#[derive(Clone)]
pub enum Access {
    /// Requests to this machine's own name: another site's page could else read along by pointing its name here.
    Local,
    /// Those with a token.
    Token(Arc<Token>),
}

/// A token and the session that it opens, both as hashes.
pub struct Token {
    token: [u8; 32],
    session: String,
}

impl std::fmt::Debug for Access {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Local => "Local",
            Self::Token(_) => "Token(…)",
        })
    }
}

impl Access {
    /// Asks for this token; nothing leaves the machine to those who sit at it.
    pub fn new(token: Option<&str>) -> Self {
        match token {
            None => Self::Local,
            Some(token) => {
                let session = Sha256::digest(format!("session of {token}").as_bytes());
                let session = session.iter().map(|byte| format!("{byte:02x}")).collect();
                Self::Token(Arc::new(Token { token: Sha256::digest(token.as_bytes()).into(), session }))
            }
        }
    }

    fn admits(&self, uri: &Uri, headers: &HeaderMap) -> Result<(), Error> {
        match self {
            Self::Local => {
                if is_local(uri, headers) {
                    Ok(())
                } else {
                    Err(Error::wrong_host())
                }
            }
            Self::Token(token) => {
                if token.is_sent(headers) {
                    Ok(())
                } else {
                    Err(Error::unauthorized())
                }
            }
        }
    }
}

impl Token {
    fn matches(&self, token: &str) -> bool {
        let digest: [u8; 32] = Sha256::digest(token.as_bytes()).into();
        bool::from(digest.ct_eq(&self.token))
    }

    fn is_sent(&self, headers: &HeaderMap) -> bool {
        let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        if let Some((scheme, token)) = bearer.and_then(|value| value.split_once(' ')) {
            return scheme.eq_ignore_ascii_case("bearer") && self.matches(token.trim());
        }
        let cookies = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
        let mut pairs =
            cookies.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
        pairs.any(|(name, value)| {
            name == COOKIE && bool::from(value.as_bytes().ct_eq(self.session.as_bytes()))
        })
    }
}

fn is_local(uri: &Uri, headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).and_then(|value| value.to_str().ok());
    let Some(host) = host.or(uri.authority().map(|authority| authority.as_str())) else { return false };
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.rsplit_once(':').map_or(host, |(name, _)| name),
    };
    name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Lets a request through, or sends people to the page where they can sign in.
pub(crate) async fn check(State(access): State<Access>, request: Request, next: Next) -> Response {
    match access.admits(request.uri(), request.headers()) {
        Ok(()) => next.run(request).await,
        Err(error) => {
            let accept = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok());
            let page = accept.is_some_and(|accept| accept.contains("text/html"));
            if error == Error::unauthorized() && page && !request.uri().path().starts_with("/api/") {
                return Redirect::to("/login").into_response();
            }
            error.into_response()
        }
    }
}

#[derive(Deserialize)]
struct SignIn {
    token: String,
}

/// Signing in with the token, for people.
pub(crate) fn router(access: Access) -> Router<Shared> {
    let show = async || crate::pages::login_page(false);
    let sign_in = async move |Form(form): Form<SignIn>| -> Response {
        let Access::Token(token) = access else { return Redirect::to("/").into_response() };
        if !token.matches(form.token.trim()) {
            return (axum::http::StatusCode::UNAUTHORIZED, crate::pages::login_page(true)).into_response();
        }
        let mut response = Redirect::to("/").into_response();
        let cookie =
            format!("{COOKIE}={}; Path=/; HttpOnly; SameSite=Strict; Max-Age=2592000", token.session);
        if let Ok(cookie) = HeaderValue::from_str(&cookie) {
            response.headers_mut().insert(header::SET_COOKIE, cookie);
        }
        response
    };
    Router::new().route("/login", get(show).post(sign_in))
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, Uri, header};

    use super::Access;

    fn admits(access: &Access, pairs: &[(header::HeaderName, &str)]) -> bool {
        let headers: HeaderMap =
            pairs.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect();
        access.admits(&Uri::from_static("/"), &headers).is_ok()
    }

    #[test]
    fn without_a_token_only_this_machines_own_name_is_answered() {
        let local = Access::new(None);
        for host in ["localhost", "127.0.0.1:8080", "[::1]:8080", "LOCALHOST:1"] {
            assert!(admits(&local, &[(header::HOST, host)]), "{host}");
        }
        for host in ["evil.example", "evil.example:8080", "localhost.evil.example", "10.0.0.1", ""] {
            assert!(!admits(&local, &[(header::HOST, host)]), "{host}");
        }
        assert!(!admits(&local, &[]));
    }

    #[test]
    fn a_token_opens_and_nothing_near_it_does() {
        let access = Access::new(Some("correct horse"));
        assert!(admits(&access, &[(header::AUTHORIZATION, "Bearer correct horse")]));
        for wrong in ["Bearer correct hors", "Bearer ", "Basic correct horse", "correct horse"] {
            assert!(!admits(&access, &[(header::AUTHORIZATION, wrong)]), "{wrong}");
        }
        assert!(!admits(&access, &[(header::HOST, "localhost")]));
        assert!(!admits(&access, &[(header::COOKIE, "tidemark_session=")]));
        let Access::Token(token) = &access else { panic!("a token was given") };
        assert!(admits(&access, &[(header::COOKIE, &format!("a=b; tidemark_session={}", token.session))]));
        assert_eq!(format!("{access:?}"), "Token(…)");
    }
}
