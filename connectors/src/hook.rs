//! Webhooks: what a system tells as it happens. A delivery is proved genuine over its raw bytes before anything of it is
//! read; what it carries is a hint that is good at once, until the source is asked again.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use tidemark_model::raw::Raw;
use tidemark_model::rejected::Rejected;

/// A request that a system has sent.
#[derive(Clone, Default)]
pub struct Delivery {
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// The parameter `secret` of the address that it was sent to.
    pub secret: Option<String>,
    /// As it was sent: signatures are over these bytes.
    pub body: Vec<u8>,
}

impl fmt::Debug for Delivery {
    /// Headers and the address may hold what proves who sends.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery").field("body_bytes", &self.body.len()).finish_non_exhaustive()
    }
}

impl Delivery {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// What a genuine delivery carries.
#[derive(Debug, Default)]
pub struct Received {
    /// The sender's number of it, which stays the same when it is sent again; empty where it has none.
    pub id: String,
    /// What happened, in the sender's words.
    pub event: String,
    pub records: Vec<Raw>,
    pub rejected: Vec<Rejected>,
    /// Why nothing is taken of it, where that is in order.
    pub passed_over: Option<&'static str>,
    /// Whether what rarely changes (boards, their columns, lists of sprints) is to be read again by the next poll.
    pub asks: bool,
}

/// Why a delivery is refused, before anything of it is believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("the source takes no webhooks: set `webhook_secrets` of its section")]
    NoSecret,
    #[error("the delivery carries no signature")]
    Missing,
    #[error("the address that the delivery was sent to holds another secret")]
    Address,
    #[error("the delivery's signature is of a kind that is not taken: sha256 is")]
    Method,
    #[error("the delivery's signature is not that of its body")]
    Wrong,
    #[error("the delivery's token is not good now: see that this machine's clock is right")]
    Expired,
    #[error("the body is no JSON object")]
    NoJson,
}

/// A source that can be told.
pub trait Receiver: Send + Sync {
    /// Whether a delivery whose body has not come yet may be genuine: it carries what could prove it.
    fn admits(&self, head: &Delivery) -> Result<(), Refusal>;

    /// Whether a delivery is genuine: a hash that no other body of the source has.
    fn verify(&self, delivery: &Delivery) -> Result<String, Refusal>;

    /// What a genuine delivery carries.
    fn read(&self, delivery: &Delivery) -> Result<Received, Refusal>;

    /// Somebody was told that what rarely changes has changed: the next pull reads it again.
    fn ask(&self) {}

    /// Whether it has been asked for that, and no pull has done so yet.
    fn is_asked(&self) -> bool {
        false
    }
}

/// Checks `sha256=<hex>` over a body against each secret. Every secret is tried, and each comparison takes the same time
/// whatever it finds.
pub fn verify_sha256(header: Option<&str>, body: &[u8], secrets: &[String]) -> Result<String, Refusal> {
    if secrets.is_empty() {
        return Err(Refusal::NoSecret);
    }
    let (method, hex) = header.ok_or(Refusal::Missing)?.split_once('=').ok_or(Refusal::Missing)?;
    if !method.eq_ignore_ascii_case("sha256") {
        return Err(Refusal::Method);
    }
    let stated = unhex(hex.trim()).unwrap_or_default();
    let mut genuine = false;
    for secret in secrets {
        // Keys of every length are fine.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { continue };
        mac.update(body);
        genuine |= mac.verify_slice(&stated).is_ok();
    }
    if genuine { Ok(hex.trim().to_ascii_lowercase()) } else { Err(Refusal::Wrong) }
}

/// Checks the secret of an address against each of the source's, as [`verify_sha256`] does; for systems that sign nothing.
pub fn verify_address(secret: Option<&str>, secrets: &[String]) -> Result<(), Refusal> {
    if secrets.is_empty() {
        return Err(Refusal::NoSecret);
    }
    // Hashes are compared, so that the time does not depend on lengths either.
    let stated = Sha256::digest(secret.ok_or(Refusal::Missing)?.as_bytes());
    let same = |known: &String| Sha256::digest(known.as_bytes()).as_slice().ct_eq(stated.as_slice());
    let genuine = secrets.iter().map(same).fold(subtle::Choice::from(0), |any, one| any | one);
    if bool::from(genuine) { Ok(()) } else { Err(Refusal::Address) }
}

/// What tells a body that nobody signed from others.
pub fn body_hash(body: &[u8]) -> String {
    Sha256::digest(body).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.is_ascii() || !text.len().is_multiple_of(2) {
        return None;
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::{Delivery, Refusal, verify_address, verify_sha256};

    /// The vendor's own example.
    const SECRET: &str = "It's a Secret to Everybody";
    const BODY: &[u8] = b"Hello World!";
    const SIGNED: &str = "sha256=a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9";

    #[test]
    fn the_vendors_example_is_genuine_under_the_old_and_the_new_secret() {
        let old_and_new = ["another".to_owned(), SECRET.to_owned()];
        assert_eq!(
            verify_sha256(Some(SIGNED), BODY, &old_and_new).as_deref(),
            Ok("a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9")
        );
    }

    #[test]
    fn everything_else_is_refused() {
        let secrets = [SECRET.to_owned()];
        let verify = |header: Option<&str>, body: &[u8]| verify_sha256(header, body, &secrets).unwrap_err();
        assert_eq!(verify(Some(SIGNED), b"Hello World?"), Refusal::Wrong);
        assert_eq!(verify(Some(&SIGNED[..SIGNED.len() - 2]), BODY), Refusal::Wrong);
        assert_eq!(verify(Some("sha256="), BODY), Refusal::Wrong);
        assert_eq!(verify(Some("sha256=zz"), BODY), Refusal::Wrong);
        assert_eq!(verify(Some("sha256=ä"), BODY), Refusal::Wrong);
        assert_eq!(verify(Some(&SIGNED.replace("sha256", "sha1")), BODY), Refusal::Method);
        assert_eq!(verify(None, BODY), Refusal::Missing);
        assert_eq!(verify_sha256(Some(SIGNED), BODY, &[]), Err(Refusal::NoSecret));
    }

    #[test]
    fn the_secret_of_an_address_is_one_of_the_sources() {
        let secrets = ["another".to_owned(), SECRET.to_owned()];
        assert_eq!(verify_address(Some(SECRET), &secrets), Ok(()));
        assert_eq!(verify_address(Some("another"), &secrets), Ok(()));
        assert_eq!(verify_address(Some("It's a Secret"), &secrets), Err(Refusal::Address));
        assert_eq!(verify_address(Some(""), &secrets), Err(Refusal::Address));
        assert_eq!(verify_address(None, &secrets), Err(Refusal::Missing));
        assert_eq!(verify_address(Some(SECRET), &[]), Err(Refusal::NoSecret));
    }

    #[test]
    fn what_proves_a_delivery_is_not_printed() {
        let headers = vec![("authorization".to_owned(), SECRET.to_owned())];
        let delivery = Delivery { headers, secret: Some(SECRET.to_owned()), body: SECRET.into() };
        assert!(!format!("{delivery:?}").contains("Secret"), "{delivery:?}");
    }
}
