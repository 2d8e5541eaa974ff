//! The translating processor: all raw parts of one entity in, canonical rows out, or one rejected record.

use tidemark_model::board::{Board, Field, IssueTypeRow, Status};
use tidemark_model::issue::Issue;
use tidemark_model::membership::Kin;
use tidemark_model::people::EmailShown;
use tidemark_model::raw::Raw;
use tidemark_model::rejected::{Rejected, Stage};
use tidemark_model::sprint::Sprint;
use tidemark_model::{Key, Row, Rows};
use tidemark_stream::{Processor, Spec, Tables};

/// Translates raw payloads; the first processor of all.
pub struct Translate;

impl Processor for Translate {
    fn spec(&self) -> Spec {
        Spec {
            name: "translate",
            version: 3,
            // Source, kind and entity.
            group_parts: 3,
            inputs: &[Raw::TABLE],
            globals: &[],
            outputs: &[
                Issue::TABLE,
                Kin::TABLE,
                EmailShown::TABLE,
                Sprint::TABLE,
                Board::TABLE,
                Field::TABLE,
                Status::TABLE,
                IssueTypeRow::TABLE,
                Rejected::TABLE,
            ],
        }
    }

    fn rows(&self, group: &Key, tables: &Tables<'_>, out: &mut Rows) {
        let raw = tables.scan::<Raw>(group);
        let mut rows = Rows::default();
        match tidemark_connectors::translate(&raw, &mut rows) {
            Ok(()) => *out = rows,
            Err(reject) => {
                let Some(first) = raw.first() else { return };
                let original = raw.iter().map(|raw| raw.payload.get()).collect::<Vec<_>>().join("\n");
                let input = format!("{} {}", first.kind, first.id);
                let rejected =
                    Rejected::new(&first.source, Stage::Translate, input, reject.reason, reject.detail);
                out.push(&rejected.with_original(original.as_bytes()));
            }
        }
    }
}
