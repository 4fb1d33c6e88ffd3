//! Pictures are made anew before they are kept: what comes from outside may be no picture,
//! far too large, or carry what nobody meant to send, like where it was taken.

mod develop;

use crate::{clock::Clock, entropy::Entropy, limits};
use develop::develop;
use shopbell_channels::{RawPicture, Unfit};
use shopbell_protocol::{Picture, PictureId, limits as wire};
use shopbell_store::{PictureFile, PictureKind};
use std::sync::Arc;
use tokio::{sync::Semaphore, task::spawn_blocking};

/// Makes pictures anew, away from the threads that answer, and only so many at a time: a
/// large one takes a core for a second and much memory.
pub(crate) struct Darkroom {
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    turns: Arc<Semaphore>,
}

/// A picture made anew.
#[derive(Debug)]
struct Developed {
    kind: PictureKind,
    width: u32,
    height: u32,
    bytes: Vec<u8>,
}

impl Darkroom {
    pub(crate) fn new(clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Self {
        Self { clock, entropy, turns: Arc::new(Semaphore::new(limits::PICTURES_AT_ONCE)) }
    }

    /// All of these, or none of them.
    pub(crate) async fn all(&self, raw: Vec<RawPicture>) -> Result<Vec<PictureFile>, Unfit> {
        match self.some(raw, wire::PICTURES).await {
            (files, None) => Ok(files),
            (_, Some(unfit)) => Err(unfit),
        }
    }

    /// Those of these that can be taken, at most so many; and why the first of the others
    /// can't.
    pub(crate) async fn some(
        &self,
        mut raw: Vec<RawPicture>,
        most: usize,
    ) -> (Vec<PictureFile>, Option<Unfit>) {
        let mut unfit = (raw.len() > most).then_some(Unfit::TooMany);
        raw.truncate(most);
        let mut files = Vec::with_capacity(raw.len());
        for one in raw {
            match self.one(one).await {
                Ok(file) => files.push(file),
                Err(why) => unfit = unfit.or(Some(why)),
            }
        }
        (files, unfit)
    }

    async fn one(&self, RawPicture(raw): RawPicture) -> Result<PictureFile, Unfit> {
        // It is never closed.
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(|_| Unfit::Broken)?;
        let developed = spawn_blocking(move || {
            // Held until the memory is free again, also when nobody waits any more.
            let _turn = turn;
            develop(&raw)
        });
        let Developed { kind, width, height, bytes } = developed.await.unwrap_or_else(|error| {
            tracing::error!(%error, "a picture could not be read");
            Err(Unfit::Broken)
        })?;
        let random = self.entropy.id().map_err(|_| Unfit::Broken)?;
        let id = PictureId::new(self.clock.now().0, random);
        Ok(PictureFile { picture: Picture { id, width, height }, kind, bytes })
    }
}
