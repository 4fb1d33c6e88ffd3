//! How many connections may be open: in all, and from one address.

use super::network;
use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

/// Counts open connections.
pub(crate) struct Connections {
    most: usize,
    most_per_address: usize,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    all: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// Leave to keep one connection open, given back when it is dropped.
pub(crate) struct Permit {
    connections: Arc<Connections>,
    address: Option<IpAddr>,
}

impl Connections {
    /// With none open; 0 means without a limit.
    pub(crate) fn new(most: usize, most_per_address: usize) -> Arc<Self> {
        let bound = |n: usize| if n == 0 { usize::MAX } else { n };
        Arc::new(Self {
            most: bound(most),
            most_per_address: bound(most_per_address),
            open: Mutex::default(),
        })
    }

    /// Leave for one more from this address, if it is known, or none.
    pub(crate) fn permit(self: &Arc<Self>, address: Option<IpAddr>) -> Option<Permit> {
        let address = address.map(network);
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.all >= self.most {
            return None;
        }
        if let Some(address) = address {
            let of_address = open.by_address.entry(address).or_default();
            if *of_address >= self.most_per_address {
                return None;
            }
            *of_address += 1;
        }
        open.all += 1;
        Some(Permit { connections: Arc::clone(self), address })
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut open = self.connections.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.all -= 1;
        let Some(address) = self.address else { return };
        if let Some(of_address) = open.by_address.get_mut(&address) {
            *of_address -= 1;
            if *of_address == 0 {
                open.by_address.remove(&address);
            }
        }
    }
}
