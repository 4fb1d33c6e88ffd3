//! What counts as seen: a message is opened only when a person can have read it.

/// Within so many pixels of its end a log counts as being at its end.
pub(crate) const NEAR_END_PX: f64 = 48.0;
/// Within so many pixels of its beginning a log wants the messages before.
pub(crate) const NEAR_START_PX: f64 = 800.0;

/// What is known of the owner's eyes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Sight {
    /// The app's tab or window is not hidden.
    pub(crate) visible: bool,
    /// The app has the focus of the system.
    pub(crate) focused: bool,
    /// The conversation is what the app shows, with nothing over it.
    pub(crate) shown: bool,
    /// The last message stands in the visible part of the log.
    pub(crate) at_end: bool,
}

impl Sight {
    /// Whether everything that has come may be told as opened.
    pub(crate) fn sees(self) -> bool {
        self.visible && self.focused && self.shown && self.at_end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_seen_unless_all_of_it_is_so() {
        let all = Sight { visible: true, focused: true, shown: true, at_end: true };
        assert!(all.sees());
        for lacking in [
            Sight { visible: false, ..all },
            Sight { focused: false, ..all },
            Sight { shown: false, ..all },
            Sight { at_end: false, ..all },
        ] {
            assert!(!lacking.sees(), "{lacking:?}");
        }
    }
}
