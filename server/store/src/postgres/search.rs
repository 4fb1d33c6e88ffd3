//! Finding words in conversations, and how much of it one search may do. Letter case is folded
//! here and not in the database, so that both backends find the same.

use deadpool_postgres::Transaction;
use std::collections::HashSet;
use tokio_postgres::Row;
use uuid::Uuid;

use super::rows::{Columns, Result};
use crate::fold::holds;
use crate::limits;

/// A search under way, with the work that it may still do.
pub(super) struct Search<'a> {
    words: &'a str,
    left: u64,
    /// Whether no conversation has been looked at whole.
    is_untouched: bool,
}

/// Whether a conversation holds the words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    Yes,
    No,
    /// The allowance was used up before that was known.
    Unknown,
    /// A whole allowance was used up by this one.
    TooMuch,
}

impl<'a> Search<'a> {
    /// For words that are folded already.
    pub(super) fn new(words: &'a str) -> Self {
        Self { words, left: limits::SEARCH_WORK, is_untouched: true }
    }

    /// What is known of some conversations (id, time, name), in their order. It may end early:
    /// then the last one that is given was not looked at whole.
    pub(super) async fn among(&mut self, db: &Transaction<'_>, some: &[Row]) -> Result<Vec<Found>> {
        let mut found = vec![Found::No; some.len()];
        let mut ids = Vec::with_capacity(some.len());
        for (row, found) in some.iter().zip(&mut found) {
            let name: Option<&str> = row.cell(2)?;
            if name.is_some_and(|name| holds(name, self.words)) {
                *found = Found::Yes;
            } else {
                ids.push(row.cell::<Uuid>(0)?);
            }
        }
        let (holding, ended_in) = self.bodies(db, &ids).await?;
        for (place, row) in some.iter().enumerate() {
            let id: Uuid = row.cell(0)?;
            if holding.contains(&id) {
                found[place] = Found::Yes;
            } else if ended_in == Some(id) {
                found[place] = if self.is_untouched && place == 0 { Found::TooMuch } else { Found::Unknown };
                found.truncate(place + 1);
                tracing::info!("a search has used up its allowance; it goes on with the next page");
                return Ok(found);
            }
            self.is_untouched = false;
        }
        Ok(found)
    }

    /// Those of the conversations with a message that holds the words, and the one in which the
    /// allowance was used up.
    async fn bodies(&mut self, db: &Transaction<'_>, ids: &[Uuid]) -> Result<(HashSet<Uuid>, Option<Uuid>)> {
        let mut holding = HashSet::new();
        if ids.is_empty() {
            return Ok((holding, None));
        }
        // One after the other, each by its index, and no more of them than are asked for.
        let statement = db
            .prepare_cached(
                "SELECT n.id, m.body
                 FROM unnest($1::uuid[]) WITH ORDINALITY AS n (id, number),
                      LATERAL (SELECT body FROM messages WHERE conversation = n.id ORDER BY seq OFFSET 0) m",
            )
            .await?;
        let portal = db.bind(&statement, &[&ids]).await?;
        loop {
            let some = db.query_portal(&portal, limits::SEARCH_ROWS).await?;
            for row in &some {
                let (id, body): (Uuid, &str) = (row.cell(0)?, row.cell(1)?);
                if holding.contains(&id) {
                    continue;
                }
                let cost = u64::try_from(body.len()).unwrap_or(u64::MAX).saturating_add(limits::SEARCH_STEP);
                self.left = self.left.saturating_sub(cost);
                if self.left == 0 {
                    return Ok((holding, Some(id)));
                }
                if holds(body, self.words) {
                    holding.insert(id);
                }
            }
            if i32::try_from(some.len()).unwrap_or(i32::MAX) < limits::SEARCH_ROWS {
                return Ok((holding, None));
            }
        }
    }
}
