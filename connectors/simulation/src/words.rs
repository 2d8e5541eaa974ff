//! What people write: names, titles in several languages, labels, components. Everything is fictional.

/// Picks an element by a number of any size.
fn nth<'a>(list: &[&'a str], number: u32) -> &'a str {
    let at = usize::try_from(number).unwrap_or_default() % list.len().max(1);
    list.get(at).copied().unwrap_or_default()
}

pub(crate) const PRIORITIES: [&str; 5] = ["Highest", "High", "Medium", "Low", "Lowest"];
pub(crate) const LABELS: [&str; 8] =
    ["backend", "ui", "tech-debt", "customer", "security", "spike", "größe", "q2-goal"];
pub(crate) const COMPONENTS: [&str; 6] =
    ["API", "Billing", "Search", "Mobile", "Import & Export", "Anmeldung"];
pub(crate) const DISCIPLINES: [&str; 4] = ["Backend", "Frontend", "QA", "Design"];

const TEAMS: [&str; 12] = [
    "Acme",
    "Harbour",
    "Kelpie",
    "Lantern",
    "Marram",
    "Nordlys",
    "Osprey",
    "Petrel",
    "Quay",
    "Rudder",
    "Spinnaker",
    "Tern",
];
const GOALS: [&str; 6] = [
    "",
    "Ship the import",
    "Fewer support calls",
    "Zahlungen ohne Umwege",
    "Search under 200 ms",
    "検索を速くする",
];
const GIVEN_NAMES: [&str; 16] = [
    "Ada",
    "Bjørn",
    "Chiara",
    "Dmitri",
    "Eun-ji",
    "Fatima",
    "Gonçalo",
    "Hana",
    "Ifeoma",
    "Jürgen",
    "Kateřina",
    "Levent",
    "Mei",
    "Noor",
    "Oisín",
    "Zoë",
];
const SURNAMES: [&str; 13] = [
    "Abbott",
    "Brandt",
    "Castellan",
    "Dvořák",
    "Eriksen",
    "Fontaine",
    "Grünwald",
    "Hashimoto",
    "Ibarra",
    "Jovanović",
    "Kowal",
    "Lindqvist",
    "Marsh",
];
const VERBS: [&str; 10] =
    ["Add", "Fix", "Speed up", "Remove", "Describe", "Migrate", "Test", "Redesign", "Harden", "Simplify"];
const THINGS: [&str; 14] = [
    "the invoice export",
    "login by link",
    "the search index",
    "password rules",
    "the order page",
    "nightly import",
    "rate limits",
    "the settings dialog",
    "time zones in reports",
    "the audit trail",
    "image upload",
    "price rounding",
    "e-mail templates",
    "the cart",
];
const UNUSUAL: [&str; 12] = [
    "<script>alert(1)</script>",
    "Überprüfung der Zahlungsgröße für Großkunden",
    "検索結果の並び順を直す",
    "إصلاح صفحة تسجيل الدخول",
    "תיקון חישוב המע״מ בחשבונית",
    "🚀 Launch the new onboarding 👩‍💻🎉",
    "Corriger l’arrondi du « prix total »",
    "\"><img src=x onerror=alert('title')>",
    "Robert'); DROP TABLE issues;--",
    "{{7*7}} ${HOME} %s %00 \\u0000",
    "=HYPERLINK(\"https://example.org\",\"open\")",
    "Проверить выгрузку \u{202e}txt.exe\u{202c} и отступы\tв отчёте",
];

/// Titles that try to break out of whatever shows them; organisations that go on living have them.
const HOSTILE: [&str; 8] = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "=HYPERLINK(\"http://evil\",\"x\")",
    "\"><b>bold</b>",
    "إصلاح صفحة تسجيل الدخول",
    "תיקון חישוב המע״מ בחשבונית",
    "🚀 Launch the new onboarding 👩‍💻🎉",
    OVERLONG,
];
/// Stands for 300 characters.
const OVERLONG: &str = "overlong";
/// The numbers from here on name hostile titles. Dice reach them once in half a thousand million throws.
const FIRST_HOSTILE: u32 = u32::MAX - 7;
/// One issue in this many has a hostile title.
const HOSTILE_EVERY: u32 = 24;

/// The number of the hostile title that an issue has, if it has one.
pub(crate) fn hostile(issue: u32) -> Option<u32> {
    let (nth, rest) = (issue / HOSTILE_EVERY, issue % HOSTILE_EVERY);
    (rest == HOSTILE_EVERY / 2).then_some(FIRST_HOSTILE + nth % 8)
}

/// One title in this many is unusual: markup, another script, or as long as Jira allows.
const UNUSUAL_EVERY: u32 = 16;

/// What an unusual title tries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Oddity {
    None,
    Markup,
    Foreign,
    Long,
}

/// The text of a title, from its number alone.
pub(crate) fn title(number: u32) -> String {
    if let Some(hostile) = number.checked_sub(FIRST_HOSTILE) {
        return match nth(&HOSTILE, hostile) {
            OVERLONG => "Overlong title, repeated until it is. ".chars().cycle().take(300).collect(),
            title => title.to_owned(),
        };
    }
    let rest = number / UNUSUAL_EVERY;
    match oddity(number) {
        Oddity::None => format!("{} {} ({})", nth(&VERBS, rest), nth(&THINGS, rest / 10), number % 9973),
        Oddity::Long => {
            const LONGEST: usize = 250;
            let sentence = format!("{} {} and ", nth(&VERBS, rest), nth(&THINGS, rest / 10));
            sentence.chars().cycle().take(LONGEST).collect()
        }
        Oddity::Markup | Oddity::Foreign => nth(&UNUSUAL, rest).to_owned(),
    }
}

pub(crate) fn oddity(number: u32) -> Oddity {
    if !number.is_multiple_of(UNUSUAL_EVERY) {
        return Oddity::None;
    }
    let rest = number / UNUSUAL_EVERY;
    if rest.is_multiple_of(7) {
        return Oddity::Long;
    }
    match nth(&UNUSUAL, rest).chars().next() {
        Some('<' | '"' | '{' | '=' | 'R') => Oddity::Markup,
        _ => Oddity::Foreign,
    }
}

/// A project or team name; distinct for every ordinal.
pub(crate) fn team(ordinal: usize) -> String {
    let name = TEAMS.get(ordinal % TEAMS.len()).copied().unwrap_or_default();
    match ordinal / TEAMS.len() {
        0 => name.to_owned(),
        round => format!("{name} {}", round + 1),
    }
}

/// A project key; distinct for every ordinal.
pub(crate) fn project_key(ordinal: usize) -> String {
    let name = TEAMS.get(ordinal % TEAMS.len()).copied().unwrap_or_default();
    let key: String = name.chars().take(4).collect::<String>().to_uppercase();
    match ordinal / TEAMS.len() {
        0 => key,
        round => format!("{key}{}", round + 1),
    }
}

pub(crate) fn goal(number: u32) -> &'static str {
    nth(&GOALS, number)
}

/// A display name; several people may share one.
pub(crate) fn person(number: u32) -> String {
    format!("{} {}", nth(&GIVEN_NAMES, number), nth(&SURNAMES, number.wrapping_mul(7) + 3))
}

/// Whether two people have one display name.
pub(crate) const fn share_name(one: u32, other: u32) -> bool {
    const NAMES: u32 = (GIVEN_NAMES.len() * SURNAMES.len()) as u32;
    one % NAMES == other % NAMES
}

/// The name of a person who has taken another surname.
pub(crate) fn renamed(number: u32) -> String {
    format!("{} {}", nth(&GIVEN_NAMES, number), nth(&SURNAMES, number.wrapping_mul(7) + 8))
}

pub(crate) fn email(number: u32) -> String {
    format!("person.{number}@acme.example")
}

/// An account id in the form Jira Cloud gives out.
pub(crate) fn account(number: u32) -> String {
    format!("712020:{:08x}-5e1f-4c0d-9a3b-{:012x}", number.wrapping_mul(2_654_435_761), number)
}

/// The number of the person whom an account id of ours belongs to.
pub(crate) fn person_of(account: &str) -> Option<u32> {
    let number = u32::from_str_radix(account.rsplit('-').next()?, 16).ok()?;
    (self::account(number) == account).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::{Oddity, oddity, title};

    #[test]
    fn titles_reach_every_oddity_and_never_exceed_jiras_limit() {
        for kind in [Oddity::None, Oddity::Markup, Oddity::Foreign, Oddity::Long] {
            assert!((0..4000).any(|number| oddity(number) == kind), "{kind:?}");
        }
        assert!((0..4000).all(|number| (1..=255).contains(&title(number).chars().count())));
    }
}
