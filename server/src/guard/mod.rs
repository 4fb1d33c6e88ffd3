//! How much one visitor, one shop and one address may do: whoever is over it is
//! told when to try again.

mod admission;
mod connections;
mod keyed;

pub(crate) use connections::{Connections, Permit};

use crate::{clock::Clock, config::Limits, limits as own_limits, metrics::Metrics};
use admission::Admission;
use keyed::Keyed;
use sha2::{Digest, Sha256};
use shopbell_protocol::{ChannelId, ConversationId, SessionId, ShopId};
use std::{
    net::{IpAddr, Ipv6Addr},
    sync::Arc,
};

/// When it is worth trying again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooFast {
    /// In milliseconds from now.
    pub(crate) retry_after_ms: u32,
}

/// The rate limits.
pub(crate) struct Guard {
    admission: Admission,
    visitor_sends: Keyed<ConversationId>,
    owner_sends: Keyed<SessionId>,
    shop_sends: Keyed<ShopId>,
    address_sends: Keyed<IpAddr>,
    begins: Keyed<IpAddr>,
    hellos: Keyed<IpAddr>,
    sign_ins: Keyed<IpAddr>,
    requests: Keyed<IpAddr>,
    tests: Keyed<SessionId>,
    addresses: Keyed<ConversationId>,
    answers: Keyed<ChannelId>,
    letters: Keyed<[u8; 32]>,
    metrics: Metrics,
}

impl Guard {
    /// With nobody over any limit.
    pub(crate) fn new(limits: &Limits, clock: &Arc<dyn Clock>, metrics: Metrics) -> Self {
        Self {
            admission: Admission::new(limits.hellos_per_second, clock),
            visitor_sends: Keyed::new(limits.visitor_sends_per_minute, clock),
            owner_sends: Keyed::new(limits.owner_sends_per_minute, clock),
            shop_sends: Keyed::new(limits.shop_sends_per_minute, clock),
            address_sends: Keyed::new(limits.address_sends_per_minute, clock),
            begins: Keyed::new(limits.address_begins_per_minute, clock),
            hellos: Keyed::new(limits.address_connects_per_minute, clock),
            sign_ins: Keyed::new(limits.address_sign_ins_per_minute, clock),
            requests: Keyed::new(limits.address_requests_per_minute, clock),
            tests: Keyed::new(own_limits::TESTS_PER_MINUTE, clock),
            addresses: Keyed::new(own_limits::ADDRESSES_PER_MINUTE, clock),
            answers: Keyed::new(own_limits::ANSWERS_PER_MINUTE, clock),
            letters: Keyed::per_hour(own_limits::LETTERS_PER_HOUR, clock),
            metrics,
        }
    }

    /// A visitor sends.
    pub(crate) fn visitor_send(
        &self,
        conversation: ConversationId,
        shop: &ShopId,
        address: IpAddr,
    ) -> Result<(), TooFast> {
        self.counted(
            self.visitor_sends
                .check(&conversation)
                .and_then(|()| self.address_sends.check(&network(address)))
                .and_then(|()| self.shop_sends.check(shop)),
        )
    }

    /// A visitor begins a conversation.
    pub(crate) fn begin(&self, address: IpAddr) -> Result<(), TooFast> {
        self.counted(self.begins.check(&network(address)))
    }

    /// An owner sends. Visitors of the shop cannot use up what the owner may say.
    pub(crate) fn owner_send(&self, session: SessionId) -> Result<(), TooFast> {
        self.counted(self.owner_sends.check(&session))
    }

    /// Somebody connects by WebSocket or begins an exchange.
    pub(crate) fn hello(&self, address: IpAddr) -> Result<(), TooFast> {
        self.counted(self.hellos.check(&network(address)).and_then(|()| self.admission.check()))
    }

    /// Somebody tries to sign in.
    pub(crate) fn sign_in(&self, address: IpAddr) -> Result<(), TooFast> {
        self.counted(self.sign_ins.check(&network(address)))
    }

    /// Any other request that makes the relay read or write something.
    pub(crate) fn request(&self, address: IpAddr) -> Result<(), TooFast> {
        self.counted(self.requests.check(&network(address)))
    }

    /// An owner presses a test button, or adds a channel.
    pub(crate) fn channel_tested(&self, session: SessionId) -> Result<(), TooFast> {
        self.counted(self.tests.check(&session))
    }

    /// A visitor leaves an address.
    pub(crate) fn address_left(&self, conversation: ConversationId) -> Result<(), TooFast> {
        self.counted(self.addresses.check(&conversation))
    }

    /// Somebody answers by a channel.
    pub(crate) fn answer_came(&self, channel: ChannelId) -> Result<(), TooFast> {
        self.counted(self.answers.check(&channel))
    }

    /// A letter is about to go to a mailbox that a visitor has named, be it theirs or not.
    pub(crate) fn letter(&self, address: &str) -> Result<(), TooFast> {
        self.counted(self.letters.check(&mailbox(address)))
    }

    /// Forgets those that have recovered, so that memory has a bound.
    pub(crate) fn prune(&self) {
        self.visitor_sends.prune();
        self.owner_sends.prune();
        self.shop_sends.prune();
        self.address_sends.prune();
        self.begins.prune();
        self.hellos.prune();
        self.sign_ins.prune();
        self.requests.prune();
        self.tests.prune();
        self.addresses.prune();
        self.answers.prune();
        self.letters.prune();
    }

    fn counted(&self, result: Result<(), TooFast>) -> Result<(), TooFast> {
        if result.is_err() {
            self.metrics.limited.increment(1);
        }
        result
    }
}

/// What is counted as one address: an IPv6 host usually has a whole /64 network.
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX))),
    }
}

/// What is counted as one mailbox: many providers bring to it whatever stands behind a plus.
fn mailbox(address: &str) -> [u8; 32] {
    let address = address.trim().to_lowercase();
    let (local, domain) = address.rsplit_once('@').unwrap_or((&address, ""));
    let local = local.split('+').next().unwrap_or_default();
    Sha256::new().chain_update(local).chain_update("@").chain_update(domain).finalize().into()
}

#[cfg(test)]
mod tests;
