//! Fetching the pictures that people send (`getFile`, and the file itself).

use super::{
    Telegram,
    api::Objection,
    limits,
    types::{FarPicture, File},
};
use crate::{RawPicture, Unfit, limits::PICTURE_BYTES};
use serde_json::json;
use tokio::time::sleep;

/// What the owner is told when Telegram does not give it out.
const NOT_GIVEN: &str = "Telegram did not give out the picture. Please send it again.";

impl Telegram {
    /// Fetches a picture.
    ///
    /// # Errors
    /// A sentence for who sent it. It is tried a few times only: everybody else waits.
    pub(super) async fn fetch(&self, picture: FarPicture<'_>) -> Result<RawPicture, &'static str> {
        if picture.size.is_some_and(|size| size > PICTURE_BYTES as u64) {
            return Err(Unfit::TooLarge.sentence());
        }
        let mut tries = 1;
        loop {
            let objection = match self.try_fetch(picture).await {
                Ok(bytes) if bytes.len() > PICTURE_BYTES => return Err(Unfit::TooLarge.sentence()),
                Ok(bytes) => return Ok(RawPicture(bytes)),
                Err(objection) if objection.is_too_big() => return Err(Unfit::TooLarge.sentence()),
                Err(objection) => objection,
            };
            if tries == limits::PICTURE_TRIES || objection.code() == Some(400) {
                tracing::warn!(
                    reason = objection.failure().reason,
                    "a picture could not be fetched from Telegram"
                );
                return Err(NOT_GIVEN);
            }
            tries += 1;
            let asked = objection.failure().retry_after;
            sleep(asked.unwrap_or(limits::PICTURE_AGAIN).min(limits::PICTURE_AGAIN_MOST)).await;
        }
    }

    async fn try_fetch(&self, picture: FarPicture<'_>) -> Result<Vec<u8>, Objection> {
        let file: File = self.api.call("getFile", &json!({ "file_id": picture.id })).await?;
        match file.file_path {
            Some(path) => self.api.download(&path).await,
            None => Err(Objection::Silent { maybe_taken: false }),
        }
    }
}
