//! What happens, and how the network is while it does.

use super::tab::TabId;
use shopbell_client::Draft;
use shopbell_protocol::MessageId;

/// A connection.
pub(super) type LineId = usize;

/// Something that happens at its time.
#[derive(Debug)]
pub(super) enum Event {
    /// A tab calls the relay.
    Called(LineId),
    /// The call got through, or did not.
    Answered(LineId, bool),
    /// What a tab has said arrives at the relay.
    ToRelay(LineId, String),
    /// The relay hears that the tab's end is closed.
    HungUp(LineId),
    /// What the relay has said arrives at the tab.
    ToTab(LineId, String),
    /// The tab hears that the relay's end is closed.
    Ended(LineId, Option<u16>),
    /// An exchange's frames arrive at the relay,
    Request(LineId, Vec<String>),
    /// and its answer at the tab.
    Reply(LineId, Vec<String>),
    /// Another tab of the device has put a draft into the storage,
    Stored(TabId, Draft),
    /// or taken it out.
    Removed(TabId, MessageId),
    /// The relay has died in the middle of what it did.
    Died,
    /// The relay of this number has gone down in good order.
    WentDown(u64),
    /// The relay starts.
    Starts,
    /// The next thing of the plot.
    Plot,
}

/// How the network is.
#[derive(Debug, Default)]
pub(super) struct Weather {
    /// The longest that a frame is under way when nothing holds it up.
    pub(super) most_ms: u64,
    /// Calls that fail, of 100.
    pub(super) failing: u8,
    /// Nothing arrives before this time.
    pub(super) frozen_until: u64,
    /// What the relay says before this time is swallowed, and everything after it on that line.
    pub(super) deaf_until: u64,
    /// Sockets don't get through before this time.
    pub(super) blocked_until: u64,
}

/// What went wrong, so that a run in which it did not is known.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Felt {
    pub(super) swallowed: u64,
    pub(super) cut_off: u64,
    pub(super) held_back: u64,
    pub(super) exchanges: u64,
}
