//! What an owner's device knows of their channels.

use shopbell_protocol::{ChannelId, ChannelLine, ChannelOffer, HeldReply, RelayFrame, SigningSecret};

/// The owner's channels, and what came by them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outside {
    /// The channels, in their order.
    pub channels: Vec<ChannelLine>,
    /// The kinds that the relay can reach.
    pub offers: Vec<ChannelOffer>,
    /// Answers that wait for the owner's word.
    pub held: u32,
    /// They themselves, once they were asked for.
    pub replies: Option<Vec<HeldReply>>,
    /// The code that links a chat, once it was asked for.
    pub code: Option<String>,
    /// What the shop's own system needs to know, once it was asked for: the latest.
    pub signing: Option<Signing>,
    /// The channels that were tried on this device, the latest last, and what was wrong.
    pub tried: Vec<(ChannelId, Option<String>)>,
}

/// How the shop's own system speaks to the relay, and knows that it is the relay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signing {
    /// Its channel.
    pub channel: ChannelId,
    /// Where it speaks to the relay.
    pub address: String,
    /// What both sides sign with.
    pub secret: SigningSecret,
}

/// Tries that are remembered.
const TRIED: usize = 32;

impl Outside {
    /// Takes what the relay says of them; false when the frame is about something else.
    pub(crate) fn take(known: &mut Option<Self>, frame: RelayFrame) -> bool {
        match frame {
            RelayFrame::Channels { channels, offers, held } => {
                let known = known.get_or_insert_default();
                let gone = |(id, problem): &(ChannelId, Option<String>)| {
                    // What could not be added stands nowhere; its problem is to be read all the same.
                    problem.is_none() && channels.iter().all(|line| line.channel != *id)
                };
                known.tried.retain(|tried| !gone(tried));
                if held == 0 {
                    known.replies = None;
                }
                (known.channels, known.offers, known.held) = (channels, offers, held);
            }
            RelayFrame::Held { replies } => known.get_or_insert_default().replies = Some(replies),
            RelayFrame::Signing { channel, address, secret } => {
                known.get_or_insert_default().signing = Some(Signing { channel, address, secret });
            }
            RelayFrame::LinkCode { code, .. } => known.get_or_insert_default().code = Some(code),
            RelayFrame::ChannelTried { channel, problem } => {
                let tried = &mut known.get_or_insert_default().tried;
                tried.retain(|(id, _)| *id != channel);
                if tried.len() >= TRIED {
                    tried.remove(0);
                }
                tried.push((channel, problem));
            }
            _ => return false,
        }
        true
    }

    /// What came of trying a channel on this device: nothing yet, well, or what was wrong.
    pub fn tried(&self, channel: ChannelId) -> Option<Result<(), &str>> {
        let (_, problem) = self.tried.iter().find(|(id, _)| *id == channel)?;
        Some(problem.as_deref().map_or(Ok(()), Err))
    }

    /// Whether the relay can reach this kind.
    pub fn offer(&self, kind: shopbell_protocol::ChannelKind) -> Option<&ChannelOffer> {
        self.offers.iter().find(|offer| offer.kind == kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shopbell_protocol::{ChannelHealth, ChannelKind, ChannelRule};

    fn channel(number: u8) -> ChannelId {
        ChannelId::from_bytes([number; 16])
    }

    fn shown(numbers: &[u8]) -> RelayFrame {
        let line = |number: &u8| ChannelLine {
            channel: channel(*number),
            kind: ChannelKind::Email,
            label: String::new(),
            rule: ChannelRule::default(),
            health: ChannelHealth::default(),
            waiting: 0,
            stuck: 0,
        };
        RelayFrame::Channels { channels: numbers.iter().map(line).collect(), offers: Vec::new(), held: 0 }
    }

    #[test]
    fn what_came_of_a_try_is_known_until_the_channel_is_gone() {
        let mut known = None;
        assert!(Outside::take(&mut known, shown(&[1, 2])));
        for (number, problem) in [(1, None), (2, Some("no")), (3, Some("no address"))] {
            let problem = problem.map(str::to_owned);
            assert!(Outside::take(
                &mut known,
                RelayFrame::ChannelTried { channel: channel(number), problem }
            ));
        }
        assert!(Outside::take(&mut known, shown(&[2])));
        let known = known.expect("shown");
        assert_eq!(known.tried(channel(1)), None);
        assert_eq!(known.tried(channel(2)), Some(Err("no")));
        assert_eq!(known.tried(channel(3)), Some(Err("no address")), "it could not be added");
    }

    #[test]
    fn the_latest_try_counts() {
        let mut known = None;
        for problem in [Some("no".to_owned()), None] {
            Outside::take(&mut known, RelayFrame::ChannelTried { channel: channel(1), problem });
        }
        assert_eq!(known.expect("tried").tried(channel(1)), Some(Ok(())));
        assert!(!Outside::take(&mut None, RelayFrame::Pong {}));
    }
}
