//! Who asks.

use crate::answer::Answer;
use crate::encode::base64;
use crate::options::Flavour;
use crate::request::Request;

/// What opens a Jira.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// The user's address; on Data Center the user's name.
    pub email: String,
    /// Cloud: an API token, to be used with the e-mail address. Data Center: the password.
    pub api_token: String,
    /// Cloud: what an OAuth app got for the user. Data Center: a personal access token.
    pub bearer: String,
    /// What webhooks of an OAuth app are signed with (Cloud).
    pub client_secret: String,
}

impl Credentials {
    pub(crate) fn new(flavour: Flavour) -> Self {
        let (email, api_token, bearer) = match flavour {
            Flavour::Cloud => {
                ("mia@acme.example", "ATATT3xFfGF0-simulated", "eyJraWQiOiJzaW11bGF0ZWQifQ.oauth")
            }
            Flavour::DataCenter => ("mia", "simulated-password", "MDY0OTc1simulatedPersonalAccessToken"),
        };
        Self {
            email: email.to_owned(),
            api_token: api_token.to_owned(),
            bearer: bearer.to_owned(),
            client_secret: "simulated-client-secret".to_owned(),
        }
    }

    /// The value of the header `Authorization` for e-mail address and API token.
    pub fn basic(&self) -> String {
        format!("Basic {}", base64(format!("{}:{}", self.email, self.api_token).as_bytes()))
    }

    /// The value of the header `Authorization` for the bearer token.
    pub fn bearing(&self) -> String {
        format!("Bearer {}", self.bearer)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    Anonymous,
    User,
    /// An OAuth app on behalf of the user (Cloud).
    App,
}

/// Looks at the credentials of a request. On both flavours wrong ones are refused everywhere, while none at all make an
/// anonymous call.
pub(crate) fn who(
    request: &Request,
    flavour: Flavour,
    valid: Option<&Credentials>,
    url: &str,
) -> Result<Who, Answer> {
    let Some(given) = &request.authorization else { return Ok(Who::Anonymous) };
    let is = |expected: fn(&Credentials) -> String| valid.is_some_and(|valid| expected(valid) == *given);
    match flavour {
        _ if is(Credentials::basic) => Ok(Who::User),
        Flavour::Cloud if is(Credentials::bearing) => Ok(Who::App),
        Flavour::DataCenter if is(Credentials::bearing) => Ok(Who::User),
        Flavour::Cloud if given.starts_with("Bearer ") => {
            let body = serde_json::json!({"code": 401, "message": "Unauthorized"});
            Err(Answer::json(&body).because(401, "the bearer token is not valid"))
        }
        _ => Err(failed(flavour, url)),
    }
}

/// What wrong credentials get.
pub(crate) fn failed(flavour: Flavour, url: &str) -> Answer {
    const MUST: &str = "Client must be authenticated to access this resource.";
    let answer = match flavour {
        Flavour::Cloud => Answer::html(MUST).because(401, MUST),
        Flavour::DataCenter => Answer::refused_below(401, MUST),
    };
    let challenge = format!("OAuth realm=\"{}\"", url.replace(':', "%3A").replace('/', "%2F"));
    answer.header("WWW-Authenticate", challenge).header("X-Seraph-LoginReason", "AUTHENTICATED_FAILED")
}

/// What an anonymous call gets where a user is needed.
pub(crate) fn needed() -> Answer {
    Answer::refused_below(401, "Client must be authenticated to access this resource.")
}
