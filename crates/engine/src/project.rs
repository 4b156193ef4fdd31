//! The project folder: where everything of one user's work lies.
//!
//! ```text
//! leadrank.toml   configuration            raw/       what the vendor and the CRM delivered
//! tables/         Delta tables             bundles/   trained models, one folder each
//! out/            call list, report        .leadrank/ run ledger, state of the stages
//! ```

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use leadrank_sources::Known;
use leadrank_warehouse::Warehouse;

use crate::config::{Config, Loaded};
use crate::error::{Error, Result};

/// An opened project.
#[derive(Debug, Clone)]
pub struct Project {
    /// The project's root folder.
    pub root: PathBuf,
    /// Its configuration with the origin of each value.
    pub loaded: Loaded,
    /// Up to when deliveries count: now, or the end of a past day.
    pub known: Known,
    /// The reason with which failed gates are passed, if one was given.
    pub force: Option<String>,
    /// See [`Project::locked`].
    lock: Option<Arc<File>>,
}

/// Name of the configuration file; a folder that holds it is a project.
pub const CONFIG_FILE: &str = "leadrank.toml";

/// How long to wait for another process before giving up.
const LOCK_PATIENCE: Duration = Duration::from_secs(3);

impl Project {
    /// Whether the data are made up by `simulate`, which keeps the truth beside them: about these
    /// very leads, since real exports may have been put there later.
    pub fn is_made_up(&self) -> bool {
        let first = |file: PathBuf| -> Option<String> {
            let mut reader = csv::Reader::from_path(file).ok()?;
            let record = reader.records().next()?.ok()?;
            Some(record.get(0)?.chars().take(5).collect())
        };
        let of_truth = first(self.root.join("truth").join("leads.csv"));
        of_truth.is_some() && of_truth == first(self.raw().join("salesforce_lead.csv"))
    }

    /// What may be known by both clocks: loads up to the day of knowledge, and vendor months
    /// up to the analysis date where one is set.
    pub fn knowledge(&self) -> Known {
        self.known.until(self.config().as_of)
    }

    /// The project without a reason to pass failed gates: for what only judges.
    pub fn unforced(&self) -> Project {
        Project {
            force: None,
            ..self.clone()
        }
    }

    /// Makes a new project in `root`: folders and a commented configuration.
    /// An existing configuration is left as it is.
    ///
    /// # Errors
    /// When a folder or file can't be written.
    pub fn init(root: &Path) -> Result<Project> {
        let raw = root.join("raw");
        std::fs::create_dir_all(&raw).map_err(Error::io("create", &raw))?;
        let file = root.join(CONFIG_FILE);
        if !file.is_file() {
            let text = format!(
                "# Settings of this project. Every key is shown with its default; delete what you\n\
                 # do not change. An unknown key is an error. `leadrank config show --origin` tells\n\
                 # where each value comes from.\n\n{}",
                Config::default().to_toml()
            );
            write_atomically(&file, text.as_bytes())?;
        }
        Project::open(root)
    }

    /// Opens the project in `root` itself.
    ///
    /// # Errors
    /// When there is no configuration there, or it can't be used.
    pub fn open(root: &Path) -> Result<Project> {
        let file = root.join(CONFIG_FILE);
        if !file.is_file() {
            return Err(Error::NoProject(root.to_path_buf()));
        }
        let text = std::fs::read_to_string(&file).map_err(Error::io("read", &file))?;
        let loaded = Config::load(&text, environment())?;
        Ok(Project {
            root: root.to_path_buf(),
            loaded,
            known: Known::NOW,
            force: None,
            lock: None,
        })
    }

    /// Opens the project of `start` or the nearest folder above it.
    ///
    /// # Errors
    /// As [`Project::open`].
    pub fn find(start: &Path) -> Result<Project> {
        let found = start
            .ancestors()
            .find(|folder| folder.join(CONFIG_FILE).is_file());
        Project::open(found.ok_or_else(|| Error::NoProject(start.to_path_buf()))?)
    }

    /// Keeps others from writing to the project as long as it lives; the system
    /// lets go by itself when the process ends, however it ends.
    ///
    /// # Errors
    /// When another process holds it.
    pub fn locked(mut self) -> Result<Project> {
        let path = self.records().join("lock");
        std::fs::create_dir_all(self.records()).map_err(Error::io("create", self.records()))?;
        let file = File::create(&path).map_err(Error::io("write", &path))?;
        let since = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => self.lock = Some(Arc::new(file)),
                // A process that was just killed may need a moment to be gone.
                Err(TryLockError::WouldBlock) if since.elapsed() < LOCK_PATIENCE => {
                    std::thread::sleep(LOCK_PATIENCE / 30);
                    continue;
                }
                Err(TryLockError::WouldBlock) => return Err(Error::Busy(self.root)),
                // A file system without locks, as some network shares are, must do without.
                Err(TryLockError::Error(_)) => {}
            }
            return Ok(self);
        }
    }

    /// Whether others are kept from writing.
    pub fn is_locked(&self) -> bool {
        self.lock.is_some()
    }

    /// The configuration.
    pub fn config(&self) -> &Config {
        &self.loaded.config
    }

    /// Folder of the raw deliveries.
    pub fn raw(&self) -> PathBuf {
        self.root.join("raw")
    }

    /// Folder of the Delta tables.
    pub fn tables(&self) -> PathBuf {
        self.root.join("tables")
    }

    /// Folder of the bundles.
    pub fn bundles(&self) -> PathBuf {
        self.root.join("bundles")
    }

    /// Folder of what people read: call list, reports.
    pub fn out(&self) -> PathBuf {
        self.root.join("out")
    }

    /// Folder of the engine's own records.
    pub fn records(&self) -> PathBuf {
        self.root.join(".leadrank")
    }

    /// Opens the tables.
    ///
    /// # Errors
    /// When the folder can't be made or read.
    pub async fn warehouse(&self) -> Result<Warehouse> {
        let tables = self.tables();
        std::fs::create_dir_all(&tables).map_err(Error::io("create", &tables))?;
        Ok(Warehouse::open(&tables.to_string_lossy(), &self.config().project).await?)
    }
}

/// The environment as far as it is text; what is none can't be a setting.
fn environment() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
}

/// Writes a file so that a crash leaves either the old or the new content.
///
/// # Errors
/// When the folder can't be made or the file not written.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(Error::io("create", folder))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let fresh = folder.join(format!(".{name}.{}.new", std::process::id()));
    let write = || -> std::io::Result<()> {
        let mut file = std::fs::File::create(&fresh)?;
        std::io::Write::write_all(&mut file, bytes)?;
        file.sync_all()?;
        std::fs::rename(&fresh, path)
    };
    write().map_err(|source| {
        // The half-written file is of no use; that it can't be removed is of no matter.
        let _ = std::fs::remove_file(&fresh);
        Error::Io {
            action: "write",
            path: path.to_path_buf(),
            source,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn init_makes_a_project_that_is_found_from_below() {
        let folder = tempfile::tempdir().unwrap();
        Project::init(folder.path()).unwrap();
        let deep = folder.path().join("raw");
        assert_eq!(Project::find(&deep).unwrap().root, folder.path());
    }

    #[test]
    fn init_leaves_an_existing_configuration_alone() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(CONFIG_FILE), "seed = 7\n").unwrap();
        assert_eq!(Project::init(folder.path()).unwrap().config().seed, 7);
    }

    #[test]
    fn a_folder_without_a_project_says_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let message = Project::find(folder.path()).unwrap_err().to_string();
        assert!(message.contains("leadrank init"), "{message}");
    }

    #[test]
    fn one_at_a_time_writes_to_a_project() {
        let folder = tempfile::tempdir().unwrap();
        let first = Project::init(folder.path()).unwrap().locked().unwrap();
        let second = Project::open(folder.path()).unwrap();
        let message = second.clone().locked().unwrap_err().to_string();
        assert!(message.contains("at work"), "{message}");
        drop(first);
        second.locked().unwrap();
    }

    #[test]
    fn an_atomic_write_replaces_and_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.txt");
        write_atomically(&file, b"one").unwrap();
        write_atomically(&file, b"two").unwrap();
        assert_eq!(std::fs::read(&file).unwrap(), b"two");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
