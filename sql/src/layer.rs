//! The `current_*` layer over the lake: a table per fact that shows its living rows, whatever parts they lie in.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use datafusion::catalog::TableProvider;
use datafusion::common::{DataFusionError, JoinType};
use datafusion::datasource::MemTable;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::{ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl};
use datafusion::prelude::{SessionContext, col};

use crate::catalogue::{FactTable, KEY_COLUMN, VERSION_COLUMN, keys_schema};
use crate::manifest::{FactParts, Part};

/// The living rows of one fact.
pub(crate) struct Layer<'a> {
    pub(crate) context: &'a SessionContext,
    pub(crate) lake_dir: &'a Path,
    pub(crate) fact: &'static FactTable,
}

impl Layer<'_> {
    /// A table of the fact's rows; an empty one if the lake has no parts of it.
    pub(crate) fn table(&self, parts: &FactParts) -> Result<Arc<dyn TableProvider>, DataFusionError> {
        let rows: Vec<&Part> = parts.rows().collect();
        if rows.is_empty() {
            return Ok(Arc::new(MemTable::try_new(self.fact.schema(), vec![Vec::new()])?));
        }
        if parts.deltas.is_empty() {
            return Ok(Arc::new(self.files(rows, self.fact.schema())?));
        }
        self.without_superseded(parts)
    }

    /// A row is dead where the keys name its key with a higher version. The keys are few: they are the side of the
    /// join that is held in memory.
    fn without_superseded(&self, parts: &FactParts) -> Result<Arc<dyn TableProvider>, DataFusionError> {
        let rows = self.files(parts.rows().collect(), self.fact.lake_schema())?;
        let keys = self.files(parts.deltas.iter().map(|delta| &delta.keys).collect(), keys_schema())?;
        let (key, version) = ("_superseded_key", "_superseding_version");
        let keys = self.context.read_table(Arc::new(keys))?;
        let keys = keys.select([col(KEY_COLUMN).alias(key), col(VERSION_COLUMN).alias(version)])?;
        let rows = self.context.read_table(Arc::new(rows))?;
        let newer = col(version).gt(col(VERSION_COLUMN));
        let living = keys.join(rows, JoinType::RightAnti, &[key], &[KEY_COLUMN], Some(newer))?;
        let columns: Vec<&str> = self.fact.columns.iter().map(|column| column.name).collect();
        Ok(living.select_columns(&columns)?.into_view())
    }

    fn files(&self, parts: Vec<&Part>, schema: SchemaRef) -> Result<ListingTable, DataFusionError> {
        let folder = self.lake_dir.join(self.fact.name);
        let urls = parts.iter().map(|part| ListingTableUrl::parse(file_url(folder.join(&part.file))));
        let urls = urls.collect::<Result<Vec<_>, _>>()?;
        let options = ListingOptions::new(Arc::new(ParquetFormat::default())).with_file_extension(".parquet");
        let config =
            ListingTableConfig::new_with_multi_paths(urls).with_listing_options(options).with_schema(schema);
        ListingTable::try_new(config)
    }
}

/// An absolute path as a URL: a plain path would be searched for wildcards.
fn file_url(path: PathBuf) -> String {
    let mut url = "file://".to_owned();
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'/' | b'-' | b'_' | b'.' | b'~' | b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => {
                url.push(char::from(*byte))
            }
            other => url.push_str(&format!("%{other:02X}")),
        }
    }
    url
}

#[cfg(test)]
mod tests {
    use super::file_url;

    #[test]
    fn a_folder_with_wildcards_in_its_name_is_a_plain_folder() {
        assert_eq!(file_url("/data/a [b]*/x.parquet".into()), "file:///data/a%20%5Bb%5D%2A/x.parquet");
    }
}
