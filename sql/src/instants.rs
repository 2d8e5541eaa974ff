//! Instants of any unit as those that facts have: milliseconds, UTC.

use arrow::array::{Array, ArrayRef, AsArray, TimestampMillisecondArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type, TimeUnit};
use arrow::error::ArrowError;

/// The instants of a column of timestamps; a zone says only how others show them. Asks for no table of zones, which not
/// every build has.
pub(crate) fn instants(column: &ArrayRef) -> Result<TimestampMillisecondArray, ArrowError> {
    let (times, by) = match column.data_type() {
        DataType::Timestamp(TimeUnit::Second, _) => (1000, 1),
        DataType::Timestamp(TimeUnit::Microsecond, _) => (1, 1000),
        DataType::Timestamp(TimeUnit::Nanosecond, _) => (1, 1_000_000),
        _ => (1, 1),
    };
    let raw = cast(column, &DataType::Int64)?;
    let raw = raw.as_primitive::<Int64Type>();
    let ms = raw.iter().map(|value| value.map(|value| value.saturating_mul(times) / by));
    Ok(ms.collect::<TimestampMillisecondArray>().with_timezone("UTC"))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, TimestampNanosecondArray, TimestampSecondArray};

    use super::instants;

    #[test]
    fn every_unit_comes_to_milliseconds() {
        let seconds: ArrayRef =
            Arc::new(TimestampSecondArray::from(vec![Some(-1), None]).with_timezone("Europe/Berlin"));
        let nanoseconds: ArrayRef =
            Arc::new(TimestampNanosecondArray::from(vec![Some(1_772_442_900_000_999_999), None]));
        for (column, ms) in [(seconds, -1000), (nanoseconds, 1_772_442_900_000)] {
            let instants = instants(&column).unwrap();
            assert_eq!(instants.iter().collect::<Vec<_>>(), [Some(ms), None]);
            assert_eq!(instants.timezone(), Some("UTC"));
        }
    }
}
