//! The tokens by which Cloud goes on with a page: opaque, bound to what was asked, and of no use after a while.

use std::collections::HashMap;

use tidemark_model::Timestamp;

use crate::answer::Answer;
use crate::encode::{base64_url, hmac_sha256};
use crate::jql::Place;

#[derive(Debug, Default)]
pub(crate) struct Tokens {
    given: HashMap<String, Given>,
    made: u64,
}

#[derive(Clone, Debug)]
struct Given {
    to: To,
    bound: String,
    expires: Timestamp,
}

#[derive(Clone, Debug)]
enum To {
    /// What stands behind this place.
    After(Place),
    Offset(usize),
}

/// How long a token lasts that goes on with a page of histories.
const OFFSET_MS: i64 = 7 * 24 * 3_600_000;

impl Tokens {
    /// A token for what comes after a place of this query.
    pub(crate) fn after(&mut self, place: Place, bound: &str, expires: Timestamp) -> String {
        self.give(Given { to: To::After(place), bound: bound.to_owned(), expires })
    }

    pub(crate) fn at_offset(&mut self, offset: usize, bound: String, now: Timestamp) -> String {
        self.give(Given { to: To::Offset(offset), bound, expires: Timestamp(now.0 + OFFSET_MS) })
    }

    fn give(&mut self, given: Given) -> String {
        self.made += 1;
        let secret = hmac_sha256(b"pages", &self.made.to_be_bytes());
        let token = base64_url(secret.get(..24).unwrap_or_default());
        self.given.insert(token.clone(), given);
        token
    }

    pub(crate) fn place(&self, token: &str, bound: &str, now: Timestamp) -> Result<Place, Answer> {
        match self.take(token, bound, now)?.to {
            To::After(place) => Ok(place),
            To::Offset(_) => Err(invalid()),
        }
    }

    pub(crate) fn offset(&self, token: &str, bound: &str, now: Timestamp) -> Result<usize, Answer> {
        match self.take(token, bound, now)?.to {
            To::Offset(offset) => Ok(offset),
            To::After(_) => Err(invalid()),
        }
    }

    fn take(&self, token: &str, bound: &str, now: Timestamp) -> Result<Given, Answer> {
        let given = self.given.get(token).filter(|given| given.bound == bound).ok_or_else(invalid)?;
        if given.expires <= now { Err(expired()) } else { Ok(given.clone()) }
    }
}

fn invalid() -> Answer {
    Answer::refused(400, "The provided next page token is invalid for this query.")
}

pub(crate) fn expired() -> Answer {
    Answer::refused(400, "The provided next page token has expired.")
}
