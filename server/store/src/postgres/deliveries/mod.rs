//! What is on its way: written with its message, found when it is due by one relay of
//! several, and how each try ends.
//!
//! Whoever writes or takes away a channel's deliveries holds the channel's row: those who put
//! new ones, so that a relay which looks when the next is due waits for them; those who end
//! some, only so far that nobody removes the channel meanwhile.

mod due;
mod put;
mod tries;

pub(super) use due::{bursts, call_again, claim, next_due, rest, take_over};
pub(super) use put::{NewDelivery, Ways, put, ways};
pub(super) use tries::{Closed, Tried, begin_try, close, hand, put_off, still_trying, undelivered};
