//! What every run begins with: a shop, its owner's two signed-in devices, and two visitors'
//! credentials. It is made once and copied for each run.

use super::house::Caller;
use crate::secrets::{Token, digest};
use shopbell_protocol::{ConversationId, Credential, Secret, SessionId, ShopId, UnixMillis};
use shopbell_store::{
    CommitListener, Memory, NewSession, NewShop, Outcome, SqliteStore, Steps, Store, StoreError, Turn,
};
use std::{net::IpAddr, sync::Arc};

/// How many visitors there are.
pub(super) const VISITORS: usize = 2;
/// How many signed-in devices the owner has.
pub(super) const INBOXES: usize = 2;

/// The shop.
pub(super) fn shop() -> ShopId {
    ShopId::parse("oak").expect("an id")
}

/// A visitor's conversation.
pub(super) fn conversation(which: usize) -> ConversationId {
    ConversationId::from_bytes([if which == 0 { 0xA0 } else { 0xB0 }; 16])
}

/// A visitor's own credential.
pub(super) fn credential(which: usize) -> Credential {
    let digit = if which == 0 { 0x0A } else { 0x0B };
    Credential { conversation: conversation(which), secret: Secret::new(&[digit; 32]) }
}

/// A conversation's id, with a secret that is not its own.
pub(super) fn wrong_credential(which: usize) -> Credential {
    Credential { secret: Secret::new(&[0x0C; 32]), ..credential(which) }
}

/// Each device has an address of its own.
pub(super) fn visitor(device: usize) -> Caller {
    Caller { address: address(device), owner: None }
}

/// The owner's device with this number.
pub(super) fn inbox(which: usize, device: usize) -> Caller {
    Caller { address: address(device), owner: Token::parse(token(which).reveal()) }
}

fn address(device: usize) -> IpAddr {
    IpAddr::from([10, 0, 0, u8::try_from(device).unwrap_or(u8::MAX)])
}

fn token(which: usize) -> Secret {
    Secret::new(&[if which == 0 { 0xE0 } else { 0xE1 }; 32])
}

/// Nothing is in the way while it is made.
struct AtOnce;

impl Steps for AtOnce {
    fn turn(&self) -> Turn {
        Box::pin(std::future::ready(()))
    }

    fn refuses(&self) -> bool {
        false
    }

    fn committed(&self) {}
}

/// Nothing is said while it is made.
struct Nobody;

impl CommitListener for Nobody {
    fn on_outcomes(&self, _: Vec<Outcome>) {}
}

/// Makes what every run begins with.
pub(super) async fn memory() -> Result<Memory, StoreError> {
    let memory = Memory::new()?;
    let (store, writing) = SqliteStore::inline(&memory, Arc::new(Nobody), Arc::new(AtOnce))?;
    let writing = tokio::spawn(writing);
    let (name, owner) = ("The oak".into(), "Maya".into());
    store.add_shop(NewShop { id: shop(), name, owner, sites: Vec::new(), at: UnixMillis(1) }).await?;
    for which in 0..INBOXES {
        let code = digest(&token(which));
        store.add_link(&shop(), code, UnixMillis(u64::MAX >> 1)).await?;
        let id = SessionId::from_bytes([u8::try_from(which).unwrap_or(0) + 1; 16]);
        let session = NewSession { id, token: code, device: "An inbox".into(), at: UnixMillis(1) };
        store.sign_in(code, session).await?;
    }
    store.close().await;
    // It has ended by itself, or it broke off.
    drop(writing.await);
    Ok(memory)
}
