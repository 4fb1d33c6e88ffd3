//! Whether what is told as kept survives a power cut.

/// Whether a commit waits until it is on the disk.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Synchronous {
    /// It does: what is committed survives a power cut.
    #[default]
    Full,
    /// It does not. For tests of the tests only, which have to notice what is lost by it.
    Off,
}
