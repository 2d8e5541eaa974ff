//! Facts: rows that leave the program as columns. A fact is defined once, by its struct.

use crate::{Key, Points, Timestamp};

/// The closed set of column types; each may be nullable, keys never are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    Integer,
    /// An exact decimal inside, a 64-bit float in the column.
    Float,
    Boolean,
    /// UTC, milliseconds.
    Timestamp,
}

/// A column of a fact, as its struct declares it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    pub name: &'static str,
    pub kind: Kind,
    pub nullable: bool,
    /// What the column means, with its unit.
    pub doc: &'static str,
}

/// A value on its way into a column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value<'a> {
    Null,
    Text(&'a str),
    Integer(i64),
    Float(f64),
    Boolean(bool),
    Timestamp(Timestamp),
}

/// A value read back from a column.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    Null,
    Text(String),
    Integer(i64),
    Float(f64),
    Boolean(bool),
    Timestamp(Timestamp),
}

/// A row that leaves the program as columns.
pub trait Fact: Sized {
    /// The table's name in every warehouse, without the version of a view.
    const NAME: &'static str;
    /// What one row is ("one row per board and sprint") and what it says.
    const DOC: &'static str;
    const COLUMNS: &'static [Column];
    /// The names of the columns that identify a row, in the order that exports sort by.
    const KEY: &'static [&'static str];

    /// The values of one row, in the order of [`Self::COLUMNS`].
    fn values(&self, put: &mut dyn FnMut(Value<'_>));

    /// A row from its cells, which are taken in the order of [`Self::COLUMNS`]; else the name of the column whose
    /// cell does not fit.
    fn read(take: &mut dyn FnMut(&'static Column) -> Cell) -> Result<Self, &'static str>;

    /// The row's key, from the key columns.
    fn fact_key(&self) -> Key {
        let mut key = Key::default();
        let mut index = 0;
        let mut parts = vec![String::new(); Self::KEY.len()];
        self.values(&mut |value| {
            if let Some(position) = Self::KEY.iter().position(|name| *name == Self::COLUMNS[index].name) {
                parts[position] = match value {
                    Value::Text(text) => text.to_owned(),
                    Value::Integer(number) => format!("{number:020}"),
                    Value::Timestamp(at) => at.to_string(),
                    Value::Boolean(flag) => flag.to_string(),
                    Value::Float(number) => number.to_string(),
                    Value::Null => String::new(),
                };
            }
            index += 1;
        });
        for part in parts {
            key.push(&part);
        }
        key
    }
}

/// A Rust type that a column can have.
pub trait ColumnType: Sized {
    const KIND: Kind;
    const NULLABLE: bool = false;
    fn value(&self) -> Value<'_>;
    /// The value of a cell; nothing where it does not fit the type.
    fn of_cell(cell: Cell) -> Option<Self>;
}

macro_rules! column_type {
    ($($type:ty => $kind:ident, $self:ident, $value:expr, $read:expr;)*) => {$(
        impl ColumnType for $type {
            const KIND: Kind = Kind::$kind;
            fn value(&self) -> Value<'_> {
                let $self = self;
                Value::$kind($value)
            }

            fn of_cell(cell: Cell) -> Option<Self> {
                match cell {
                    Cell::$kind(value) => ($read)(value),
                    _ => None,
                }
            }
        }
    )*};
}

column_type! {
    String => Text, this, this, Some;
    i64 => Integer, this, *this, Some;
    bool => Boolean, this, *this, Some;
    f64 => Float, this, *this, Some;
    Points => Float, this, this.to_f64(), |number| Points::from_f64(number).ok();
    Timestamp => Timestamp, this, *this, Some;
}

impl<T: ColumnType> ColumnType for Option<T> {
    const KIND: Kind = T::KIND;
    const NULLABLE: bool = true;
    fn value(&self) -> Value<'_> {
        self.as_ref().map_or(Value::Null, T::value)
    }

    fn of_cell(cell: Cell) -> Option<Self> {
        match cell {
            Cell::Null => Some(None),
            cell => T::of_cell(cell).map(Some),
        }
    }
}

/// Gives a plain enum its one text form, for columns and JSON alike.
macro_rules! text_enum {
    ($(#[$meta:meta])* pub enum $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $($(#[$variant_meta])* #[serde(rename = $text)] $variant,)+
        }

        impl $name {
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The text that columns, JSON and messages show.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl $crate::fact::ColumnType for $name {
            const KIND: $crate::fact::Kind = $crate::fact::Kind::Text;
            fn value(&self) -> $crate::fact::Value<'_> {
                $crate::fact::Value::Text(self.as_str())
            }

            fn of_cell(cell: $crate::fact::Cell) -> Option<Self> {
                let $crate::fact::Cell::Text(text) = cell else { return None };
                Self::ALL.iter().find(|variant| variant.as_str() == text).copied()
            }
        }
    };
}

/// Declares a fact: a documented struct whose fields are the columns.
macro_rules! fact {
    (
        $(#[doc = $doc:literal])+
        pub struct $name:ident = $table:literal by [$($key:literal),+] {
            $($(#[doc = $field_doc:literal])+ pub $field:ident: $type:ty,)+
        }
    ) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
        pub struct $name {
            $($(#[doc = $field_doc])+ pub $field: $type,)+
        }

        impl $crate::fact::Fact for $name {
            const NAME: &'static str = $table;
            const DOC: &'static str = concat!($($doc),+);
            const KEY: &'static [&'static str] = &[$($key),+];
            const COLUMNS: &'static [$crate::fact::Column] = &[$($crate::fact::Column {
                name: stringify!($field),
                kind: <$type as $crate::fact::ColumnType>::KIND,
                nullable: <$type as $crate::fact::ColumnType>::NULLABLE,
                doc: concat!($($field_doc),+),
            }),+];

            fn values(&self, put: &mut dyn FnMut($crate::fact::Value<'_>)) {
                $(put($crate::fact::ColumnType::value(&self.$field));)+
            }

            fn read(
                take: &mut dyn FnMut(&'static $crate::fact::Column) -> $crate::fact::Cell,
            ) -> Result<Self, &'static str> {
                let mut columns = Self::COLUMNS.iter();
                let mut next = || columns.next().map_or($crate::fact::Cell::Null, &mut *take);
                Ok(Self { $($field: <$type as $crate::fact::ColumnType>::of_cell(next()).ok_or(stringify!($field))?,)+ })
            }
        }
    };
}

pub(crate) use {fact, text_enum};
