//! Records that could not be taken. Originals may be megabytes, so they are left in the database unless they are asked
//! for, and then cut.

use tidemark_model::fact::{Cell, Column, ColumnType, Kind, Value};
use tidemark_model::rejected::{Reason, Stage};
use tidemark_sql::serving::Reading;

use super::answer::{self, CSV_ROWS, Rows};
use super::asked::Asked;
use super::boards::SOURCE;
use super::parameter::{Parameter, Takes};
use super::record::{Record, column, nullable};
use super::{Answer, Resource, Subject};
use crate::content::Content;
use crate::error::Error;

const STAGE: Parameter = Parameter {
    name: "stage",
    doc: "Only those that were rejected there.",
    takes: Takes::OneOf(|| Stage::ALL.iter().map(|stage| stage.as_str()).collect()),
};

const REASON: Parameter = Parameter {
    name: "reason",
    doc: "Only those that were rejected for this reason.",
    takes: Takes::OneOf(|| Reason::ALL.iter().map(|reason| reason.as_str()).collect()),
};

const Q: Parameter = Parameter {
    name: "q",
    doc: "Only those with this text in their input or in what is wrong with them.",
    takes: Takes::Text,
};

const ORIGINAL: Parameter =
    Parameter { name: "original", doc: "Whether to answer the originals as well.", takes: Takes::Flag };

pub(super) const LIST: Resource = Resource {
    path: "/rejected",
    summary: "Every record that could not be taken, with the reason, by source and input",
    parameters: &[SOURCE, STAGE, REASON, Q, ORIGINAL],
    answer: Answer::List { row: RejectedRecord::schema, per_page: 50, meta: &[] },
    subject: Subject::Everything,
    handler: |reading, asked| Box::pin(list(reading, asked)),
};

/// Of each original at most this much is answered.
const ORIGINAL_BYTES: usize = 64 << 10;

/// Rows of a file with originals: 64 MB at most.
const CSV_ROWS_WITH_ORIGINALS: i64 = 1000;

/// The filter that both statements share; an empty text filters nothing.
macro_rules! filter {
    () => {
        "WHERE _gone = 0 AND ($1 = '' OR source = $1) AND ($2 = '' OR stage = $2) AND ($3 = '' OR reason = $3) \
         AND ($4 = '' OR lower(input) LIKE $4 ESCAPE '\\' OR lower(detail) LIKE $4 ESCAPE '\\')"
    };
}

const COUNT: &str = concat!("SELECT count(*) FROM rejected ", filter!());

const ROWS: &str = concat!(
    "SELECT source, stage, input, reason, detail, \
     CASE WHEN $5 = 'true' THEN substr(original, 1, 65536) END, \
     CASE WHEN $5 = 'true' THEN substr(original_hex, 1, 131072) END, \
     octet_length(original) + octet_length(coalesce(original_hex, '')) / 2 \
     FROM rejected ",
    filter!(),
    " ORDER BY source, stage, input, reason LIMIT $6 OFFSET $7"
);

const KINDS: [Kind; 8] =
    [Kind::Text, Kind::Text, Kind::Text, Kind::Text, Kind::Text, Kind::Text, Kind::Text, Kind::Integer];

async fn list(mut reading: Reading, asked: Asked) -> Result<Content, Error> {
    let given = |parameter: &Parameter| Cell::Text(asked.text(parameter).unwrap_or_default().to_owned());
    let q = Cell::Text(asked.text(&Q).map(containing).unwrap_or_default());
    let with_originals = asked.flag(&ORIGINAL).unwrap_or(false);
    let mut parameters = vec![given(&SOURCE), given(&STAGE), given(&REASON), q];
    let counted = reading.cells(COUNT, &parameters, &[Kind::Integer]).await?;
    let total = match counted.first().map(Vec::as_slice) {
        Some([Cell::Integer(total)]) => *total,
        _ => 0,
    };
    let most = if with_originals { CSV_ROWS_WITH_ORIGINALS } else { CSV_ROWS };
    let (limit, offset) = answer::window(asked.listing, total, most)?;
    let with_originals = Cell::Text(with_originals.to_string());
    parameters.extend([with_originals, Cell::Integer(limit), Cell::Integer(offset)]);
    let rows = reading.cells(ROWS, &parameters, &KINDS).await?;
    let rows = rows.into_iter().filter_map(RejectedRecord::of).collect();
    answer::list(&asked, &Rows { rows, total }, &[])
}

/// A pattern for what contains a text, in lower case, which is made here: a server's depends on its language.
fn containing(text: &str) -> String {
    let escaped = text.to_ascii_lowercase().replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    format!("%{escaped}%")
}

/// A rejected record, as far as it is answered.
struct RejectedRecord {
    source: String,
    stage: Stage,
    input: String,
    reason: Reason,
    detail: String,
    original: Option<String>,
    original_hex: Option<String>,
    original_bytes: i64,
}

impl RejectedRecord {
    fn of(row: Vec<Cell>) -> Option<Self> {
        let mut cells = row.into_iter();
        let mut next = || cells.next();
        Some(Self {
            source: String::of_cell(next()?)?,
            stage: Stage::of_cell(next()?)?,
            input: String::of_cell(next()?)?,
            reason: Reason::of_cell(next()?)?,
            detail: String::of_cell(next()?)?,
            original: Option::<String>::of_cell(next()?)?.map(|text| cut(text, ORIGINAL_BYTES)),
            original_hex: Option::<String>::of_cell(next()?)?,
            original_bytes: i64::of_cell(next()?)?,
        })
    }
}

/// The longest start of a text that has no more than so many bytes.
fn cut(mut text: String, bytes: usize) -> String {
    text.truncate(text.floor_char_boundary(bytes));
    text
}

impl Record for RejectedRecord {
    const NAME: &'static str = "rejected";
    const DOC: &'static str = "A record that could not be taken.";
    const COLUMNS: &'static [Column] = &[
        column("source", Kind::Text, "The source's name in the configuration."),
        column("stage", Kind::Text, "Where it was rejected: `read`, `translate` or `measure`."),
        column("input", Kind::Text, "Which input: a file and line, or an entity's id."),
        column(
            "reason",
            Kind::Text,
            "Why: `no_json`, `no_id`, `bad_field`, `bad_estimate`, `unknown_issue` or `unknown_kind`.",
        ),
        column("detail", Kind::Text, "What is wrong and what to do about it."),
        nullable(
            "original",
            Kind::Text,
            "The first 64 KiB of the original; empty where it is not UTF-8, null unless `original=true`.",
        ),
        nullable(
            "original_hex",
            Kind::Text,
            "The first 64 KiB of the original in hexadecimal where it is not UTF-8, else null.",
        ),
        column("original_bytes", Kind::Integer, "How long the original is."),
    ];

    fn values(&self, put: &mut dyn FnMut(Value<'_>)) {
        put(self.source.value());
        put(self.stage.value());
        put(self.input.value());
        put(self.reason.value());
        put(self.detail.value());
        put(self.original.value());
        put(self.original_hex.value());
        put(self.original_bytes.value());
    }
}

#[cfg(test)]
mod tests {
    use super::{containing, cut};

    #[test]
    fn texts_are_cut_between_letters() {
        assert_eq!(cut("aäb".to_owned(), 2), "a");
        assert_eq!(cut("aäb".to_owned(), 3), "aä");
        assert_eq!(cut("ab".to_owned(), 64), "ab");
    }

    #[test]
    fn what_patterns_mean_is_escaped() {
        assert_eq!(containing(r"50%_\"), r"%50\%\_\\%");
    }
}
