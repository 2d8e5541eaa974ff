//! The topics of a log: their names, what they must be like, and what they are like.

use std::fmt;
use std::time::Duration;

use rdkafka::admin::{ConfigResource, NewTopic, TopicReplication};

use super::admin::Admin;
use super::error::timed_out;
use super::place::TableSpec;
use super::settings::Settings;
use crate::Error;
use crate::store::Table;

/// How long whoever copies a log may look away, in ms: 15 days, which is half of what deletions stay readable for. What
/// was copied longer ago is to be copied anew.
pub const LONGEST_ABSENCE_MS: i64 = 15 * 24 * 3600 * 1000;

/// How often, and how many times, new topics are looked for.
const PAUSE: Duration = Duration::from_millis(100);
const LOOKS: u32 = 300;

/// The names of a log's topics.
#[derive(Debug, Clone)]
pub(super) struct Names {
    prefix: String,
}

impl Names {
    pub(super) fn new(settings: &Settings) -> Self {
        Self { prefix: settings.prefix().to_owned() }
    }

    /// What all of them start with.
    pub(super) fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The rows of a table.
    pub(super) fn table(&self, table: Table) -> String {
        format!("{}table.{table}", self.prefix)
    }

    /// What groups emitted, in the partition of the task that computes them.
    pub(super) fn emitted(&self) -> String {
        format!("{}emitted", self.prefix)
    }

    /// Named values, among them positions, in the partition of the task that writes them.
    pub(super) fn values(&self) -> String {
        format!("{}values", self.prefix)
    }

    /// Never written: its partitions are the tasks that the consumer group shares out.
    pub(super) fn tasks(&self) -> String {
        format!("{}tasks", self.prefix)
    }

    /// One record that says which log this is.
    pub(super) fn identity(&self) -> String {
        format!("{}log", self.prefix)
    }

    /// A consumer group that shares out tasks.
    pub(super) fn group(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    pub(super) fn transactional_id(&self, writer: &str) -> String {
        format!("{}{writer}", self.prefix)
    }
}

/// What a setting of a topic has to be.
#[derive(Debug, Clone, Copy)]
enum Wanted {
    Exactly(&'static str),
    /// A whole number.
    AtLeast(&'static str),
    /// Given to new topics; what an installation makes of it is its own affair.
    AtFirst(&'static str),
}

/// Of every topic that is compacted.
const COMPACTED: [(&str, Wanted); 6] = [
    ("cleanup.policy", Wanted::Exactly("compact")),
    ("delete.retention.ms", Wanted::AtLeast("2592000000")),
    // What brokers take where nothing else is said; records are cut to fit (see the module `record`).
    ("max.message.bytes", Wanted::AtLeast("1048588")),
    ("unclean.leader.election.enable", Wanted::Exactly("false")),
    // Readers at the end see every change; ten minutes.
    ("min.compaction.lag.ms", Wanted::AtFirst("600000")),
    // What is older than a day can be compacted, so that rebuilding a cache reads little twice.
    ("segment.ms", Wanted::AtFirst("86400000")),
];

struct Topic {
    name: String,
    partitions: u32,
    settings: &'static [(&'static str, Wanted)],
}

/// A topic that is not as it has to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deviation {
    pub topic: String,
    pub setting: String,
    pub found: String,
    pub wanted: String,
    /// What mends it.
    pub remedy: String,
}

impl fmt::Display for Deviation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { topic, setting, found, wanted, remedy } = self;
        write!(f, "{topic}: {setting} is {found}, wanted is {wanted}: {remedy}")
    }
}

fn topics(names: &Names, tables: &[TableSpec], partitions: u32) -> Vec<Topic> {
    let topic = |name: String, partitions, settings| Topic { name, partitions, settings };
    let tables = tables.iter().map(|table| names.table(table.name));
    let shared = tables.chain([names.emitted(), names.values()]);
    let mut all: Vec<Topic> = shared.map(|name| topic(name, partitions, &COMPACTED)).collect();
    all.push(topic(names.tasks(), partitions, &[]));
    all.push(topic(names.identity(), 1, &COMPACTED));
    all
}

/// Creates the topics that there are not, each with `copies` replicas (-1 is the cluster's default).
pub(super) fn create(admin: &Admin, names: &Names, tables: &[TableSpec], size: Size) -> Result<(), Error> {
    let found = admin.topics(&names.prefix)?;
    let wanted = topics(names, tables, size.partitions);
    let missing = wanted.iter().filter(|topic| !found.iter().any(|(name, _)| *name == topic.name));
    let new: Vec<NewTopic<'_>> = missing.map(|topic| new_topic(topic, size.copies)).collect();
    if new.is_empty() {
        return Ok(());
    }
    admin.create(&new)?;
    // Brokers hear of new topics one after the other.
    for _ in 0..LOOKS {
        let found = admin.topics(&names.prefix)?;
        if wanted.iter().all(|topic| found.iter().any(|(name, count)| *name == topic.name && *count > 0)) {
            return Ok(());
        }
        std::thread::sleep(PAUSE);
    }
    Err(timed_out("creating topics".to_owned(), (PAUSE * LOOKS).as_secs()))
}

/// How large a log is made.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// How many tasks can share the work; fixed for the log's generation.
    pub partitions: u32,
    /// Replicas of each topic; -1 is the cluster's default.
    pub copies: i32,
}

fn new_topic(topic: &Topic, copies: i32) -> NewTopic<'_> {
    let partitions = i32::try_from(topic.partitions).unwrap_or(i32::MAX);
    let mut new = NewTopic::new(&topic.name, partitions, TopicReplication::Fixed(copies));
    for (name, wanted) in topic.settings {
        let (Wanted::Exactly(value) | Wanted::AtLeast(value) | Wanted::AtFirst(value)) = wanted;
        new = new.set(name, value);
    }
    new
}

/// What deviates from what the log needs; nothing where all is well.
pub(super) fn deviations(
    admin: &Admin,
    names: &Names,
    tables: &[TableSpec],
    partitions: u32,
) -> Result<Vec<Deviation>, Error> {
    let counts = admin.topics(&names.prefix)?;
    let mut deviations = Vec::new();
    let (mut present, mut described) = (Vec::new(), Vec::new());
    for topic in topics(names, tables, partitions) {
        let count = counts.iter().find(|(name, _)| *name == topic.name).map(|(_, count)| *count);
        match count {
            None => deviations.push(Deviation {
                topic: topic.name,
                setting: "the topic".to_owned(),
                found: "missing".to_owned(),
                wanted: "present".to_owned(),
                remedy: "run `tidemark migrate`".to_owned(),
            }),
            Some(count) => {
                if count != topic.partitions as usize {
                    deviations.push(Deviation {
                        topic: topic.name.clone(),
                        setting: "partitions".to_owned(),
                        found: count.to_string(),
                        wanted: topic.partitions.to_string(),
                        remedy: "rows are not where they are looked for: the log has to be made anew, under another \
                                 prefix ([storage] log = \"kafka://…?prefix=…\"), by `tidemark migrate`"
                            .to_owned(),
                    });
                }
                described.push(topic.name.clone());
                present.push(topic);
            }
        }
    }
    for (topic, found) in present.iter().zip(admin.describe(&described)?) {
        deviations.extend(
            topic.settings.iter().filter_map(|(name, wanted)| deviation(topic, name, *wanted, &found)),
        );
    }
    Ok(deviations)
}

fn deviation(topic: &Topic, setting: &str, wanted: Wanted, found: &ConfigResource) -> Option<Deviation> {
    let found = found.get(setting).and_then(|entry| entry.value.clone()).unwrap_or_default();
    let (fits, value, wanted) = match wanted {
        Wanted::AtFirst(_) => return None,
        Wanted::Exactly(value) => (found == value, value.to_owned(), value.to_owned()),
        Wanted::AtLeast(least) => {
            let fits = found.parse::<i64>().ok() >= least.parse().ok();
            (fits, least.to_owned(), format!("at least {least}"))
        }
    };
    let topic = &topic.name;
    (!fits).then(|| Deviation {
        topic: topic.clone(),
        setting: setting.to_owned(),
        found: if found.is_empty() { "not set".to_owned() } else { found },
        wanted,
        remedy: format!(
            "run `kafka-configs.sh --alter --entity-type topics --entity-name {topic} --add-config {setting}={value}`"
        ),
    })
}
