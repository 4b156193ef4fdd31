//! The warehouse: where the tables are.

use std::collections::BTreeSet;

use deltalake::{DeltaTable, DeltaTableBuilder};
use futures::TryStreamExt;
use url::Url;

use crate::{Error, Result, Session, SessionOptions, TableName};

/// Delta tables at `<root>/<dataset>/<table>`; the root is a folder or an object
/// store's URL.
#[derive(Debug, Clone)]
pub struct Warehouse {
    root: Url,
    catalog: String,
}

impl Warehouse {
    /// Opens the tables under `root`, a path (made if it is not there) or a URL.
    /// `catalog` is the project's id, the first of a name's three parts.
    pub async fn open(root: &str, catalog: &str) -> Result<Warehouse> {
        let bad = |reason: String| Error::Root {
            root: root.to_owned(),
            reason,
        };
        let mut url = match Url::parse(root) {
            // one letter is a Windows drive, not a scheme
            Ok(url) if url.scheme().len() > 1 => url,
            _ => {
                std::fs::create_dir_all(root).map_err(|e| bad(e.to_string()))?;
                let path = std::fs::canonicalize(root).map_err(|e| bad(e.to_string()))?;
                Url::from_directory_path(path).map_err(|()| bad("not a folder".to_owned()))?
            }
        };
        if !url.path().ends_with('/') {
            url.set_path(&format!("{}/", url.path()));
        }
        let warehouse = Warehouse {
            root: url,
            catalog: catalog.to_owned(),
        };
        warehouse
            .builder_at(&warehouse.root)?
            .build_storage()
            .map_err(|e| bad(e.to_string()))?;
        Ok(warehouse)
    }

    /// The catalog's name.
    pub fn catalog(&self) -> &str {
        &self.catalog
    }

    /// All tables, by name.
    pub async fn tables(&self) -> Result<Vec<TableName>> {
        let store = self
            .builder_at(&self.root)?
            .build_storage()
            .map_err(|e| Error::table(&self.root, e))?
            .object_store(None);
        let failed = |e: deltalake::ObjectStoreError| Error::table(&self.root, e.into());
        let mut names = BTreeSet::new();
        for dataset in store
            .list_with_delimiter(None)
            .await
            .map_err(failed)?
            .common_prefixes
        {
            let inner = store
                .list_with_delimiter(Some(&dataset))
                .await
                .map_err(failed)?;
            for table in inner.common_prefixes {
                let name = format!(
                    "{}.{}",
                    dataset.filename().unwrap_or_default(),
                    table.filename().unwrap_or_default()
                );
                let Ok(name) = name.parse::<TableName>() else {
                    continue;
                };
                let log = table.clone().join("_delta_log");
                let mut entries = store.list(Some(&log));
                if entries.try_next().await.map_err(failed)?.is_some() {
                    names.insert(name);
                }
            }
        }
        let mut found = Vec::with_capacity(names.len());
        for name in names {
            if self.version(&name).await?.is_some() {
                found.push(name);
            }
        }
        Ok(found)
    }

    /// Whether the table has at least one commit.
    pub async fn exists(&self, table: &TableName) -> Result<bool> {
        Ok(self.version(table).await?.is_some())
    }

    /// The table's newest version, none if the table does not exist.
    pub async fn version(&self, table: &TableName) -> Result<Option<u64>> {
        Ok(self.load(table).await?.and_then(|delta| delta.version()))
    }

    /// A session over the newest version of each table.
    pub async fn session(&self, options: &SessionOptions) -> Result<Session> {
        Session::open(self, options).await
    }

    /// The table's newest state, none if it does not exist.
    pub(crate) async fn load(&self, table: &TableName) -> Result<Option<DeltaTable>> {
        let mut delta = self.handle(table)?;
        let exists = delta
            .verify_deltatable_existence()
            .await
            .map_err(|e| Error::table(table, e))?;
        if !exists {
            return Ok(None);
        }
        delta.load().await.map_err(|e| Error::table(table, e))?;
        Ok(Some(delta))
    }

    /// The table at its place, not loaded, whether it exists or not.
    pub(crate) fn handle(&self, table: &TableName) -> Result<DeltaTable> {
        let url = self
            .root
            .join(&format!("{}/{}/", table.dataset, table.table))
            .map_err(|e| Error::TableName(format!("{table}: {e}")))?;
        self.builder_at(&url)?
            .build()
            .map_err(|e| Error::table(table, e))
    }

    fn builder_at(&self, url: &Url) -> Result<DeltaTableBuilder> {
        DeltaTableBuilder::from_url(url.clone()).map_err(|e| Error::Root {
            root: url.to_string(),
            reason: e.to_string(),
        })
    }
}
