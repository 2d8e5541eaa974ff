//! Rows of answers: columns with values, and what lies nested in them. A fact is one already; its struct says all.

use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_json::value::RawValue;
use tidemark_model::fact::{Column, Fact, Kind, Value};

use super::schema::{Field, Schema, Shape};

/// Takes what is nested in a row, as JSON.
pub(crate) type PutNested<'a> = &'a mut dyn FnMut(serde_json::Result<Box<RawValue>>);

/// A row of an answer.
pub(crate) trait Record {
    /// The name of its schema.
    const NAME: &'static str;
    /// What one row is and what it says.
    const DOC: &'static str;
    const COLUMNS: &'static [Column];
    /// Lists that follow the columns.
    const NESTED: &'static [Nested] = &[];

    /// The values, in the order of the columns.
    fn values(&self, put: &mut dyn FnMut(Value<'_>));

    /// The lists, in the order of [`Self::NESTED`].
    fn nested(&self, _put: PutNested<'_>) {}

    fn schema() -> Schema {
        let columns = Self::COLUMNS.iter().map(Field::of_column);
        let nested = Self::NESTED.iter().map(|nested| Field {
            name: nested.name,
            shape: Shape::Objects(nested.row),
            nullable: false,
            doc: nested.doc,
        });
        Schema { name: Self::NAME, doc: Self::DOC, fields: columns.chain(nested).collect() }
    }
}

/// A list inside a row.
pub(crate) struct Nested {
    pub(crate) name: &'static str,
    pub(crate) doc: &'static str,
    pub(crate) row: fn() -> Schema,
}

impl<F: Fact> Record for F {
    const NAME: &'static str = F::NAME;
    const DOC: &'static str = F::DOC;
    const COLUMNS: &'static [Column] = F::COLUMNS;

    fn values(&self, put: &mut dyn FnMut(Value<'_>)) {
        Fact::values(self, put);
    }
}

/// A column that always has a value.
pub(crate) const fn column(name: &'static str, kind: Kind, doc: &'static str) -> Column {
    Column { name, kind, nullable: false, doc }
}

/// A column that may be without one.
pub(crate) const fn nullable(name: &'static str, kind: Kind, doc: &'static str) -> Column {
    Column { name, kind, nullable: true, doc }
}

/// A row as a JSON object.
pub(crate) struct Object<'a, R>(pub(crate) &'a R);

/// Rows as a JSON list.
pub(crate) struct Objects<'a, R>(pub(crate) &'a [R]);

/// A value as JSON: instants as text, whole numbers without a fraction.
pub(crate) struct Plain<'a>(pub(crate) Value<'a>);

impl<R: Record> Serialize for Object<'_, R> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(R::COLUMNS.len() + R::NESTED.len()))?;
        let mut failed = None;
        let mut columns = R::COLUMNS.iter();
        self.0.values(&mut |value| {
            if let (Some(column), None) = (columns.next(), &failed) {
                failed = map.serialize_entry(column.name, &Plain(value)).err();
            }
        });
        let mut lists = R::NESTED.iter();
        self.0.nested(&mut |json| {
            if let (Some(list), None) = (lists.next(), &failed) {
                let json = json.map_err(serde::ser::Error::custom);
                failed = json.and_then(|json| map.serialize_entry(list.name, &json)).err();
            }
        });
        match failed {
            Some(error) => Err(error),
            None => map.end(),
        }
    }
}

impl<R: Record> Serialize for Objects<'_, R> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.0.len()))?;
        for row in self.0 {
            list.serialize_element(&Object(row))?;
        }
        list.end()
    }
}

impl Serialize for Plain<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        /// Up to here every whole number is a float of its own.
        const EXACT: f64 = 9_007_199_254_740_992.0;
        match self.0 {
            Value::Null => serializer.serialize_unit(),
            Value::Text(text) => serializer.serialize_str(text),
            Value::Integer(number) => serializer.serialize_i64(number),
            Value::Float(number) if number.fract() == 0.0 && number.abs() < EXACT => {
                serializer.serialize_i64(number as i64)
            }
            Value::Float(number) => serializer.serialize_f64(number),
            Value::Boolean(flag) => serializer.serialize_bool(flag),
            Value::Timestamp(at) => serializer.collect_str(&at),
        }
    }
}

#[cfg(test)]
mod tests {
    use tidemark_model::Timestamp;
    use tidemark_model::fact::Value;

    use super::Plain;

    #[test]
    fn values_have_one_form_each() {
        let cases = [
            (Value::Null, "null"),
            (Value::Text("a \"b\""), "\"a \\\"b\\\"\""),
            (Value::Integer(-3), "-3"),
            (Value::Float(5.0), "5"),
            (Value::Float(-0.0), "0"),
            (Value::Float(0.5), "0.5"),
            (Value::Float(f64::NAN), "null"),
            (Value::Boolean(true), "true"),
            (Value::Timestamp(Timestamp(1_772_442_900_000)), "\"2026-03-02T09:15:00.000Z\""),
        ];
        for (value, json) in cases {
            assert_eq!(serde_json::to_string(&Plain(value)).unwrap(), json);
        }
    }
}
