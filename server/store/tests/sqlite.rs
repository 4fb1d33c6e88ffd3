//! SQLite does all that the conformance suite asks of a backend.

#[macro_use]
mod conformance;

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use shopbell_store::{CommitListener, SqliteOptions, SqliteStore, Store};

/// Opens each store in a folder of its own, which goes when the test ends.
#[derive(Default)]
struct Folders(Mutex<Vec<tempfile::TempDir>>);

#[async_trait]
impl conformance::Factory for Folders {
    async fn fresh(&self, listener: Arc<dyn CommitListener>) -> Arc<dyn Store> {
        let folder = tempfile::tempdir().expect("a folder");
        let store = SqliteStore::open(folder.path(), listener, SqliteOptions::default())
            .expect("opens a fresh store");
        self.0.lock().expect("is not poisoned").push(folder);
        store
    }
}

conformance!(Folders::default());
