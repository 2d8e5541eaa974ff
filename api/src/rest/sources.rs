//! The sources, and how their last polls went.

use tidemark_model::fact::{Column, ColumnType, Kind, Value};
use tidemark_sql::serving::Reading;

use super::asked::Asked;
use super::record::{Record, column, nullable};
use super::{Answer, Resource, Subject, answer};
use crate::content::Content;
use crate::error::Error;
use crate::read::{self, SourceState};

pub(super) const LIST: Resource = Resource {
    path: "/sources",
    summary: "Every source that was ever polled, by name, with how its last poll went",
    parameters: &[],
    answer: Answer::List { row: SourceState::schema, per_page: 50, meta: &[] },
    subject: Subject::Everything,
    handler: |reading, asked| Box::pin(list(reading, asked)),
};

async fn list(mut reading: Reading, asked: Asked) -> Result<Content, Error> {
    let sources = read::sources(&mut reading).await?;
    answer::list(&asked, &answer::cut(&asked, sources)?, &[])
}

impl Record for SourceState {
    const NAME: &'static str = "source";
    const DOC: &'static str = "A source, as whoever polls it left it.";
    const COLUMNS: &'static [Column] = &[
        column("name", Kind::Text, "The source's name in the configuration."),
        column("kind", Kind::Text, "Its type in the configuration, such as `jira-archive`."),
        column(
            "state",
            Kind::Text,
            "`reading` for the first time, `current`, or `failing`: its last poll failed.",
        ),
        nullable(
            "error",
            Kind::Text,
            "Why the last poll failed, or what was found missing is not believed; null where neither is so.",
        ),
        column("records", Kind::Integer, "Raw records read so far."),
        nullable("polled_at", Kind::Timestamp, "When it was last polled."),
        nullable("succeeded_at", Kind::Timestamp, "When a poll last succeeded."),
        nullable("changed_at", Kind::Timestamp, "When a poll last brought something new."),
        column("calls", Kind::Integer, "Calls to its system since the program started."),
        column("refused_calls", Kind::Integer, "Those of them that were refused for lack of patience (429)."),
        nullable(
            "quota_left_per_mille",
            Kind::Integer,
            "What is left of its hourly quota, in per mille; null where it has none.",
        ),
        nullable(
            "read_per_mille",
            Kind::Integer,
            "How much of the first load has been read, in per mille; null once it is done.",
        ),
        nullable("next_poll_at", Kind::Timestamp, "When it is asked next; null while it is being asked."),
        nullable(
            "reconciled_at",
            Kind::Timestamp,
            "When what is known was last compared with what can be seen; null where that is not needed.",
        ),
        column(
            "issues_read",
            Kind::Integer,
            "Issues that were read from its system since the program started.",
        ),
        nullable(
            "calls_per_1000_issues",
            Kind::Integer,
            "What reading a thousand issues has cost in calls; null where none was read.",
        ),
        nullable(
            "read_until",
            Kind::Timestamp,
            "All that the source changed before this instant, by its own clock, has been read; null during the first load.",
        ),
        nullable("backlog", Kind::Integer, "The issues that the first load has still to read, about."),
        nullable("notice", Kind::Text, "What somebody should know or do though polls succeed."),
        nullable(
            "time_left_s",
            Kind::Integer,
            "How long the first load still takes, about, in seconds, as what was read so far took it; null where that is not known yet, and once it is done.",
        ),
        nullable(
            "token_expires_at",
            Kind::Timestamp,
            "When the first of the account's tokens expires, as far as its system tells.",
        ),
        column("rejected", Kind::Integer, "Records of the source that could not be taken."),
    ];

    fn values(&self, put: &mut dyn FnMut(Value<'_>)) {
        put(self.name.value());
        put(self.kind.value());
        put(self.state.value());
        put(self.error.value());
        put(self.records.value());
        put(self.polled_at.value());
        put(self.succeeded_at.value());
        put(self.changed_at.value());
        put(self.calls.value());
        put(self.refused_calls.value());
        put(self.quota_left_per_mille.value());
        put(self.read_per_mille.value());
        put(self.next_poll_at.value());
        put(self.reconciled_at.value());
        put(self.issues_read.value());
        put(self.calls_per_1000_issues.value());
        put(self.read_until.value());
        put(self.backlog.value());
        put(self.notice.value());
        put(self.time_left_s.value());
        put(self.token_expires_at.value());
        put(self.rejected.value());
    }
}
