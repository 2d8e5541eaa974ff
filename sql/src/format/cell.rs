//! Values of Arrow arrays in the few forms that text formats know.

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Float64Array, Int64Array, StringArray, TimestampMillisecondArray,
    UInt64Array,
};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, Int64Type, UInt64Type};
use arrow::error::ArrowError;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use tidemark_model::Timestamp;

use crate::instants::instants;

/// One value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cell<'a> {
    Null,
    Text(&'a str),
    Integer(i128),
    /// A decimal, written out.
    Decimal(String),
    Float(f64),
    Boolean(bool),
    Timestamp(Timestamp),
}

/// A column of a batch, ready to be read value by value.
#[derive(Debug)]
pub(crate) enum Cells {
    Null,
    Text(StringArray),
    Integer(Int64Array),
    Unsigned(UInt64Array),
    Decimal(StringArray),
    Float(Float64Array),
    Boolean(BooleanArray),
    Timestamp(TimestampMillisecondArray),
}

impl Cells {
    /// Reads a column; whatever is neither number, truth value nor instant becomes text.
    pub(crate) fn of(column: &ArrayRef) -> Result<Self, ArrowError> {
        let as_type = |target: DataType| cast(column, &target);
        Ok(match column.data_type() {
            DataType::Null => Self::Null,
            DataType::Boolean => Self::Boolean(column.as_boolean().clone()),
            DataType::UInt64 => Self::Unsigned(column.as_primitive::<UInt64Type>().clone()),
            kind if kind.is_integer() => {
                Self::Integer(as_type(DataType::Int64)?.as_primitive::<Int64Type>().clone())
            }
            kind if kind.is_floating() => {
                Self::Float(as_type(DataType::Float64)?.as_primitive::<Float64Type>().clone())
            }
            kind if kind.is_decimal() => Self::Decimal(displayed(column)?),
            DataType::Timestamp(_, _) => Self::Timestamp(instants(column)?),
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => {
                Self::Text(as_type(DataType::Utf8)?.as_string::<i32>().clone())
            }
            _ => Self::Text(displayed(column)?),
        })
    }

    pub(crate) fn get(&self, row: usize) -> Cell<'_> {
        match self {
            Self::Null => Cell::Null,
            Self::Text(array) if array.is_valid(row) => Cell::Text(array.value(row)),
            Self::Integer(array) if array.is_valid(row) => Cell::Integer(array.value(row).into()),
            Self::Unsigned(array) if array.is_valid(row) => Cell::Integer(array.value(row).into()),
            Self::Decimal(array) if array.is_valid(row) => Cell::Decimal(array.value(row).to_owned()),
            Self::Float(array) if array.is_valid(row) => Cell::Float(array.value(row)),
            Self::Boolean(array) if array.is_valid(row) => Cell::Boolean(array.value(row)),
            Self::Timestamp(array) if array.is_valid(row) => Cell::Timestamp(Timestamp(array.value(row))),
            _ => Cell::Null,
        }
    }
}

/// A float without needless zeros: `8`, `0.5`, never `-0`.
pub(crate) fn float_text(number: f64) -> String {
    if number == 0.0 { "0".to_owned() } else { number.to_string() }
}

fn displayed(column: &ArrayRef) -> Result<StringArray, ArrowError> {
    let options = FormatOptions::default();
    let formatter = ArrayFormatter::try_new(column.as_ref(), &options)?;
    let texts = (0..column.len()).map(|row| {
        let valid = column.is_valid(row);
        valid.then(|| formatter.value(row).try_to_string()).transpose()
    });
    texts.collect::<Result<StringArray, ArrowError>>()
}
