//! `shopbell shop add|edit|list` and `shopbell owner link`: done on the data folder
//! itself, also while a relay runs on it.

use crate::{
    clock::{Clock, SystemClock},
    config::Config,
    entropy::{Entropy, SystemEntropy},
    http::{Origin, OwnAddress},
    limits, memory,
    secrets::Token,
};
use shopbell_protocol::{ShopId, UnixMillis, limits as wire, text};
use shopbell_store::{CommitListener, NewShop, Outcome, Shop, ShopEdit, Store, StoreError};
use std::sync::Arc;

/// Nobody waits for outcomes, since the command line appends nothing.
struct Nobody;

/// The number of who is no relay.
const NO_RELAY: u64 = 0;

impl CommitListener for Nobody {
    fn on_outcomes(&self, _: Vec<Outcome>) {}
}

/// Opens what is remembered for a command.
///
/// # Errors
/// A sentence that says what to do.
pub(crate) async fn open(config: &Config) -> Result<Arc<dyn Store>, String> {
    memory::open(config, NO_RELAY, Arc::new(Nobody)).await
}

/// What is said of a memory that cannot be used.
pub(crate) fn unusable(config: &Config, error: &StoreError) -> String {
    match &config.store.postgres {
        // It says itself what to do.
        Some(_) if matches!(error, StoreError::Unreadable(_)) => {
            format!("The PostgreSQL database cannot be used. {error}")
        }
        Some(_) => format!(
            "The PostgreSQL database cannot be used: {error}. Check [store] postgres, and whether the server runs."
        ),
        None => format!(
            "The data folder {} cannot be used: {error}. Check the path and who may write there.",
            config.data().display()
        ),
    }
}

/// Adds a shop; gives the tag to paste into its pages.
///
/// # Errors
/// A sentence that says what to do.
pub(crate) async fn add(
    config: &Config,
    id: &str,
    name: &str,
    owner: &str,
    sites: &[String],
) -> Result<String, String> {
    let at = SystemClock::new().now();
    let shop = new_shop(id, name, owner, sites, at)?;
    let store = open(config).await?;
    let added = store.add_shop(shop).await;
    store.close().await;
    match added {
        Ok(()) => {}
        Err(StoreError::ShopExists) => {
            return Err(format!("There is already a shop called {id:?}. Choose another id."));
        }
        Err(error @ StoreError::TooManySites) => return Err(nothing_changed(&error)),
        Err(error) => return Err(unusable(config, &error)),
    }
    let own = own(config);
    let tag = tag(own.fallback().as_str(), id);
    let hint = if own.public.is_none() {
        "It works on this machine only, while the relay listens there. Set server.public_url to the address\n\
         that browsers will see, and the inbox shows the tag for everybody.\n\n"
    } else {
        ""
    };
    Ok(format!(
        "Added {id}. Paste this into the shop's pages:\n\n  {tag}\n\n{hint}\
         Then let the owner in:\n\n  shopbell owner link {id}\n"
    ))
}

/// The tag to paste into a shop's pages.
pub(crate) fn tag(origin: &str, id: &str) -> String {
    format!(r#"<script async src="{origin}/shopbell.js" data-shop="{id}"></script>"#)
}

/// A shop as it may be kept.
///
/// # Errors
/// A sentence that says which value is wrong.
pub(crate) fn new_shop(
    id: &str,
    name: &str,
    owner: &str,
    sites: &[String],
    at: UnixMillis,
) -> Result<NewShop, String> {
    let id = ShopId::parse(id).map_err(|error| error.to_string())?;
    Ok(NewShop { id, name: named("shop", name)?, owner: named("owner", owner)?, sites: origins(sites)?, at })
}

fn named(what: &str, text: &str) -> Result<String, String> {
    if text.chars().count() > wire::NAME_CHARS {
        return Err(format!("The {what}'s name is too long: it may have {} characters.", wire::NAME_CHARS));
    }
    let clean = text::clean_line(text, wire::NAME_CHARS);
    if clean.is_empty() { Err(format!("The {what}'s name has nothing to read in it.")) } else { Ok(clean) }
}

fn origins(sites: &[String]) -> Result<Vec<String>, String> {
    let sites = sites.iter().map(|site| {
        let origin = Origin::parse(site).map_err(|error| format!("{site:?} cannot be a site: {error}."))?;
        Ok(origin.as_str().to_owned())
    });
    sites.collect()
}

/// Changes a shop. A relay that runs on the same folder goes by it at once.
///
/// # Errors
/// A sentence that says what to do.
pub(crate) async fn edit(config: &Config, id: &str, edit: ShopEdit) -> Result<String, String> {
    let shop = ShopId::parse(id).map_err(|error| error.to_string())?;
    let edit = ShopEdit {
        name: edit.name.map(|name| named("shop", &name)).transpose()?,
        owner: edit.owner.map(|owner| named("owner", &owner)).transpose()?,
        add_sites: origins(&edit.add_sites)?,
        remove_sites: origins(&edit.remove_sites)?,
    };
    let store = open(config).await?;
    let edited = store.edit_shop(&shop, edit).await;
    let now = store.shop(&shop).await;
    store.close().await;
    match edited {
        Ok(true) => Ok(now.ok().flatten().map(line).unwrap_or_default()),
        Ok(false) => Err(no_such_shop(&shop)),
        Err(error @ StoreError::TooManySites) => Err(nothing_changed(&error)),
        Err(error) => Err(unusable(config, &error)),
    }
}

fn no_such_shop(id: &ShopId) -> String {
    format!("There is no shop called {id}. See `shopbell shop list`.")
}

fn nothing_changed(error: &StoreError) -> String {
    format!("Nothing was changed: {error}.")
}

/// A shop on one line: id, name, owner, sites.
fn line(shop: Shop) -> String {
    let sites: Vec<_> = shop.sites.iter().map(|site| site.origin.as_str()).collect();
    format!("{}\t{}\t{}\t{}\n", shop.id, shop.name, shop.owner, sites.join(" "))
}

/// All shops, one a line: id, name, owner, sites.
///
/// # Errors
/// A sentence that says what to do.
pub(crate) async fn list(config: &Config) -> Result<String, String> {
    let store = open(config).await?;
    let shops = store.shops().await;
    store.close().await;
    Ok(shops.map_err(|error| unusable(config, &error))?.into_iter().map(line).collect())
}

/// Makes a one-time sign-in link.
///
/// # Errors
/// A sentence that says what to do.
pub(crate) async fn link(config: &Config, shop: &str) -> Result<String, String> {
    let store = open(config).await?;
    let made =
        sign_in_link(&*store, &own(config).fallback(), shop, &SystemClock::new(), &SystemEntropy).await;
    store.close().await;
    Ok(format!("{}\n", made?))
}

/// A one-time sign-in link. The code stands in the fragment, which browsers keep
/// to themselves: no log and no preview of the link ever sees it.
///
/// # Errors
/// A sentence that says what to do.
pub(crate) async fn sign_in_link(
    store: &dyn Store,
    origin: &Origin,
    shop: &str,
    clock: &dyn Clock,
    entropy: &dyn Entropy,
) -> Result<String, String> {
    let id = ShopId::parse(shop).map_err(|error| error.to_string())?;
    let code = Token::draw(entropy).map_err(|error| format!("No link can be made: {error}."))?;
    let until = UnixMillis(clock.now().0 + limits::LINK_GOOD_MS);
    match store.add_link(&id, code.digest(), until).await {
        Ok(true) => Ok(format!("{origin}/inbox#code={}", code.reveal())),
        Ok(false) => Err(no_such_shop(&id)),
        Err(error) => Err(format!("The link could not be kept: {error}.")),
    }
}

/// What the relay is called, as far as the settings say.
fn own(config: &Config) -> OwnAddress {
    OwnAddress { public: config.server.public_url.clone(), listen: config.server.listen }
}
