//! Looking after a Jira: its webhooks are registered and refreshed, what it could not deliver is told, and so are tokens that
//! expire. What whoever asks may not do is said with what to do by hand; the source is polled all the same.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use tidemark_model::Timestamp;

use super::Jira;
use super::webhooks::{EVENTS_IN_WORDS, plan, wanted};
use crate::jira::api::{Denied, Flavour, Form, Registered, Server, To, Token, Wanted};
use crate::{Error, KeepingUp, KeptUp, Upkeep};

const DAY_MS: i64 = 86_400_000;
/// Tokens that expire are spoken of from this time on.
const WARN_BEFORE_MS: i64 = 14 * DAY_MS;

impl Upkeep for Jira {
    fn keep_up(&self, now: Timestamp) -> KeepingUp<'_> {
        Box::pin(self.kept_up(now))
    }
}

impl Jira {
    async fn kept_up(&self, now: Timestamp) -> Result<KeptUp, Error> {
        let server = self.api.server().await?;
        // What ends, ends by Jira's clock.
        let now = server.time.unwrap_or(now);
        let mut kept = KeptUp::default();
        if let Some(url) = &self.options.webhook_url {
            match self.api.form(&server) {
                Some(form) => {
                    let secret = self.options.webhook_secrets.first().map(String::as_str).unwrap_or_default();
                    let keeping = Keeping { jira: self, form, to: To { url, secret }, now, kept: &mut kept };
                    keeping.webhooks().await?;
                }
                None => kept.notices.push(self.unsigned(&server)),
            }
        }
        if server.flavour == Flavour::DataCenter && self.options.bearer {
            let tokens = self.api.own_tokens().await?;
            kept.token_expires_at = tokens.iter().filter_map(|token| token.expires_after(now)).min();
            kept.notices.extend(expiring(&tokens, self.source(), now));
        }
        if let Some(at) = self.options.token_expires_at {
            kept.token_expires_at = Some(kept.token_expires_at.map_or(at, |other| other.min(at)));
            kept.notices.extend(configured_to_expire(at, self.source(), now));
        }
        Ok(kept)
    }

    fn unsigned(&self, server: &Server) -> String {
        format!(
            "Jira Data Center {} does not sign its webhooks, so that none is registered for [sources.{}], and what changes is polled: use Jira 10 or newer, or take out `webhook_url`",
            server.version,
            self.source()
        )
    }
}

/// The webhooks of a Jira, while they are looked after.
struct Keeping<'a> {
    jira: &'a Jira,
    form: Form,
    to: To<'a>,
    now: Timestamp,
    kept: &'a mut KeptUp,
}

impl Keeping<'_> {
    async fn webhooks(mut self) -> Result<(), Error> {
        let listed = match self.jira.api.webhooks(self.form).await? {
            Ok(listed) => listed,
            Err(denied) => {
                self.kept.notices.push(self.by_hand(&denied));
                return Ok(());
            }
        };
        let name = name(self.jira.source(), self.to.secret);
        let wanted = wanted(self.form, &name, &self.jira.scope());
        let todo = plan(&listed, &wanted, self.to.url, self.now);
        if !todo.off.is_empty() {
            self.kept.notices.push(format!(
                "somebody has switched off the webhook {} to {}: what changes is polled; switch it on in Jira, or take `webhook_url` out of [sources.{}]",
                todo.off.join(", "),
                self.to.url,
                self.jira.source()
            ));
            return Ok(());
        }
        if todo.delete_first {
            self.unregister(&todo.delete).await?;
        }
        let denied = self.register(&todo.register).await?;
        if denied.is_empty() && !todo.delete_first {
            self.unregister(&todo.delete).await?;
        }
        if denied.len() == wanted.len() {
            let notices = denied.first().map(|(_, denied)| self.by_hand(denied) + &self.elsewhere(&listed));
            self.kept.notices.extend(notices);
        } else {
            let partly = denied.iter().map(|(want, Denied(said))| {
                let events = want.events.join(", ");
                format!("Jira registers no webhook for {events} ({said}): these changes are polled")
            });
            self.kept.notices.extend(partly);
        }
        self.refresh(&todo.refresh).await?;
        match self.form {
            Form::App => self.tell_failures().await,
            Form::Administrator | Form::DataCenter => Ok(()),
        }
    }

    /// Registers what is missing; what was refused, and why.
    async fn register<'w>(&mut self, missing: &'w [Wanted]) -> Result<Vec<(&'w Wanted, Denied)>, Error> {
        let mut refused = Vec::new();
        for want in missing {
            match self.jira.api.register(self.form, want, self.to).await? {
                Ok(()) => {
                    let (url, events) = (self.to.url, want.events.join(", "));
                    self.kept.done.push(format!("a webhook to {url} is registered for {events}"));
                }
                Err(denied) => refused.push((want, denied)),
            }
        }
        Ok(refused)
    }

    async fn unregister(&mut self, ids: &[String]) -> Result<(), Error> {
        if ids.is_empty() {
            return Ok(());
        }
        let list = ids.join(", ");
        match self.jira.api.unregister(self.form, ids).await? {
            Ok(()) => {
                self.kept.done.push(format!("the webhooks {list} are taken away: others are in their place"));
            }
            Err(Denied(said)) => self.kept.notices.push(format!(
                "the webhooks {list} of [sources.{}] are superfluous and can't be taken away ({said}): delete them in Jira",
                self.jira.source()
            )),
        }
        Ok(())
    }

    async fn refresh(&mut self, ids: &[String]) -> Result<(), Error> {
        if ids.is_empty() {
            return Ok(());
        }
        match self.jira.api.refresh(ids).await? {
            Ok(()) => {
                self.kept.done.push(format!("the webhooks {} live for another thirty days", ids.join(", ")));
            }
            Err(denied) => self.kept.notices.push(self.by_hand(&denied)),
        }
        Ok(())
    }

    /// What an app did not receive since it was last asked, or for a day. Few are told; polls bring it in any case.
    async fn tell_failures(&mut self) -> Result<(), Error> {
        let before = self.jira.memory().failures_told_to;
        let after = before.unwrap_or(Timestamp(self.now.0 - DAY_MS));
        if let Ok((count, last)) = self.jira.api.failed_webhooks(self.to.url, after).await? {
            self.jira.memory().failures_told_to = Some(last);
            if count > 0 {
                let told = format!("{count} webhooks could not be delivered: what they told is polled");
                self.kept.done.push(told);
            }
        }
        Ok(())
    }

    /// What to do by hand where Jira refuses it to whoever asks.
    fn by_hand(&self, Denied(said): &Denied) -> String {
        let (source, url) = (self.jira.source(), self.to.url);
        let who = match self.form {
            Form::App => {
                "give the app the scopes `read:jira-work` and `manage:jira-webhook`, or let an administrator of Jira"
            }
            Form::Administrator | Form::DataCenter => {
                "give the account the permission Administer Jira, or let an administrator of Jira"
            }
        };
        format!(
            "Jira registers no webhooks for [sources.{source}] ({said}), so that what changes is polled: {who} register one (System, WebHooks) with the URL {url}, the events {EVENTS_IN_WORDS}, and as its secret the first of `webhook_secrets`, and take out `webhook_url`"
        )
    }

    /// Where else the app's webhooks lead, which may be why it gets no more: they have one address.
    fn elsewhere(&self, listed: &[Registered]) -> String {
        let others: Vec<String> = listed
            .iter()
            .filter_map(|one| {
                let url = one.url.as_deref().filter(|url| *url != self.to.url)?;
                let end = one.expires_at.map_or(String::new(), |at| format!(", until {at}"));
                Some(format!("{} to {url}{end}", one.id))
            })
            .collect();
        match (self.form, others.is_empty()) {
            (Form::App, false) => {
                format!("; an app's webhooks lead to one address, and it has: {}", others.join("; "))
            }
            _ => String::new(),
        }
    }
}

/// What the administrators' webhook of a source is called. A secret can't be read back: four digits that follow from it
/// show that it was changed, and are too few to find it by.
fn name(source: &str, secret: &str) -> String {
    // Keys of every length are fine.
    let mark = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).map(|mut mac| {
        mac.update(b"the name of a webhook");
        mac.finalize().into_bytes()
    });
    let digits: String = mark.iter().flatten().take(2).map(|byte| format!("{byte:02x}")).collect();
    format!("Tidemark {source} (secret {digits})")
}

/// What to say of a token that expires soon, as it is configured.
fn configured_to_expire(at: Timestamp, source: &str, now: Timestamp) -> Option<String> {
    let days = (at.0 - now.0).div_euclid(DAY_MS);
    let when = match days {
        ..0 => "has expired, by".to_owned(),
        days => format!("expires in {days} days, by"),
    };
    (at.0 - now.0 < WARN_BEFORE_MS).then(|| {
        format!(
            "the token of [sources.{source}] {when} its `token_expires`: make a new one (https://id.atlassian.com, Security, API tokens), and set both"
        )
    })
}

/// What to say of the account's tokens that expire soon. Which of them is used, Jira does not tell.
fn expiring(tokens: &[Token], source: &str, now: Timestamp) -> Option<String> {
    let left = |token: &Token| token.expires_after(now).map(|at| at.0 - now.0);
    let soon = tokens.iter().filter(|token| left(token).is_some_and(|left| left < WARN_BEFORE_MS));
    let soon: Vec<String> = soon
        .map(|token| {
            let days = left(token).unwrap_or_default() / DAY_MS;
            let at = token.expiring_at.unwrap_or_default().to_string();
            let on = at.split('T').next().unwrap_or_default();
            format!("`{}` on {on} (in {days} days)", token.name.escape_debug())
        })
        .collect();
    let valid = tokens.iter().filter(|token| token.expiring_at.is_none() || left(token).is_some()).count();
    let whose = if valid == soon.len() && valid == 1 { "it is" } else { "where it is" };
    (!soon.is_empty()).then(|| {
        format!(
            "personal access tokens of the account expire: {}; {whose} the `token` of [sources.{source}], make a new one in Jira (Profile, Personal Access Tokens) and set it",
            soon.join(", ")
        )
    })
}

#[cfg(test)]
mod tests {
    use tidemark_model::Timestamp;

    use super::{DAY_MS, configured_to_expire, expiring, name};
    use crate::jira::api::Token;

    #[test]
    fn tokens_are_spoken_of_in_their_last_two_weeks() {
        let now = Timestamp::parse("2026-11-22T12:00:00Z").unwrap();
        let token = |name: &str, days: Option<i64>| Token {
            name: name.to_owned(),
            expiring_at: days.map(|days| Timestamp(now.0 + days * DAY_MS)),
        };
        let said = |tokens: &[Token]| expiring(tokens, "acme", now);
        assert_eq!(said(&[]), None);
        assert_eq!(said(&[token("a", None), token("b", Some(15)), token("c", Some(-1))]), None);
        let one = said(&[token("bot", Some(9)), token("old", Some(-3))]).unwrap();
        assert!(
            one.contains("`bot` on 2026-12-01 (in 9 days); it is the `token` of [sources.acme]"),
            "{one}"
        );
        let several = said(&[token("bot", Some(9)), token("other", None)]).unwrap();
        assert!(several.contains("where it is the `token`"), "{several}");
    }

    #[test]
    fn a_day_that_is_configured_is_spoken_of_two_weeks_before() {
        let now = Timestamp::parse("2026-11-22T12:00:00Z").unwrap();
        let said = |at: &str| configured_to_expire(Timestamp::parse(at).unwrap(), "acme", now);
        assert_eq!(said("2026-12-07T00:00:00Z"), None);
        let soon = said("2026-12-01T00:00:00Z").unwrap();
        assert!(soon.starts_with("the token of [sources.acme] expires in 8 days, by"), "{soon}");
        let gone = said("2026-11-22T00:00:00Z").unwrap();
        assert!(gone.contains("has expired"), "{gone}");
    }

    #[test]
    fn a_name_shows_a_changed_secret_and_not_the_secret() {
        let (old, new) = (name("acme", "the secret of yesterday"), name("acme", "the secret of today"));
        assert!(
            old != new && old.starts_with("Tidemark acme (secret ") && old.len() == new.len(),
            "{old} {new}"
        );
        assert_eq!(name("acme", "the secret of today"), new);
    }
}
