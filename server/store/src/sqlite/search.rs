//! Finding words in the messages of a conversation, and how much of it one search may do.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rusqlite::functions::FunctionFlags;
use rusqlite::{Connection, Error, OptionalExtension, Result, params};

use crate::fold::holds;
use crate::limits;

/// The work that the search under way on a connection may still do.
pub(super) struct Allowance {
    most: u64,
    left: AtomicU64,
}

impl Allowance {
    /// Gives a connection the SQL function `holds(text, needle)`, which spends
    /// the allowance and fails when it is used up.
    pub(super) fn register(db: &Connection, most: u64) -> Result<Arc<Self>> {
        let allowance = Arc::new(Self { most, left: AtomicU64::new(most) });
        let spent = Arc::clone(&allowance);
        db.create_scalar_function("holds", 2, FunctionFlags::SQLITE_UTF8, move |call| {
            let text = call.get_raw(0).as_str()?;
            let needle = call.get_raw(1).as_str()?;
            if !spent.spend(text.len()) {
                return Err(Error::UserFunctionError("the search has used up its allowance".into()));
            }
            Ok(holds(text, needle))
        })?;
        Ok(allowance)
    }

    pub(super) fn renew(&self) {
        self.left.store(self.most, Ordering::Relaxed);
    }

    pub(super) fn is_used_up(&self) -> bool {
        self.left.load(Ordering::Relaxed) == 0
    }

    fn spend(&self, bytes: usize) -> bool {
        let cost = u64::try_from(bytes).unwrap_or(u64::MAX).saturating_add(limits::SEARCH_STEP);
        let left = self.left.load(Ordering::Relaxed).saturating_sub(cost);
        self.left.store(left, Ordering::Relaxed);
        left > 0
    }
}

/// Whether a conversation holds the folded words in its name or a message. None
/// when the allowance was used up before that was known.
pub(super) fn conversation_holds(
    db: &Connection,
    allowance: &Allowance,
    row: i64,
    name: Option<&str>,
    needle: &str,
) -> Result<Option<bool>> {
    if !allowance.spend(name.map_or(0, str::len)) {
        return Ok(None);
    }
    if name.is_some_and(|name| holds(name, needle)) {
        return Ok(Some(true));
    }
    let found = db
        .prepare_cached("SELECT 1 FROM messages WHERE conversation = ?1 AND holds(body, ?2) LIMIT 1")?
        .query_row(params![row, needle], |_| Ok(()))
        .optional();
    match found {
        Ok(found) => Ok(Some(found.is_some())),
        Err(_) if allowance.is_used_up() => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_allowance_ends() {
        let allowance = Allowance { most: 1_000, left: AtomicU64::new(0) };
        allowance.renew();
        assert!(allowance.spend(10));
        assert!(!allowance.spend(usize::MAX));
        assert!(allowance.is_used_up());
    }
}
