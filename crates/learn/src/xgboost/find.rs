//! Where an XGBoost library may lie.

use std::path::{Path, PathBuf};

/// Folder below a project or checkout where `make setup` unpacks the library.
const TOOLS: &str = ".tools/xgboost";
/// How deep the library may lie in an unpacked wheel.
const DEPTH: usize = 5;
/// Names the library has on Linux, macOS and Windows.
const NAMES: [&str; 3] = ["libxgboost.so", "libxgboost.dylib", "xgboost.dll"];

/// The candidates for one search, best first.
pub(super) struct Candidates {
    /// Files to try, in order.
    pub(super) files: Vec<PathBuf>,
    /// Every place looked at, for the message when nothing opens.
    pub(super) searched: Vec<String>,
    /// Whether the user named the place: then nothing else is tried.
    pub(super) named: bool,
}

/// The named file or folder alone, else the tools folders above the executable
/// and the current folder, else the names the system's loader may know.
pub(super) fn candidates(named: Option<&Path>) -> Candidates {
    if let Some(path) = named {
        let files = if path.is_dir() {
            below(path, DEPTH)
        } else {
            vec![path.to_path_buf()]
        };
        return Candidates {
            files,
            searched: vec![path.display().to_string()],
            named: true,
        };
    }
    let starts = [
        std::env::current_exe()
            .ok()
            .and_then(|file| file.parent().map(Path::to_path_buf)),
        std::env::current_dir().ok(),
    ];
    let mut files = Vec::new();
    let mut searched = Vec::new();
    for start in starts.iter().flatten() {
        searched.push(format!("{TOOLS} in {} and above", start.display()));
        for folder in start.ancestors() {
            files.extend(below(&folder.join(TOOLS), DEPTH));
        }
    }
    searched.push("the system's libraries".to_owned());
    files.extend(NAMES.iter().map(PathBuf::from));
    Candidates {
        files,
        searched,
        named: false,
    }
}

/// Libraries in a folder, in the order of their paths.
fn below(folder: &Path, depth: usize) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> = entries
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .collect();
    paths.sort();
    let mut found = Vec::new();
    for path in paths {
        if path.is_dir() {
            if depth > 0 {
                found.extend(below(&path, depth - 1));
            }
        } else if path
            .file_name()
            .is_some_and(|name| NAMES.iter().any(|known| name == *known))
        {
            found.push(path);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_library_inside_an_unpacked_wheel() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("xgboost/lib");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("libxgboost.so"), b"").unwrap();
        std::fs::write(folder.join("libother.so"), b"").unwrap();
        let found = candidates(Some(root.path()));
        assert_eq!(found.files, [folder.join("libxgboost.so")]);
        assert!(found.named);
    }

    #[test]
    fn a_named_file_is_taken_as_it_is() {
        let found = candidates(Some(Path::new("/nowhere/mine.so")));
        assert_eq!(found.files, [PathBuf::from("/nowhere/mine.so")]);
    }

    #[test]
    fn without_a_name_the_system_comes_last() {
        let found = candidates(None);
        assert_eq!(found.files.last().unwrap(), Path::new("xgboost.dll"));
        assert_eq!(found.searched.last().unwrap(), "the system's libraries");
    }
}
