//! Addresses that lead a person back: the visitor's private link, and the one by which
//! they want no more mail.

use super::RelayKey;
use crate::secrets;
use shopbell_protocol::{ChannelId, ConversationId, Credential, Secret, ShopId};
use subtle::ConstantTimeEq;

/// The second secret of a conversation, for links in mails to this channel. The store
/// keeps its digest; with another channel it is another one.
pub(super) fn link_secret(key: &RelayKey, channel: ChannelId, conversation: ConversationId) -> Secret {
    Secret::new(&key.derive("private link", &[channel.as_bytes(), conversation.as_bytes()]))
}

/// The address that opens a conversation on any device.
pub(super) fn private_link(
    origin: &str,
    key: &RelayKey,
    shop: &ShopId,
    channel: ChannelId,
    conversation: ConversationId,
) -> String {
    let secret = link_secret(key, channel, conversation);
    let key = secrets::key(&Credential { conversation, secret });
    format!("{origin}/talk/{shop}/link/{key}")
}

/// What stands in the address by which a visitor wants no more mail.
pub(super) fn stop_token(key: &RelayKey, channel: ChannelId) -> String {
    let mac = Secret::new(&key.derive("stop", &[channel.as_bytes()]));
    format!("{channel}.{}", mac.reveal())
}

/// Whose it is; none for anything that the relay did not write.
pub(crate) fn stopped_channel(key: &RelayKey, token: &str) -> Option<ChannelId> {
    let channel = ChannelId::parse(token.split_once('.')?.0)?;
    let expected = stop_token(key, channel);
    bool::from(expected.as_bytes().ct_eq(token.as_bytes())).then_some(channel)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_relays_own_token_stops_a_channel() {
        let key = RelayKey::of([1; 32]);
        let channel = ChannelId::new(5, [2; 10]);
        let token = stop_token(&key, channel);
        assert_eq!(stopped_channel(&key, &token), Some(channel));
        let other = stop_token(&RelayKey::of([2; 32]), channel);
        for bad in [
            "",
            ".",
            "x.y",
            &other,
            &token.replace(&channel.to_string(), "018bcfe5-6800-7707-8707-070707070707"),
        ] {
            assert_eq!(stopped_channel(&key, bad), None, "{bad}");
        }
    }
}
