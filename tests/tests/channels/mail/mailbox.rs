//! An answer in a mailbox.
