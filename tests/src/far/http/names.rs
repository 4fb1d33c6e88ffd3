//! Names that lead where a test wants.

use async_trait::async_trait;
use shopbell_channels::Lookup;
use std::{
    collections::HashMap,
    io,
    net::IpAddr,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Names, and the answers to each look-up of them in turn; the last answer stays.
#[derive(Debug, Default)]
pub struct Names {
    answers: Mutex<HashMap<String, Vec<Vec<IpAddr>>>>,
}

impl Names {
    /// One name that leads to one address.
    pub fn of(name: &str, address: IpAddr) -> Self {
        let names = Self::default();
        names.lead(name, &[address]);
        names
    }

    /// From now on a name leads here.
    pub fn lead(&self, name: &str, addresses: &[IpAddr]) {
        self.lead_in_turn(name, &[addresses]);
    }

    /// From now on a name leads elsewhere each time that it is looked up.
    pub fn lead_in_turn(&self, name: &str, answers: &[&[IpAddr]]) {
        let answers = answers.iter().rev().map(|addresses| addresses.to_vec()).collect();
        self.all().insert(name.into(), answers);
    }

    /// From now on nobody knows this name.
    pub fn forget(&self, name: &str) {
        self.all().remove(name);
    }

    fn all(&self) -> MutexGuard<'_, HashMap<String, Vec<Vec<IpAddr>>>> {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Lookup for Names {
    async fn addresses(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        let mut all = self.all();
        let answers = all.get_mut(name).ok_or(io::ErrorKind::NotFound)?;
        let next = if answers.len() > 1 { answers.pop() } else { answers.last().cloned() };
        next.ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}
