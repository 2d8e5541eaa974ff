//! Tokens that a sender makes for each request and signs with a secret that both sides know: JSON Web Tokens (RFC 7519)
//! with HMAC-SHA256. Such a token says who sends and when; it says nothing of the body.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use sha2::Sha256;
use tidemark_model::Timestamp;

use crate::hook::Refusal;

/// Clocks differ by this much.
const LEEWAY_SECS: f64 = 60.0;
/// A token that does not say when it ends is good for this long.
const LONGEST_SECS: f64 = 3600.0;

#[derive(Deserialize)]
struct Header {
    alg: String,
}

#[derive(Deserialize)]
struct Claims {
    /// Seconds since 1970; fractions are allowed.
    exp: Option<f64>,
    nbf: Option<f64>,
    iat: Option<f64>,
}

/// Checks the token of `Authorization: Bearer …` (or `JWT …`) against each secret and the present. Every secret is tried,
/// and each comparison takes the same time whatever it finds.
pub fn verify_bearer(header: &str, secrets: &[String], now: Timestamp) -> Result<(), Refusal> {
    if secrets.is_empty() {
        return Err(Refusal::NoSecret);
    }
    let (scheme, token) = header.trim().split_once(' ').ok_or(Refusal::Missing)?;
    if !["bearer", "jwt"].contains(&scheme.to_ascii_lowercase().as_str()) {
        return Err(Refusal::Missing);
    }
    let (signed, signature) = token.trim().rsplit_once('.').ok_or(Refusal::Wrong)?;
    let (head, claims) = signed.split_once('.').ok_or(Refusal::Wrong)?;
    // The algorithm is ours to choose: a token that asks for another one, or for none, is not looked at.
    if part::<Header>(head)?.alg != "HS256" {
        return Err(Refusal::Method);
    }
    let stated = URL_SAFE_NO_PAD.decode(signature).map_err(|_| Refusal::Wrong)?;
    let mut genuine = false;
    for secret in secrets {
        // Keys of every length are fine.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { continue };
        mac.update(signed.as_bytes());
        genuine |= mac.verify_slice(&stated).is_ok();
    }
    if !genuine {
        return Err(Refusal::Wrong);
    }
    if part::<Claims>(claims)?.hold(now) { Ok(()) } else { Err(Refusal::Expired) }
}

impl Claims {
    /// Whether the token is good now. One without any end would be good for ever.
    fn hold(&self, now: Timestamp) -> bool {
        let now = now.0 as f64 / 1000.0;
        let end = self.exp.or_else(|| Some(self.iat? + LONGEST_SECS));
        let begun = |at: Option<f64>| at.is_none_or(|at| at <= now + LEEWAY_SECS);
        end.is_some_and(|end| now < end + LEEWAY_SECS) && begun(self.iat) && begun(self.nbf)
    }
}

fn part<T: DeserializeOwned>(text: &str) -> Result<T, Refusal> {
    let json = URL_SAFE_NO_PAD.decode(text).map_err(|_| Refusal::Wrong)?;
    serde_json::from_slice(&json).map_err(|_| Refusal::Wrong)
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use hmac::{Hmac, KeyInit, Mac};
    use serde_json::{Value, json};
    use sha2::Sha256;
    use tidemark_model::Timestamp;

    use super::verify_bearer;
    use crate::hook::Refusal;

    const SECRET: &str = "the client secret of an app";
    /// In seconds.
    const NOW: i64 = 1_790_000_000;

    fn token(head: &Value, claims: &Value, secret: &str) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(head), part(claims));
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(signed.as_bytes());
        format!("Bearer {signed}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
    }

    fn verify(header: &str) -> Result<(), Refusal> {
        verify_bearer(header, &["another one".to_owned(), SECRET.to_owned()], Timestamp(NOW * 1000))
    }

    fn claiming(claims: Value) -> Result<(), Refusal> {
        verify(&token(&json!({"alg": "HS256", "typ": "JWT"}), &claims, SECRET))
    }

    #[test]
    fn a_token_of_the_standards_own_example_is_genuine_while_it_lasts() {
        // RFC 7515, appendix A.1, under its key; it ended in 2011.
        let key = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
        let key = URL_SAFE_NO_PAD.decode(key).unwrap();
        let example = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        let (signed, signature) = example.rsplit_once('.').unwrap();
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
        mac.update(signed.as_bytes());
        assert_eq!(URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()), signature);
        assert_eq!(verify(&format!("Bearer {example}")), Err(Refusal::Wrong), "under other keys");
    }

    #[test]
    fn it_is_good_for_its_time_and_some_seconds_of_other_clocks() {
        assert_eq!(claiming(json!({"iat": NOW, "exp": NOW + 180})), Ok(()));
        assert_eq!(claiming(json!({"iat": NOW + 30, "exp": NOW + 180})), Ok(()), "their clock is ahead");
        assert_eq!(claiming(json!({"iat": NOW - 200, "exp": NOW - 20})), Ok(()), "or behind");
        assert_eq!(claiming(json!({"iat": NOW - 300, "exp": NOW - 120})), Err(Refusal::Expired));
        assert_eq!(claiming(json!({"iat": NOW + 300, "exp": NOW + 480})), Err(Refusal::Expired), "not yet");
        assert_eq!(claiming(json!({"nbf": NOW + 300, "exp": NOW + 480})), Err(Refusal::Expired), "not yet");
        assert_eq!(claiming(json!({"iat": NOW - 600})), Ok(()));
        assert_eq!(claiming(json!({"iat": NOW - 7200})), Err(Refusal::Expired));
        assert_eq!(claiming(json!({"iss": "somebody"})), Err(Refusal::Expired), "it would be good for ever");
        assert_eq!(claiming(json!({"exp": "never"})), Err(Refusal::Wrong));
    }

    #[test]
    fn everything_else_is_refused() {
        let claims = json!({"exp": NOW + 180});
        let good = token(&json!({"alg": "HS256"}), &claims, SECRET);
        assert_eq!(verify(&good), Ok(()));
        assert_eq!(verify(&good.replace("Bearer", "JWT")), Ok(()));
        assert_eq!(verify(&good.replace("Bearer", "Basic")), Err(Refusal::Missing));
        assert_eq!(verify("Bearer"), Err(Refusal::Missing));
        assert_eq!(verify("Bearer nonsense"), Err(Refusal::Wrong));
        assert_eq!(verify(&good[..good.len() - 3]), Err(Refusal::Wrong));
        assert_eq!(verify(&token(&json!({"alg": "HS256"}), &claims, "guessed")), Err(Refusal::Wrong));
        assert_eq!(verify(&token(&json!({"alg": "none"}), &claims, SECRET)), Err(Refusal::Method));
        assert_eq!(verify(&token(&json!({"alg": "HS512"}), &claims, SECRET)), Err(Refusal::Method));
        let unsigned = good.rsplit_once('.').unwrap().0;
        assert_eq!(verify(&format!("{unsigned}.")), Err(Refusal::Wrong));
        assert_eq!(verify_bearer(&good, &[], Timestamp(NOW * 1000)), Err(Refusal::NoSecret));
    }
}
