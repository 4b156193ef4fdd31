//! The SQL models: shipped inside the program, copied into a project where a user
//! can change them.

use std::path::Path;

use crate::error::Result;
use crate::project::write_atomically;

/// Copies the SQL models that are not yet in the project's `sql/` folder; gives
/// back how many were written. A changed copy is never touched.
///
/// # Errors
/// When a file can't be written.
pub fn copy_missing(root: &Path) -> Result<usize> {
    let mut written = 0;
    for (name, text) in leadrank_features::models() {
        let path = root.join("sql").join(name);
        if !path.is_file() {
            write_atomically(&path, text.as_bytes())?;
            written += 1;
        }
    }
    Ok(written)
}
