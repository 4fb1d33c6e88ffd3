//! A map that forgets its oldest entries, so that no crowd of strangers can fill the memory.

use std::{
    collections::{HashMap, VecDeque},
    hash::Hash,
};

/// Holds at most so many entries; the one that came first goes first.
#[derive(Debug)]
pub(super) struct Bounded<K, V> {
    most: usize,
    entries: HashMap<K, V>,
    order: VecDeque<K>,
}

impl<K: Copy + Eq + Hash, V> Bounded<K, V> {
    pub(super) fn new(most: usize) -> Self {
        Self { most, entries: HashMap::new(), order: VecDeque::new() }
    }

    pub(super) fn get(&self, key: &K) -> Option<&V> {
        self.entries.get(key)
    }

    /// Sets it; its age stays that of its first coming. False when it was there before.
    pub(super) fn set(&mut self, key: K, value: V) -> bool {
        if self.entries.insert(key, value).is_some() {
            return false;
        }
        self.order.push_back(key);
        if self.order.len() > self.most
            && let Some(oldest) = self.order.pop_front()
        {
            self.entries.remove(&oldest);
        }
        true
    }

    pub(super) fn entry(&mut self, key: K) -> &mut V
    where
        V: Default,
    {
        if !self.entries.contains_key(&key) {
            self.set(key, V::default());
        }
        self.entries.entry(key).or_default()
    }

    /// The keys, the oldest first.
    pub(super) fn keys(&self) -> impl Iterator<Item = &K> {
        self.order.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_goes_when_there_is_no_more_room() {
        let mut map = Bounded::new(2);
        assert!(map.set(1, 'a'));
        assert!(map.set(2, 'b'));
        assert!(!map.set(1, 'c'));
        assert!(map.set(3, 'd'));
        assert_eq!((map.get(&1), map.get(&2), map.get(&3)), (None, Some(&'b'), Some(&'d')));
        assert_eq!(map.keys().copied().collect::<Vec<_>>(), [2, 3]);
    }
}
