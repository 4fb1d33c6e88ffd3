//! Sets up the channels that the configuration names.

use super::{Outside, RelayKey};
use crate::{config::Config, entropy::Entropy, http::OwnAddress, limits};
use shopbell_channels::{Channel, Outbound, email::Email, telegram::Telegram};
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
    entropy: &dyn Entropy,
) -> Result<Outside, String> {
    let key = RelayKey::open(data, entropy)?;
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
    Ok(Outside::new(channels, keys, key))
}
