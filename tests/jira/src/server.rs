//! The HTTP side: a request is read whole, answered under the state's lock, and recorded.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State as Shared;
use axum::http::{HeaderMap, Method, Uri};
use axum::response::Response;
use futures_util::{StreamExt, stream};

use crate::answer::Answer;
use crate::auth::{self, Who};
use crate::calls::Call;
use crate::faults::{self, Fault};
use crate::limits::Counted;
use crate::request::Request;
use crate::state::State;
use crate::{routes, site};

const CUT_AFTER: Duration = Duration::from_millis(50);

pub(crate) type Locked = Arc<Mutex<State>>;

pub(crate) fn router(state: Locked) -> Router {
    Router::new().fallback(answer).with_state(state)
}

async fn answer(
    Shared(state): Shared<Locked>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let query = uri.query().unwrap_or_default().to_owned();
    let request = Request {
        method: method.as_str().to_owned(),
        path: uri.path().to_owned(),
        query: pairs(&query),
        authorization: headers.get("authorization").and_then(|value| value.to_str().ok()).map(str::to_owned),
        body: String::from_utf8_lossy(&body).into_owned(),
    };
    let gate = state.lock().unwrap_or_else(PoisonError::into_inner).gates.meet(&request.path);
    if let Some(gate) = gate {
        gate.pass().await;
    }
    let answer = {
        let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = respond(&mut state, &request);
        let call = Call {
            method: request.method,
            path: request.path,
            query,
            body: request.body,
            status: answer.status,
            reason: answer.reason.clone(),
            at: state.now(),
        };
        state.record(call);
        answer
    };
    if !answer.delay.is_zero() {
        tokio::time::sleep(answer.delay).await;
    }
    response(answer)
}

fn pairs(query: &str) -> Vec<(String, String)> {
    let decode = |text: &str| {
        let text = text.replace('+', " ");
        percent_encoding::percent_decode_str(&text).decode_utf8_lossy().into_owned()
    };
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(key, value)| (decode(key), decode(value)))
        .collect()
}

/// Faults first, then limits, then who asks, then what is asked.
fn respond(state: &mut State, request: &Request) -> Answer {
    let fault = state.faults.meet(request);
    if let Some(answer) = fault.as_ref().and_then(|fault| faults::answer(fault, state.flavour(), &state.url))
    {
        return site::headers(state, answer);
    }
    let mut answer = limited(state, request);
    match fault {
        Some(Fault::CutConnection) => {
            answer.cut = true;
            answer.reason = Some("the connection was cut".to_owned());
        }
        Some(Fault::Slow(delay)) => answer.delay = delay,
        _ => {}
    }
    site::headers(state, answer)
}

fn limited(state: &mut State, request: &Request) -> Answer {
    let now = state.now();
    let ended = state.token_expires.is_some_and(|at| at <= now)
        && request.authorization.as_deref() == Some(&state.credentials.bearing());
    let valid = Some(&state.credentials).filter(|_| !state.revoked && !ended);
    let who = auth::who(request, state.flavour(), valid, &state.url);
    let segments = request.segments();
    let counted = Counted {
        method: &request.method,
        endpoint: routes::endpoint(&segments),
        who: *who.as_ref().unwrap_or(&Who::Anonymous),
        at: state.pace(),
    };
    let told = match (state.cloud(), state.options.rules.node, &who) {
        (true, ..) => state.limits.cloud(counted, &state.options.rules),
        (false, Some(bucket), Ok(Who::User)) => state.limits.node(counted.at, bucket),
        _ => Ok(Vec::new()),
    };
    let mut answer = match (told, who) {
        (Err(refused), _) => return refused,
        (Ok(told), Err(mut failed)) => {
            failed.headers.extend(told);
            return failed;
        }
        (Ok(told), Ok(who)) => {
            let mut answer = routes::answer(state, request, who);
            answer.headers.extend(told);
            if who == Who::App {
                state.limits.spend(answer.objects);
            }
            answer
        }
    };
    if request.method == "HEAD" {
        answer.body.clear();
    }
    answer
}

fn response(answer: Answer) -> Response {
    let length = answer.body.len();
    let body = if answer.cut {
        let half = Bytes::copy_from_slice(answer.body.get(..length / 2).unwrap_or_default());
        // The first half is on its way by then.
        let broken = stream::once(async {
            tokio::time::sleep(CUT_AFTER).await;
            Err(std::io::Error::new(std::io::ErrorKind::ConnectionReset, "cut"))
        });
        Body::from_stream(stream::once(async { Ok(half) }).chain(broken))
    } else {
        Body::from(answer.body)
    };
    let mut response = Response::builder().status(answer.status);
    for (name, value) in &answer.headers {
        response = response.header(*name, value);
    }
    if answer.cut {
        response = response.header("Content-Length", length);
    }
    response.body(body).unwrap_or_default()
}
