//! Files: what people upload with their apps, and how a bot gets it (`getFile`).

use super::{
    params::Params,
    people::Person,
    world::{No, World},
};
use serde_json::{Value, json};

/// "The maximum file size to download is 20 MB" (`getFile`).
const DOWNLOAD_BYTES: usize = 20_000_000;
/// The longer edge of the small size that comes with every photo.
const THUMBNAIL_PX: u32 = 90;

/// A file that somebody has uploaded.
#[derive(Debug, Clone)]
pub(super) struct Filed {
    id: String,
    bytes: Vec<u8>,
    /// The bot has asked where it is, so it may be fetched from there.
    is_asked_for: bool,
}

impl Filed {
    fn path(&self) -> String {
        format!("photos/{}.jpg", self.id)
    }

    fn as_json(&self) -> Value {
        json!({
            "file_id": self.id,
            "file_unique_id": format!("unique_{}", self.id),
            "file_size": self.bytes.len(),
        })
    }
}

impl World {
    fn upload(&mut self, bytes: Vec<u8>) -> Value {
        let file = Filed { id: format!("file_{}", self.files.len()), bytes, is_asked_for: false };
        let told = file.as_json();
        self.files.push(file);
        told
    }

    pub(super) fn get_file(&mut self, params: &Params) -> Result<Value, No> {
        let id = params.text("file_id")?.ok_or_else(|| No::bad("file_id not specified"))?;
        let file = self.files.iter_mut().find(|file| file.id == id);
        let file = file.ok_or_else(|| No::bad("wrong file_id or the file is temporarily unavailable"))?;
        if file.bytes.len() > DOWNLOAD_BYTES {
            return Err(No::bad("file is too big"));
        }
        file.is_asked_for = true;
        let mut told = file.as_json();
        told["file_path"] = json!(file.path());
        Ok(told)
    }

    /// What lies at a path that the bot was given.
    pub(super) fn download(&mut self, path: &str) -> Result<Vec<u8>, No> {
        let file = self.files.iter().find(|file| file.is_asked_for && file.path() == path);
        file.map(|file| file.bytes.clone()).ok_or_else(|| No::new(404, "Not Found"))
    }
}

impl Person {
    /// Uploads a file, as an app does; gives the fields that it is told by.
    pub fn uploads(&self, bytes: &[u8]) -> Value {
        self.inner.world().upload(bytes.to_vec())
    }

    /// Sends a picture as a photo, in two sizes, with more fields of `Message`.
    pub fn shows(&self, chat: i64, picture: &[u8], (width, height): (u32, u32), mut fields: Value) -> i64 {
        let size = |mut told: Value, width: u32, height: u32| {
            told["width"] = json!(width);
            told["height"] = json!(height);
            told
        };
        let small = size(self.uploads(b"a small size of it"), THUMBNAIL_PX, THUMBNAIL_PX);
        let whole = size(self.uploads(picture), width, height);
        fields["photo"] = json!([small, whole]);
        self.sends(chat, fields)
    }

    /// Sends a picture as a file, as those do who want it whole.
    pub fn sends_file(&self, chat: i64, file: &[u8], media_type: &str, mut fields: Value) -> i64 {
        let mut document = self.uploads(file);
        document["file_name"] = json!("picture.jpg");
        document["mime_type"] = json!(media_type);
        fields["document"] = document;
        self.sends(chat, fields)
    }
}
