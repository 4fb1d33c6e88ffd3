//! The store of simulations does all that the conformance suite asks of a backend.

#[macro_use]
mod conformance;

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use shopbell_store::{CommitListener, Memory, SqliteStore, Steps, Store, Turn};

/// Everything works, as soon as it is this one's turn.
struct Fair;

impl Steps for Fair {
    fn turn(&self) -> Turn {
        Box::pin(tokio::task::yield_now())
    }

    fn refuses(&self) -> bool {
        false
    }

    fn committed(&self) {}
}

/// Opens each store on a memory of its own, which goes when the test ends.
#[derive(Default)]
struct Memories(Mutex<Vec<Memory>>);

#[async_trait]
impl conformance::Factory for Memories {
    async fn fresh(&self, listener: Arc<dyn CommitListener>) -> Arc<dyn Store> {
        let memory = Memory::new().expect("a memory");
        let (store, writing) =
            SqliteStore::inline(&memory, listener, Arc::new(Fair)).expect("opens a fresh store");
        tokio::spawn(writing);
        self.0.lock().expect("is not poisoned").push(memory);
        store
    }
}

conformance!(Memories::default());
