//! The loader, with the owners' names put in: the bell is called after the owner,
//! and before the first click nothing but the loader is asked for.

use crate::{
    assets::{Asset, Assets, brotli, media_type, tag},
    limits,
};
use bytes::Bytes;
use sha2::{Digest, Sha256};
use shopbell_protocol::ShopId;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::task::spawn_blocking;

/// Where the loader wants the owners: an array of pairs, shop and owner.
const MARK: &str = "SHOPBELL_OWNERS";
/// The best there is. It is done once for each set of names.
const QUALITY: u32 = 11;
/// Far above the loader's size.
const WINDOW_BITS: u32 = 22;

/// The loader, ready to go out, by the owners in it.
pub(crate) struct Loader {
    template: String,
    made: Mutex<HashMap<String, Arc<Made>>>,
}

/// As it goes out to those who don't take brotli, and to those who do: each with
/// its own name for caches (RFC 9110, clause 8.8.3.3).
struct Made {
    plain: (Bytes, String),
    packed: Option<(Bytes, String)>,
}

impl Loader {
    /// The one in this executable.
    pub(crate) fn built_in() -> Self {
        Self { template: Assets::loader(), made: Mutex::default() }
    }

    /// The loader for a page of these owners' shops; none when it was not built.
    pub(crate) async fn naming(&self, owners: &[(ShopId, String)], brotli: bool) -> Option<Asset> {
        if self.template.is_empty() {
            return None;
        }
        let pairs: Vec<_> = owners.iter().map(|(shop, owner)| (shop.as_str(), owner)).collect();
        let names = serde_json::to_string(&pairs).ok()?;
        let made = match self.find(&names) {
            Some(made) => made,
            None => self.make(names).await?,
        };
        let packed = if brotli { made.packed.clone() } else { None };
        let compressed = packed.is_some();
        let (bytes, tag) = packed.unwrap_or_else(|| made.plain.clone());
        Some(Asset { bytes, compressed, media_type: media_type("shopbell.js"), tag })
    }

    fn find(&self, names: &str) -> Option<Arc<Made>> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner).get(names).cloned()
    }

    async fn make(&self, names: String) -> Option<Arc<Made>> {
        let script = self.template.replacen(MARK, &names, 1);
        // Some milliseconds of work, which must not hold up the talks.
        let made = Arc::new(spawn_blocking(move || Made::of(script)).await.ok()?);
        let mut all = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= limits::LOADERS {
            all.clear();
        }
        all.insert(names, Arc::clone(&made));
        Some(made)
    }
}

impl Made {
    fn of(script: String) -> Self {
        let packed = brotli(script.as_bytes(), QUALITY, WINDOW_BITS);
        let named = |bytes: Vec<u8>| {
            let tag = tag(&Sha256::digest(&bytes));
            (Bytes::from(bytes), tag)
        };
        Self { packed: packed.map(named), plain: named(script.into_bytes()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    fn loader(template: &str) -> Loader {
        Loader { template: template.to_owned(), made: Mutex::default() }
    }

    fn owners(owner: &str) -> Vec<(ShopId, String)> {
        vec![(ShopId::parse("oak").expect("an id"), owner.to_owned())]
    }

    #[tokio::test]
    async fn the_owner_stands_in_it_as_text_only() {
        let loader = loader("new Map(SHOPBELL_OWNERS)");
        let hostile = r#""]]);alert(1)//"#;
        let plain = loader.naming(&owners(hostile), false).await.expect("made");
        assert_eq!(plain.bytes, r#"new Map([["oak","\"]]);alert(1)//"]])"#);
        let packed = loader.naming(&owners(hostile), true).await.expect("made");
        let mut read = Vec::new();
        brotli::Decompressor::new(&*packed.bytes, 4096).read_to_end(&mut read).expect("reads");
        assert_eq!((packed.compressed, &read[..]), (true, &plain.bytes[..]));
        let other = loader.naming(&owners("Maya"), false).await.expect("made");
        assert_ne!(other.tag, plain.tag, "a cache must not take one for the other");
    }

    #[tokio::test]
    async fn no_more_are_held_than_the_limit() {
        let loader = loader("SHOPBELL_OWNERS");
        for number in 0..=limits::LOADERS {
            loader.naming(&owners(&number.to_string()), true).await.expect("made");
        }
        assert!(loader.made.lock().expect("held").len() <= limits::LOADERS);
    }
}
