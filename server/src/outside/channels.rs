//! Sets up the channels that the configuration names.

use super::{Outside, RelayKey};
use crate::{config::Config, entropy::Entropy, http::OwnAddress, limits};
use shopbell_channels::{
    Channel, Outbound,
    email::Email,
    ntfy::Ntfy,
    push::{Push, VapidKey},
    sms::Sms,
    telegram::Telegram,
    webhook::Webhook,
};
use shopbell_protocol::ChannelKind;
use std::{collections::BTreeMap, path::Path, sync::Arc};
use tokio::time::timeout;
use url::Url;

/// The channels of this relay.
///
/// # Errors
/// A sentence that says what to do.
pub(crate) async fn set_up(
    config: &Config,
    own: &OwnAddress,
    data: &Path,
    entropy: Arc<dyn Entropy>,
) -> Result<Outside, String> {
    let key = RelayKey::open(data, &*entropy)?;
    let outbound = Outbound::new(&config.outbound);
    let public_url = Url::parse(own.fallback().as_str()).ok();
    let mut channels: Vec<Arc<dyn Channel>> = Vec::new();
    let mut keys = BTreeMap::new();
    if let Some(settings) = &config.email {
        let email = Email::new(settings, key.derive("email", &[])).map_err(|error| error.to_string())?;
        channels.push(Arc::new(email));
    }
    if let Some(settings) = &config.telegram {
        let telegram = Telegram::new(settings.clone(), outbound.clone(), public_url.as_ref());
        // Without its name a chat can still be linked by hand.
        if let Ok(Ok(name)) = timeout(limits::BOT_NAME_WITHIN, telegram.bot_name()).await {
            keys.insert(ChannelKind::Telegram, name);
        }
        channels.push(Arc::new(telegram));
    }
    if let Some(settings) = &config.sms {
        settings.check()?;
        channels.push(Arc::new(Sms::new(settings.clone(), outbound.clone())));
    }
    let vapid = vapid_key(&key)?;
    keys.insert(ChannelKind::Push, vapid.public_key());
    let contact = config.push.clone().with_default_contact(public_url.as_ref());
    // What is sealed with bytes that are not random lies open: then rather nothing is sent.
    let random = move |bytes: &mut [u8]| entropy.fill(bytes).expect("the system has randomness to give");
    channels.push(Arc::new(Push::new(contact, vapid, outbound.clone(), Arc::new(random))));
    channels.push(Arc::new(Ntfy::new(outbound.clone())));
    channels.push(Arc::new(Webhook::new(outbound)));
    Ok(Outside::new(channels, keys, key))
}

/// The key that pushes are signed with. Browsers subscribe to it, so it is the same for as
/// long as the relay's key is. One draw in four thousand million is no key: then the next.
fn vapid_key(key: &RelayKey) -> Result<VapidKey, String> {
    let keys = (0_u8..4).map(|draw| VapidKey::from_bytes(&key.derive("vapid", &[&[draw]])));
    keys.flatten().next().ok_or_else(|| "No key for pushes could be derived from the relay's key.".into())
}
