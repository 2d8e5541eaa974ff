//! The types of the server's answers, made those of the embedded engine's.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use arrow::error::ArrowError;

use crate::Error;
use crate::instants::instants;

/// How the columns of one answer are written down.
#[derive(Debug)]
pub(super) struct Shape {
    schema: SchemaRef,
    columns: Vec<Column>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    /// As it comes, or cast to the type of the schema.
    Cast,
    /// Seconds since 1970, which Arrow's form of the server's `DateTime` does not say.
    Seconds,
}

impl Shape {
    /// For an answer with this schema; `types` are the server's own types of its columns, where they are known.
    pub(super) fn new(answer: &Schema, types: &[String]) -> Self {
        let known = types.len() == answer.fields().len();
        let column = |index: usize| {
            let seconds = known && bare(&types[index]).starts_with("DateTime");
            match answer.field(index).data_type() {
                DataType::UInt32 if seconds => Column::Seconds,
                _ => Column::Cast,
            }
        };
        let columns: Vec<Column> = (0..answer.fields().len()).map(column).collect();
        let fields = answer.fields().iter().zip(&columns).map(|(field, column)| {
            let kind = match column {
                Column::Seconds => instant(),
                Column::Cast => of_engine(field.data_type()),
            };
            Field::new(field.name(), kind, field.is_nullable())
        });
        Self { schema: Arc::new(Schema::new(fields.collect::<Vec<_>>())), columns }
    }

    pub(super) fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    pub(super) fn batch(&self, batch: &RecordBatch) -> Result<RecordBatch, Error> {
        let columns = batch.columns().iter().zip(&self.columns).zip(self.schema.fields());
        let columns = columns.map(|((array, column), field)| converted(array, *column, field));
        let columns = columns.collect::<Result<Vec<_>, _>>()?;
        RecordBatch::try_new(self.schema.clone(), columns).map_err(|error| Error::Engine(error.to_string()))
    }
}

fn converted(array: &ArrayRef, column: Column, field: &Field) -> Result<ArrayRef, Error> {
    let failed = |error: ArrowError| Error::Engine(error.to_string());
    if column == Column::Seconds {
        let seconds = cast(array, &DataType::Int64).map_err(failed)?;
        let seconds = cast(&seconds, &DataType::Timestamp(TimeUnit::Second, None)).map_err(failed)?;
        return Ok(Arc::new(instants(&seconds).map_err(failed)?));
    }
    if matches!(array.data_type(), DataType::Timestamp(_, _)) {
        return Ok(Arc::new(instants(array).map_err(failed)?));
    }
    let cast = cast(array, field.data_type()).map_err(failed)?;
    // What does not fit becomes null by a cast.
    if cast.null_count() > array.null_count() {
        return Err(Error::Query(format!(
            "`{}` holds numbers that do not fit 64 bits with a sign: write toString(…) around it",
            field.name()
        )));
    }
    Ok(cast)
}

/// What the embedded engine has in the place of a type.
fn of_engine(kind: &DataType) -> DataType {
    match kind {
        integer if integer.is_integer() => DataType::Int64,
        float if float.is_floating() => DataType::Float64,
        DataType::Timestamp(_, _) => instant(),
        DataType::Binary | DataType::LargeBinary | DataType::LargeUtf8 | DataType::Utf8View => DataType::Utf8,
        DataType::Dictionary(_, value) => of_engine(value),
        other => other.clone(),
    }
}

fn instant() -> DataType {
    DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into()))
}

/// A type without what surrounds it.
fn bare(kind: &str) -> &str {
    let inner = ["Nullable(", "LowCardinality("].iter().find_map(|outer| kind.strip_prefix(outer));
    inner.map_or(kind, bare)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{
        ArrayRef, AsArray, BooleanArray, Float32Array, RecordBatch, StringArray, UInt32Array, UInt64Array,
    };
    use arrow::datatypes::{DataType, TimestampMillisecondType};

    use super::{Shape, instant};

    fn batch(columns: Vec<ArrayRef>) -> RecordBatch {
        let columns = columns.into_iter().enumerate().map(|(index, array)| (index.to_string(), array, true));
        RecordBatch::try_from_iter_with_nullable(columns).unwrap()
    }

    #[test]
    fn numbers_and_instants_come_as_those_of_the_embedded_engine() {
        let batch = batch(vec![
            Arc::new(UInt64Array::from(vec![Some(7), None])),
            Arc::new(UInt32Array::from(vec![Some(1_772_442_900), None])),
            Arc::new(UInt32Array::from(vec![Some(5), None])),
            Arc::new(Float32Array::from(vec![Some(0.5), None])),
            Arc::new(BooleanArray::from(vec![Some(true), None])),
            Arc::new(StringArray::from(vec![Some("a"), None])),
        ]);
        let types = ["UInt64", "Nullable(DateTime('UTC'))", "UInt32", "Float32", "Bool", "String"];
        let shape = Shape::new(&batch.schema(), &types.map(str::to_owned));
        let kinds: Vec<DataType> =
            shape.schema().fields().iter().map(|field| field.data_type().clone()).collect();
        let (integer, text) = (DataType::Int64, DataType::Utf8);
        assert_eq!(kinds, [integer.clone(), instant(), integer, DataType::Float64, DataType::Boolean, text]);
        let columns = shape.batch(&batch).unwrap();
        let instants = columns.column(1).as_primitive::<TimestampMillisecondType>();
        assert_eq!(instants.iter().collect::<Vec<_>>(), [Some(1_772_442_900_000), None]);
    }

    #[test]
    fn a_number_that_does_not_fit_is_named() {
        let batch = batch(vec![Arc::new(UInt64Array::from(vec![1, u64::MAX]))]);
        let error = Shape::new(&batch.schema(), &[]).batch(&batch).unwrap_err();
        assert!(error.to_string().starts_with("`0` holds numbers that do not fit"), "{error}");
    }
}
