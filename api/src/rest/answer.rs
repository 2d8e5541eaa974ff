//! The forms of answers: `{"data","meta","links"}`, as a list in pages or as one object, or a list as CSV.

use serde::{Serialize, Serializer, ser::SerializeMap};
use tidemark_model::fact::{Fact, Value};
use tidemark_sql::serving::{Reading, Select};

use super::asked::{Asked, Listing};
use super::csv;
use super::record::{Objects, Plain, Record};
use crate::content::Content;
use crate::error::Error;

/// Rows that one CSV file holds at most: some ten megabytes, made in memory.
pub(super) const CSV_ROWS: i64 = 100_000;

/// Rows of a list: those that were asked for, and how many there are.
#[derive(Debug)]
pub(super) struct Rows<R> {
    pub(super) rows: Vec<R>,
    pub(super) total: i64,
}

/// Which of the rows are asked for, as a limit and an offset; refused where there are too many for a file.
pub(super) fn window(listing: Listing, total: i64, most: i64) -> Result<(i64, i64), Error> {
    if !listing.csv {
        return Ok((listing.per_page, (listing.page - 1) * listing.per_page));
    }
    if total > most {
        let message = format!(
            "a file holds at most {most} rows, here are {total}: narrow the filter, or use `tidemark export`"
        );
        return Err(Error::invalid("format", message));
    }
    Ok((total, 0))
}

/// The rows of these selects, one after another.
pub(super) async fn select<F: Fact>(
    reading: &mut Reading,
    asked: &Asked,
    selects: Vec<Select<F>>,
) -> Result<Rows<F>, Error> {
    let mut counted = Vec::with_capacity(selects.len());
    for select in selects {
        counted.push((reading.count(&select).await?, select));
    }
    let total = counted.iter().map(|(count, _)| count).sum();
    let (limit, mut skip) = window(asked.listing, total, CSV_ROWS)?;
    let mut left = limit;
    let mut rows = Vec::new();
    for (count, select) in counted {
        let here = left.min(count - skip).max(0);
        if here > 0 {
            rows.extend(reading.rows(&select.page(here, skip)).await?);
        }
        left -= here;
        skip = (skip - count).max(0);
    }
    Ok(Rows { rows, total })
}

/// Those of all rows that are asked for.
pub(super) fn cut<R>(asked: &Asked, all: Vec<R>) -> Result<Rows<R>, Error> {
    let total = i64::try_from(all.len()).unwrap_or(i64::MAX);
    let (limit, skip) = window(asked.listing, total, CSV_ROWS)?;
    let number = |wide: i64| usize::try_from(wide).unwrap_or(usize::MAX);
    Ok(Rows { rows: all.into_iter().skip(number(skip)).take(number(limit)).collect(), total })
}

/// A list, in the format that is asked for. `more` is what its meta part says besides the pages.
pub(super) fn list<R: Record>(
    asked: &Asked,
    found: &Rows<R>,
    more: &[(&'static str, Value<'_>)],
) -> Result<Content, Error> {
    if asked.listing.csv {
        return Ok(Content::csv(csv::table(&found.rows)?));
    }
    let Listing { page, per_page, .. } = asked.listing;
    let last = page * per_page >= found.total;
    Content::json(&Document {
        data: Objects(&found.rows),
        meta: Meta { paging: Some((found.total, asked.listing)), more },
        links: Links { own: asked.link(), next: Some((!last).then(|| asked.next_link())) },
    })
}

/// One object.
pub(super) fn single(asked: &Asked, data: &impl Serialize) -> Result<Content, Error> {
    let links = Links { own: asked.link(), next: None };
    Content::json(&Document { data, meta: Meta { paging: None, more: &[] }, links })
}

#[derive(Serialize)]
struct Document<'a, D> {
    data: D,
    meta: Meta<'a>,
    links: Links,
}

struct Meta<'a> {
    /// The number of rows, and what was asked.
    paging: Option<(i64, Listing)>,
    more: &'a [(&'static str, Value<'a>)],
}

impl Serialize for Meta<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some((total, listing)) = self.paging {
            map.serialize_entry("total", &total)?;
            map.serialize_entry("page", &listing.page)?;
            map.serialize_entry("per_page", &listing.per_page)?;
        }
        for (name, value) in self.more {
            map.serialize_entry(name, &Plain(*value))?;
        }
        map.end()
    }
}

#[derive(Serialize)]
struct Links {
    #[serde(rename = "self")]
    own: String,
    /// Lists have one; it is null on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<Option<String>>,
}

#[cfg(test)]
mod tests {
    use super::super::asked::Listing;
    use super::window;

    #[test]
    fn a_file_has_all_rows_or_is_refused() {
        let listing = Listing { page: 3, per_page: 20, csv: false };
        assert_eq!(window(listing, 1_000_000, 100).unwrap(), (20, 40));
        let file = Listing { csv: true, ..listing };
        assert_eq!(window(file, 100, 100).unwrap(), (100, 0));
        let error = window(file, 101, 100).unwrap_err();
        assert!(error.message.contains("101") && error.message.contains("`tidemark export`"), "{error:?}");
    }
}
