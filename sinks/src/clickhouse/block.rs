//! Rows of one fact as one block: what the server writes whole or not at all.

use std::sync::Arc;

use arrow::array::{
    ArrayBuilder as _, ArrayRef, BinaryBuilder, ListArray, RecordBatch, UInt8Builder, UInt64Builder,
};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;
use arrow::ipc::writer::StreamWriter;
use tidemark_model::fact::{Kind, Value};
use tidemark_model::{Key, Timestamp};
use tidemark_sql::FactTable;
use tidemark_sql::catalogue::{KEY_COLUMN, VERSION_COLUMN, data_type};
use tidemark_sql::clickhouse::schema::DELETED_COLUMN;

use crate::columns::Builder;
use crate::export::Put;

/// Rows of one fact, one for each table row.
pub(super) struct Block {
    fact: FactTable,
    builders: Vec<Builder>,
    /// How many rows each table row makes, where it makes several.
    lengths: Vec<usize>,
    keys: BinaryBuilder,
    versions: UInt64Builder,
    deleted: UInt8Builder,
    rows: u64,
    gone: u64,
    exploded: usize,
    span: Option<(Key, Key)>,
}

impl Block {
    pub(super) fn new(fact: &FactTable) -> Self {
        Self {
            fact: *fact,
            builders: fact.columns.iter().map(|column| Builder::new(column.kind)).collect(),
            lengths: Vec::new(),
            keys: BinaryBuilder::new(),
            versions: UInt64Builder::new(),
            deleted: UInt8Builder::new(),
            rows: 0,
            gone: 0,
            exploded: 0,
            span: None,
        }
    }

    /// Table rows.
    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    /// Marks of table rows that are gone.
    pub(super) fn gone(&self) -> u64 {
        self.gone
    }

    /// Rows in memory, with those that are exploded and those that are gone.
    pub(super) fn size(&self) -> usize {
        self.exploded + self.keys.len()
    }

    /// The first and the last key; nothing where there are no rows.
    pub(super) fn span(&self) -> Option<(Key, Key)> {
        self.span.clone()
    }

    /// Adds the row of a table row. The error says what is wrong with what it explodes into.
    pub(super) fn push(
        &mut self,
        key: &Key,
        version: i64,
        explode: &mut dyn FnMut(Put<'_>),
    ) -> Result<(), String> {
        let mut made = 0;
        explode(&mut |fact| {
            made += 1;
            let mut builders = self.builders.iter_mut();
            fact.values(&mut |value| {
                if let Some(builder) = builders.next() {
                    builder.push(value);
                }
            });
        });
        if self.fact.explodes() {
            self.lengths.push(made);
            self.exploded += made;
        } else if made != 1 {
            return Err(format!("it makes {made} rows of `{}`, and one is expected", self.fact.name));
        }
        self.rows += 1;
        self.begin(key, version, 0);
        Ok(())
    }

    /// Adds the mark of a table row that is gone.
    pub(super) fn push_gone(&mut self, key: &Key, version: i64) {
        if self.fact.explodes() {
            self.lengths.push(0);
        } else {
            for (builder, column) in self.builders.iter_mut().zip(self.fact.columns) {
                builder.push(if column.nullable { Value::Null } else { nothing(column.kind) });
            }
        }
        self.gone += 1;
        self.begin(key, version, 1);
    }

    fn begin(&mut self, key: &Key, version: i64, deleted: u8) {
        self.keys.append_value(key);
        self.versions.append_value(version.cast_unsigned());
        self.deleted.append_value(deleted);
        match &mut self.span {
            Some((_, last)) => last.clone_from(key),
            None => self.span = Some((key.clone(), key.clone())),
        }
    }

    /// Takes the rows out, as a stream of Arrow with one batch.
    pub(super) fn encode(&mut self) -> Result<Vec<u8>, ArrowError> {
        let schema = schema(&self.fact);
        let mut arrays = Vec::with_capacity(schema.fields().len());
        let offsets = self.fact.explodes().then(|| OffsetBuffer::from_lengths(self.lengths.drain(..)));
        for (builder, column) in self.builders.iter_mut().zip(self.fact.columns) {
            let values = builder.finish();
            arrays.push(match &offsets {
                Some(offsets) => {
                    let item = Arc::new(item(column.kind, column.nullable));
                    Arc::new(ListArray::try_new(item, offsets.clone(), values, None)?) as ArrayRef
                }
                None => values,
            });
        }
        arrays.push(Arc::new(self.keys.finish()));
        arrays.push(Arc::new(self.versions.finish()));
        arrays.push(Arc::new(self.deleted.finish()));
        let batch = RecordBatch::try_new(schema.clone(), arrays)?;
        let mut writer = StreamWriter::try_new(Vec::new(), &schema)?;
        writer.write(&batch)?;
        writer.into_inner()
    }
}

/// The statement that takes blocks of a fact.
pub(super) fn insert(fact: &FactTable, table: &str) -> String {
    let columns: Vec<String> = fact.columns.iter().map(|column| format!("`{}`", column.name)).collect();
    let columns = columns.join(", ");
    format!(
        "INSERT INTO {table} ({columns}, {KEY_COLUMN}, {VERSION_COLUMN}, {DELETED_COLUMN}) FORMAT ArrowStream"
    )
}

fn schema(fact: &FactTable) -> SchemaRef {
    let mut fields: Vec<Field> = Vec::with_capacity(fact.columns.len() + 3);
    for column in fact.columns {
        fields.push(if fact.explodes() {
            Field::new(column.name, DataType::List(Arc::new(item(column.kind, column.nullable))), false)
        } else {
            Field::new(column.name, data_type(column.kind), column.nullable)
        });
    }
    fields.push(Field::new(KEY_COLUMN, DataType::Binary, false));
    fields.push(Field::new(VERSION_COLUMN, DataType::UInt64, false));
    fields.push(Field::new(DELETED_COLUMN, DataType::UInt8, false));
    Arc::new(Schema::new(fields))
}

fn item(kind: Kind, nullable: bool) -> Field {
    Field::new("item", data_type(kind), nullable)
}

/// What stands where a column says nothing and may not be null.
fn nothing(kind: Kind) -> Value<'static> {
    match kind {
        Kind::Text => Value::Text(""),
        Kind::Integer => Value::Integer(0),
        Kind::Float => Value::Float(0.0),
        Kind::Boolean => Value::Boolean(false),
        Kind::Timestamp => Value::Timestamp(Timestamp(0)),
    }
}
