//! Fact rows as Arrow columns.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryBuilder, BooleanBuilder, Float64Builder, Int64Builder, RecordBatch, StringBuilder,
    TimestampMillisecondBuilder,
};
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use tidemark_model::Key;
use tidemark_model::fact::{Kind, Value};
use tidemark_sql::FactTable;

use crate::export::Values;

/// Rows of one fact, column by column, each with the key and the version of the table row that it comes from.
#[derive(Debug)]
pub struct Columns {
    schema: SchemaRef,
    builders: Vec<Builder>,
    keys: BinaryBuilder,
    versions: Int64Builder,
    rows: usize,
    origin: (Key, i64),
}

/// A column on its way.
#[derive(Debug)]
pub(crate) enum Builder {
    Text(StringBuilder),
    Integer(Int64Builder),
    Float(Float64Builder),
    Boolean(BooleanBuilder),
    Timestamp(TimestampMillisecondBuilder),
}

impl Columns {
    pub fn new(fact: &FactTable) -> Self {
        Self {
            schema: fact.lake_schema(),
            builders: fact.columns.iter().map(|column| Builder::new(column.kind)).collect(),
            keys: BinaryBuilder::new(),
            versions: Int64Builder::new(),
            rows: 0,
            origin: (Key::default(), 0),
        }
    }

    /// Says which table row the next rows come from.
    pub fn begin(&mut self, key: &Key, version: i64) {
        self.origin = (key.clone(), version);
    }

    /// Adds a row.
    pub fn push(&mut self, fact: &dyn Values) {
        let mut builders = self.builders.iter_mut();
        fact.values(&mut |value| {
            if let Some(builder) = builders.next() {
                builder.push(value);
            }
        });
        self.keys.append_value(&self.origin.0);
        self.versions.append_value(self.origin.1);
        self.rows += 1;
    }

    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Takes out what was added so far.
    pub fn take(&mut self) -> Result<RecordBatch, ArrowError> {
        let mut arrays: Vec<ArrayRef> = self.builders.iter_mut().map(Builder::finish).collect();
        arrays.push(Arc::new(self.keys.finish()));
        arrays.push(Arc::new(self.versions.finish()));
        self.rows = 0;
        RecordBatch::try_new(self.schema.clone(), arrays)
    }
}

impl Builder {
    pub(crate) fn new(kind: Kind) -> Self {
        match kind {
            Kind::Text => Self::Text(StringBuilder::new()),
            Kind::Integer => Self::Integer(Int64Builder::new()),
            Kind::Float => Self::Float(Float64Builder::new()),
            Kind::Boolean => Self::Boolean(BooleanBuilder::new()),
            Kind::Timestamp => Self::Timestamp(TimestampMillisecondBuilder::new().with_timezone("UTC")),
        }
    }

    /// Whatever is not of the column's kind counts as no value; where there must be one, the batch is refused.
    pub(crate) fn push(&mut self, value: Value<'_>) {
        match (self, value) {
            (Self::Text(builder), Value::Text(text)) => builder.append_value(text),
            (Self::Integer(builder), Value::Integer(number)) => builder.append_value(number),
            (Self::Float(builder), Value::Float(number)) => builder.append_value(number),
            (Self::Boolean(builder), Value::Boolean(flag)) => builder.append_value(flag),
            (Self::Timestamp(builder), Value::Timestamp(at)) => builder.append_value(at.0),
            (Self::Text(builder), _) => builder.append_null(),
            (Self::Integer(builder), _) => builder.append_null(),
            (Self::Float(builder), _) => builder.append_null(),
            (Self::Boolean(builder), _) => builder.append_null(),
            (Self::Timestamp(builder), _) => builder.append_null(),
        }
    }

    pub(crate) fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Text(builder) => Arc::new(builder.finish()),
            Self::Integer(builder) => Arc::new(builder.finish()),
            Self::Float(builder) => Arc::new(builder.finish()),
            Self::Boolean(builder) => Arc::new(builder.finish()),
            Self::Timestamp(builder) => Arc::new(builder.finish()),
        }
    }
}
