//! Rows for eyes: aligned columns, or one block per row where they would not fit the terminal.

use std::io::Write;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;

use super::cell::{Cell, Cells, float_text};
use super::{Format, WriteError};

/// For output whose width nobody knows.
pub const DEFAULT_WIDTH: usize = 120;

/// How many rows decide the widths of the columns; later rows are cut to them, so that memory stays bounded.
const SAMPLE_ROWS: usize = 1000;

/// No column is wider, so that one long text does not push the others off the screen.
const COLUMN_WIDTH: usize = 40;

/// Between two columns.
const GAP: &str = "  ";

/// Writes all rows as a table that fits `width` characters. Where the columns need more, each row becomes a block of
/// one line per column.
pub fn write_table(
    schema: &SchemaRef,
    batches: impl Iterator<Item = Result<RecordBatch, crate::Error>>,
    width: usize,
    out: &mut impl Write,
) -> Result<(), WriteError> {
    let mut table = Table::new(schema, width);
    for batch in batches {
        let batch = batch?;
        let columns = batch.columns().iter().map(Cells::of).collect::<Result<Vec<_>, _>>();
        let columns = columns.map_err(Format::Table.refusal())?;
        for row in 0..batch.num_rows() {
            table.row(columns.iter().map(|column| text(&column.get(row))).collect(), out)?;
        }
    }
    table.end(out)
}

struct Table {
    names: Vec<String>,
    numeric: Vec<bool>,
    width: usize,
    rows: usize,
    sample: Vec<Vec<String>>,
    /// Known once the sample is complete; without widths, rows become blocks.
    layout: Option<Layout>,
}

enum Layout {
    Columns(Vec<usize>),
    Blocks,
}

impl Table {
    fn new(schema: &SchemaRef, width: usize) -> Self {
        let names = schema.fields().iter().map(|field| printable(field.name())).collect();
        let numeric = schema.fields().iter().map(|field| field.data_type().is_numeric()).collect();
        Self { names, numeric, width, rows: 0, sample: Vec::new(), layout: None }
    }

    fn row(&mut self, row: Vec<String>, out: &mut impl Write) -> Result<(), WriteError> {
        if self.layout.is_some() {
            return self.print(&row, out);
        }
        self.sample.push(row);
        if self.sample.len() == SAMPLE_ROWS { self.decide(out) } else { Ok(()) }
    }

    fn end(mut self, out: &mut impl Write) -> Result<(), WriteError> {
        if self.layout.is_none() {
            self.decide(out)?;
        }
        let noun = if self.rows == 1 { "row" } else { "rows" };
        Ok(writeln!(out, "({} {noun})", self.rows)?)
    }

    /// Chooses the layout from the sample, then prints the sample.
    fn decide(&mut self, out: &mut impl Write) -> Result<(), WriteError> {
        let widest = |index: usize| {
            let cells = self.sample.iter().map(|row| columns_of(&row[index]));
            cells.fold(columns_of(&self.names[index]), usize::max).min(COLUMN_WIDTH)
        };
        let widths: Vec<usize> = (0..self.names.len()).map(widest).collect();
        let total = widths.iter().sum::<usize>() + GAP.len() * widths.len().saturating_sub(1);
        if total <= self.width {
            let rule: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
            let (names, numeric) = (self.names.clone(), self.numeric.clone());
            line(&names, &numeric, &widths, out)?;
            line(&rule, &numeric, &widths, out)?;
            self.layout = Some(Layout::Columns(widths));
        } else {
            self.layout = Some(Layout::Blocks);
        }
        for row in std::mem::take(&mut self.sample) {
            self.print(&row, out)?;
        }
        Ok(())
    }

    fn print(&mut self, row: &[String], out: &mut impl Write) -> Result<(), WriteError> {
        self.rows += 1;
        match &self.layout {
            Some(Layout::Columns(widths)) => line(row, &self.numeric, widths, out),
            _ => self.block(row, out),
        }
    }

    fn block(&self, row: &[String], out: &mut impl Write) -> Result<(), WriteError> {
        let name_width = self.names.iter().map(|name| columns_of(name)).max().unwrap_or(0);
        let value_width = self.width.saturating_sub(name_width + GAP.len()).max(COLUMN_WIDTH);
        writeln!(out, "-- {} --", self.rows)?;
        for (name, value) in self.names.iter().zip(row) {
            let padding = " ".repeat(name_width - columns_of(name));
            writeln!(out, "{}", format!("{name}{padding}{GAP}{}", cut(value, value_width)).trim_end())?;
        }
        Ok(())
    }
}

fn line(row: &[String], numeric: &[bool], widths: &[usize], out: &mut impl Write) -> Result<(), WriteError> {
    let mut text = String::new();
    for (index, ((cell, numeric), width)) in row.iter().zip(numeric).zip(widths).enumerate() {
        if index > 0 {
            text.push_str(GAP);
        }
        let cell = cut(cell, *width);
        let padding = " ".repeat(width - columns_of(&cell));
        let (before, after) = if *numeric { (padding.as_str(), "") } else { ("", padding.as_str()) };
        text.extend([before, &cell, after]);
    }
    Ok(writeln!(out, "{}", text.trim_end())?)
}

fn text(cell: &Cell<'_>) -> String {
    match cell {
        Cell::Null => String::new(),
        Cell::Text(value) => printable(value),
        Cell::Integer(number) => number.to_string(),
        Cell::Decimal(number) => number.clone(),
        Cell::Float(number) => float_text(*number),
        Cell::Boolean(flag) => flag.to_string(),
        Cell::Timestamp(at) => at.to_string(),
    }
}

/// Text without line breaks and without what could steer a terminal.
fn printable(value: &str) -> String {
    let steers = |c: char| {
        c.is_control()
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    value.chars().map(|c| if steers(c) { ' ' } else { c }).collect()
}

/// At most `width` columns of a text; `…` says that there is more.
fn cut(value: &str, width: usize) -> String {
    if columns_of(value) <= width {
        return value.to_owned();
    }
    let mut kept = String::new();
    let mut used = 1;
    for c in value.chars() {
        used += char_columns(c);
        if used > width {
            break;
        }
        kept.push(c);
    }
    kept.push('…');
    kept
}

fn columns_of(text: &str) -> usize {
    text.chars().map(char_columns).sum()
}

/// How many columns of a terminal a character takes: East Asian characters and emoji two, marks that join none.
fn char_columns(c: char) -> usize {
    match u32::from(c) {
        0x0300..=0x036f | 0x200b..=0x200d | 0xfe00..=0xfe0f => 0,
        0x1100..=0x115f
        | 0x2e80..=0xa4cf
        | 0xac00..=0xd7a3
        | 0xf900..=0xfaff
        | 0xfe30..=0xfe6f
        | 0xff00..=0xff60 => 2,
        0x1f300..=0x1f64f | 0x1f900..=0x1f9ff | 0x20000..=0x3fffd => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Float64Array, RecordBatch, StringArray};

    use super::write_table;

    fn table(width: usize) -> String {
        let columns: [(&str, ArrayRef); 3] = [
            ("sprint", Arc::new(StringArray::from(vec!["acme/1", "acme/12"]))),
            ("points", Arc::new(Float64Array::from(vec![Some(8.0), None]))),
            ("goal", Arc::new(StringArray::from(vec!["ship\u{1b}[31m it", "日本"]))),
        ];
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let mut out = Vec::new();
        write_table(&batch.schema(), [Ok(batch)].into_iter(), width, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn columns_are_aligned_and_control_characters_gone() {
        let expected = "\
sprint   points  goal
-------  ------  ------------
acme/1        8  ship [31m it
acme/12          日本
(2 rows)
";
        assert_eq!(table(80), expected);
    }

    #[test]
    fn rows_become_blocks_where_the_columns_do_not_fit() {
        let expected = "\
-- 1 --
sprint  acme/1
points  8
goal    ship [31m it
-- 2 --
sprint  acme/12
points
goal    日本
(2 rows)
";
        assert_eq!(table(20), expected);
    }

    #[test]
    fn a_long_text_is_cut_with_a_sign() {
        assert_eq!(super::cut("abcdef", 4), "abc…");
        assert_eq!(super::cut("日本語", 4), "日…");
    }
}
