//! Names are looked up here, and only addresses that may be called come out.

use super::address::{Allowed, NOT_PUBLIC, Reach};
use async_trait::async_trait;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

/// How a name is looked up.
#[async_trait]
pub trait Lookup: Send + Sync + 'static {
    /// All addresses of a name.
    ///
    /// # Errors
    /// When there is no such name, or nobody who could tell.
    async fn addresses(&self, name: &str) -> io::Result<Vec<IpAddr>>;
}

/// As the machine does it.
pub(super) struct System;

#[async_trait]
impl Lookup for System {
    async fn addresses(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        Ok(tokio::net::lookup_host((name, 0)).await?.map(|found| found.ip()).collect())
    }
}

/// Why a name gave no address to connect to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum NoAddress {
    #[error(
        "Its name cannot be found. Check how the address is spelled, or wait until the name is known again."
    )]
    Unknown,
    #[error("{NOT_PUBLIC}")]
    NotPublic,
    /// It is public, and the request may go to allowed networks only.
    #[error(
        "The address has to begin with https:// and have no port below 1024, unless it is in one of the networks that the relay's configuration allows."
    )]
    NotInside,
}

/// Looks names up and gives to the client only those addresses that it may connect to,
/// so that what was looked at and what is connected to can't differ.
pub(super) struct Guard {
    pub(super) lookup: Arc<dyn Lookup>,
    pub(super) allowed: Arc<Allowed>,
    pub(super) reach: Reach,
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let Self { lookup, allowed, reach } = self;
        let (lookup, allowed, reach) = (lookup.clone(), allowed.clone(), *reach);
        Box::pin(async move { Ok(permitted(&*lookup, &allowed, reach, name.as_str()).await?) })
    }
}

async fn permitted(
    lookup: &dyn Lookup,
    allowed: &Allowed,
    reach: Reach,
    name: &str,
) -> Result<Addrs, NoAddress> {
    let found = lookup.addresses(name).await.unwrap_or_default();
    let may = |reach| found.iter().copied().filter(move |&address| allowed.permits(address, reach));
    // The port 0 is filled in from the request's own address.
    let addresses: Vec<_> = may(reach).map(|address| SocketAddr::new(address, 0)).collect();
    if !addresses.is_empty() {
        return Ok(Box::new(addresses.into_iter()));
    }
    Err(match may(Reach::Anywhere).next() {
        Some(_) => NoAddress::NotInside,
        None if found.is_empty() => NoAddress::Unknown,
        None => NoAddress::NotPublic,
    })
}
