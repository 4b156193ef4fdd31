//! Opening the library and turning its return codes into errors.

use std::ffi::{CStr, c_int};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Once;

use super::find::{Candidates, candidates};
use super::functions::Functions;
use crate::{LearnError, Result};

/// Environment variable that names the library's file or folder.
const VARIABLE: &str = "LEADRANK_XGBOOST";

/// A version of XGBoost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// Major version.
    pub major: i32,
    /// Minor version.
    pub minor: i32,
    /// Patch version.
    pub patch: i32,
}

impl Version {
    /// Whether this crate was made for it: 1.7 to 3.x.
    fn is_supported(self) -> bool {
        (1, 7) <= (self.major, self.minor) && self.major <= 3
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

/// An opened XGBoost library; cheap to copy, loaded until the process ends.
#[derive(Clone, Copy)]
pub struct Library {
    functions: &'static Functions,
    path: &'static Path,
    version: Version,
}

impl fmt::Debug for Library {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Library")
            .field("path", &self.path)
            .field("version", &self.version)
            .finish()
    }
}

impl Library {
    /// Opens the library at `path` (a file, or a folder that holds one), else at
    /// `LEADRANK_XGBOOST`, else below `.tools/xgboost` in a folder above the
    /// executable or the current one, else by the system's search.
    ///
    /// Call it early: the first call sets `OMP_WAIT_POLICY` for the process.
    pub fn open(path: Option<&Path>) -> Result<Self> {
        let variable = std::env::var_os(VARIABLE).filter(|value| !value.is_empty());
        let variable = variable.map(PathBuf::from);
        let Candidates {
            files,
            searched,
            named,
        } = candidates(path.or(variable.as_deref()));
        wait_passively();
        let mut broken = None;
        for file in files {
            match Self::load(&file) {
                Ok(library) => return Ok(library),
                // a bare name the system does not know is not worth a word
                Err(_) if file.components().count() == 1 && !named => {}
                Err(error) => broken = broken.or(Some(error)),
            }
        }
        Err(broken.unwrap_or(LearnError::LibraryMissing { searched }))
    }

    /// Version of the library.
    pub fn version(&self) -> Version {
        self.version
    }

    /// The file it was opened from.
    pub fn path(&self) -> &Path {
        self.path
    }

    pub(super) fn functions(&self) -> &'static Functions {
        self.functions
    }

    /// An error with the library's own words when a call returned non-zero.
    pub(super) fn check(&self, call: &'static str, code: c_int) -> Result<()> {
        if code == 0 {
            return Ok(());
        }
        // SAFETY: the function takes nothing and returns a text that stays valid
        // until the next failing call on this thread; it is copied at once.
        let text = unsafe { CStr::from_ptr((self.functions.last_error)()) };
        // the first line says what is wrong, the rest is a stack trace
        let text = text.to_string_lossy();
        let message = text
            .lines()
            .find(|line| !line.trim().is_empty())
            .unwrap_or("no reason given");
        Err(LearnError::Xgboost {
            call,
            message: message.trim().to_owned(),
        })
    }

    fn load(file: &Path) -> Result<Self> {
        let broken = |reason: String| LearnError::LibraryBroken {
            path: file.to_owned(),
            reason,
        };
        // SAFETY: loading runs the library's initialisers. The file was named by
        // the user, put there by the setup step, or is the system's own.
        let library =
            unsafe { libloading::Library::new(file) }.map_err(|error| broken(error.to_string()))?;
        // Never unloaded: its worker threads would lose the code they run.
        let library: &'static libloading::Library = Box::leak(Box::new(library));
        // SAFETY: it is never unloaded; a library that has all of these names is
        // XGBoost, and its version is checked before any other call.
        let functions =
            unsafe { Functions::load(library) }.map_err(|error| broken(error.to_string()))?;
        let (mut major, mut minor, mut patch) = (0, 0, 0);
        // SAFETY: writes three integers, all of which live here.
        unsafe { (functions.version)(&raw mut major, &raw mut minor, &raw mut patch) };
        let version = Version {
            major,
            minor,
            patch,
        };
        if !version.is_supported() {
            return Err(broken(format!("its version is {version}")));
        }
        let opened = Self {
            functions: Box::leak(Box::new(functions)),
            path: Box::leak(file.to_path_buf().into_boxed_path()),
            version,
        };
        // SAFETY: the argument is a text that ends with a zero byte.
        let code = unsafe { (opened.functions.set_global)(c"{\"verbosity\": 0}".as_ptr()) };
        opened.check("XGBSetGlobalConfig", code)?;
        Ok(opened)
    }
}

/// Makes OpenMP threads sleep while they wait. By default they spin, and on a
/// busy machine most of the time goes there. OpenMP reads the variable once,
/// when it is loaded, so it must be set before; a value of the user's stays.
fn wait_passively() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        if std::env::var_os("OMP_WAIT_POLICY").is_none() {
            // SAFETY: Rust's own readers and writers of the environment share a
            // lock; only C code that reads it on another thread at this moment
            // could see a torn list. This runs once in the process, before the
            // library and its OpenMP exist, and callers open the library early.
            unsafe { std::env::set_var("OMP_WAIT_POLICY", "passive") };
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opens_the_library_of_the_setup_step() {
        let library = Library::open(None).expect("run `make setup` first: it brings libxgboost");
        assert!(library.version().is_supported());
        assert!(std::env::var_os("OMP_WAIT_POLICY").is_some());
    }

    #[test]
    fn versions_before_and_after_the_range_are_refused() {
        let version = |major, minor| Version {
            major,
            minor,
            patch: 0,
        };
        assert!(!version(1, 6).is_supported());
        assert!(version(1, 7).is_supported());
        assert!(version(3, 9).is_supported());
        assert!(!version(4, 0).is_supported());
        assert!(!version(0, 9).is_supported());
    }

    #[test]
    fn a_wrong_file_says_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("mine.so");
        std::fs::write(&file, b"not a library").unwrap();
        let text = Library::open(Some(&file)).unwrap_err().to_string();
        assert!(
            text.contains("mine.so can not be opened as an XGBoost library"),
            "{text}"
        );
        assert!(text.contains("make setup"), "{text}");
        let empty = tempfile::tempdir().unwrap();
        let text = Library::open(Some(empty.path())).unwrap_err().to_string();
        assert!(text.contains("no XGBoost library found"), "{text}");
        assert!(text.contains("make setup"), "{text}");
    }
}
