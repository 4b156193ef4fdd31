//! How far a load has come.

/// A step forward in one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProgressEvent {
    /// The file's name.
    pub file: String,
    /// Bytes of it read so far.
    pub bytes_done: u64,
    /// Its size in bytes.
    pub bytes_total: u64,
}

/// Something that shows progress.
pub trait Progress: Sync {
    /// Called now and then while a file is read, and once at its end.
    fn report(&self, event: &ProgressEvent);
}

impl<F: Fn(&ProgressEvent) + Sync> Progress for F {
    fn report(&self, event: &ProgressEvent) {
        self(event);
    }
}

/// Shows nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn report(&self, _: &ProgressEvent) {}
}
