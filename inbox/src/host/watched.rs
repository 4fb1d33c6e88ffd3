//! A value that the views follow. All values share one kind of signal, a number
//! that rises with every change: the code behind a signal is then in the app
//! once, and not once for each type of value.

use leptos::prelude::*;
use std::sync::{PoisonError, RwLock, RwLockReadGuard};

/// A value that lives as long as the app. A copy is a handle to the same one.
pub(crate) struct Watched<T: 'static> {
    value: &'static RwLock<T>,
    changes: RwSignal<u32>,
}

impl<T> Clone for Watched<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Watched<T> {}

impl<T> Watched<T> {
    /// With a value to begin with. It is never given back, so only the one host makes these.
    pub(super) fn new(value: T) -> Self {
        Self { value: Box::leak(Box::new(RwLock::new(value))), changes: RwSignal::new(0) }
    }

    fn held(self) -> RwLockReadGuard<'static, T> {
        self.value.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Follows the value without reading it.
    pub(crate) fn track(self) {
        self.changes.track();
    }

    /// Reads the value and follows it.
    pub(crate) fn with<R>(self, read: impl FnOnce(&T) -> R) -> R {
        self.track();
        read(&self.held())
    }

    /// Reads the value as it is now.
    pub(crate) fn with_untracked<R>(self, read: impl FnOnce(&T) -> R) -> R {
        read(&self.held())
    }

    /// Gives another value. Not to be called while the value is being read.
    pub(crate) fn set(self, value: T) {
        *self.value.write().unwrap_or_else(PoisonError::into_inner) = value;
        self.changes.update(|changes| *changes = changes.wrapping_add(1));
    }
}

impl<T: Clone> Watched<T> {
    /// The value, which is followed.
    pub(crate) fn get(self) -> T {
        self.with(T::clone)
    }

    /// The value as it is now.
    pub(crate) fn get_untracked(self) -> T {
        self.with_untracked(T::clone)
    }
}

impl Watched<u32> {
    /// For a number that only tells that something else has changed.
    pub(crate) fn rise(self) {
        self.set(self.get_untracked().wrapping_add(1));
    }
}
