//! What the relay says to anybody.

use crate::relay::{ConnectionId, Said};
use shopbell_protocol::{ErrorCode, OwnerWelcome, Problem, RelayFrame, SessionId, ShopId};

/// The first words to an owner.
pub(crate) fn welcome_owner() -> RelayFrame {
    RelayFrame::OwnerWelcome(OwnerWelcome {
        shop_id: ShopId::parse("oak-and-ash").expect("a shop's id"),
        shop: "Oak and Ash".into(),
        owner: "Ana".into(),
        session: SessionId::from_bytes([1; 16]),
        tag: String::new(),
        sites: Vec::new(),
        waiting: 0,
        cut: None,
    })
}

/// A frame is not done, and nothing says which one.
pub(crate) fn objection(to: ConnectionId) -> Said {
    vec![(to, RelayFrame::Problem(Problem::new(ErrorCode::TooFast).retry_after(1_500)))]
}
