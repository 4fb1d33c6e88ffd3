//! The scripts and styles of the widget and the inbox, which `cargo xtask build`
//! puts into the executable, each also compressed.

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use rust_embed::{EmbeddedFile, RustEmbed};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::{borrow::Cow, collections::HashMap, io::Write, str};

#[derive(RustEmbed)]
#[folder = "../target/web-assets"]
struct BuiltIn;

/// What stands in `assets.json` for each file, by its logical name.
#[derive(Deserialize)]
struct Entry {
    path: String,
}

/// A file to be served.
pub(crate) struct Asset {
    /// Its bytes, as they go out.
    pub(crate) bytes: Bytes,
    /// Whether they are brotli.
    pub(crate) compressed: bool,
    /// Its media type.
    pub(crate) media_type: &'static str,
    /// Its name for caches, the same for the same bytes.
    pub(crate) tag: String,
}

/// All files, and the addresses of those that pages name.
pub(crate) struct Assets {
    paths: HashMap<String, String>,
    widget_style: String,
    widget_style_hash: String,
}

impl Assets {
    /// Those in this executable.
    pub(crate) fn built_in() -> Self {
        let table: HashMap<String, Entry> = BuiltIn::get("assets.json")
            .and_then(|file| serde_json::from_slice(&file.data).ok())
            .unwrap_or_default();
        let style = BuiltIn::get("widget.css");
        let style = style.as_ref().and_then(|file| str::from_utf8(&file.data).ok()).unwrap_or_default();
        // Whatever could end the element early has no place in a style sheet.
        let style = if style.contains("</") { "" } else { style.trim() };
        Self {
            paths: table.into_iter().map(|(name, entry)| (name, entry.path)).collect(),
            widget_style: style.to_owned(),
            widget_style_hash: csp_hash(style),
        }
    }

    /// Whether this executable has the widget and the inbox inside.
    pub(crate) fn are_built(&self) -> bool {
        ["widget.js", "inbox.js", "shopbell.js"].iter().all(|name| self.paths.contains_key(*name))
    }

    /// The address of a file by its logical name, like `/a/widget-0123.js`.
    pub(crate) fn address(&self, name: &str) -> Option<String> {
        self.paths.get(name).map(|path| format!("/{path}"))
    }

    /// The talk page's style, and its hash for the content security policy.
    pub(crate) fn widget_style(&self) -> (&str, &str) {
        (&self.widget_style, &self.widget_style_hash)
    }

    /// A file by its path, compressed when the client takes that.
    pub(crate) fn file(&self, path: &str, brotli: bool) -> Option<Asset> {
        let plain = BuiltIn::get(path)?;
        let packed = if brotli { BuiltIn::get(&format!("{path}.br")) } else { None };
        let compressed = packed.is_some();
        let file: EmbeddedFile = packed.unwrap_or(plain);
        let tag = tag(&file.metadata.sha256_hash());
        let bytes = match file.data {
            Cow::Borrowed(bytes) => Bytes::from_static(bytes),
            Cow::Owned(bytes) => Bytes::from(bytes),
        };
        Some(Asset { bytes, compressed, media_type: media_type(path), tag })
    }

    /// The loader as it was built; empty without one.
    pub(crate) fn loader() -> String {
        let file = BuiltIn::get("shopbell.js");
        file.and_then(|file| String::from_utf8(file.data.into_owned()).ok()).unwrap_or_default()
    }
}

/// Compresses with brotli (RFC 7932) in one go.
pub(crate) fn brotli(bytes: &[u8], quality: u32, window_bits: u32) -> Option<Vec<u8>> {
    let mut packed = Vec::with_capacity(bytes.len() / 3);
    let mut writer = brotli::CompressorWriter::new(&mut packed, bytes.len(), quality, window_bits);
    writer.write_all(bytes).ok()?;
    drop(writer);
    Some(packed)
}

/// A file's name for caches (RFC 9110, clause 8.8.3), by its SHA-256.
pub(crate) fn tag(hash: &[u8]) -> String {
    format!("\"{}\"", STANDARD.encode(hash.get(..12).unwrap_or(hash)))
}

/// The SHA-256 of a style element's text, as a content security policy wants it.
pub(crate) fn csp_hash(style: &str) -> String {
    STANDARD.encode(Sha256::digest(style.as_bytes()))
}

/// The media type that a file's name stands for.
pub(crate) fn media_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "js" => "text/javascript; charset=utf-8",
        "wasm" => "application/wasm",
        "css" => "text/css; charset=utf-8",
        "html" => "text/html; charset=utf-8",
        "json" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "avif" => "image/avif",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        _ => "application/octet-stream",
    }
}
