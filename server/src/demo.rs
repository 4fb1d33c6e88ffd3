//! `serve --demo`: a small shop's page, with the bell on it exactly as a customer
//! would paste it, from another origin than the relay's.

use crate::{
    assets::media_type,
    clock::Clock,
    http::{Origin, OwnAddress},
    relay::Relay,
    shops,
};
use axum::{
    Router,
    body::Body,
    extract::Path,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use rust_embed::RustEmbed;
use shopbell_protocol::ShopId;
use shopbell_store::{ShopEdit, Store, StoreError};
use std::{io, net::SocketAddr, sync::Arc};
use tokio::net::TcpListener;

const ID: &str = "demo";
const NAME: &str = "Oak & Ash";
const OWNER: &str = "Maya";
/// What stands in the page for the relay's address and the shop's id.
const RELAY_MARK: &str = "https://RELAY";
const SHOP_MARK: &str = "SHOP";

#[derive(RustEmbed)]
#[folder = "../examples/demo-shop"]
struct Pages;

/// The demo shop, ready to be served.
pub(crate) struct Shop {
    listener: TcpListener,
    site: Origin,
    relay: Origin,
}

impl Shop {
    /// Adds the shop when it is missing, and takes a port for its page: the one
    /// after the relay's, or any when that one is taken or the relay's was any.
    ///
    /// # Errors
    /// A sentence that says what to do.
    pub(crate) async fn open(store: &dyn Store, own: &OwnAddress, clock: &dyn Clock) -> Result<Self, String> {
        let failed = |error: io::Error| format!("The demo shop's page cannot be served: {error}.");
        let next = SocketAddr::new(own.listen.ip(), own.listen.port().wrapping_add(1));
        let listener = match TcpListener::bind(next).await {
            Ok(listener) => listener,
            Err(_) => TcpListener::bind((own.listen.ip(), 0)).await.map_err(failed)?,
        };
        let site = Origin::of_address(listener.local_addr().map_err(failed)?);
        let kept = |error: StoreError| format!("The demo shop cannot be kept: {error}.");
        let sites = [site.as_str().to_owned()];
        let shop = shops::new_shop(ID, NAME, OWNER, &sites, clock.now())?;
        let id = shop.id.clone();
        match store.add_shop(shop).await {
            Err(StoreError::ShopExists) => move_to(store, &id, &site).await.map_err(kept)?,
            added => added.map_err(kept)?,
        }
        Ok(Self { listener, site, relay: own.fallback() })
    }

    /// Where to find everything, one a line.
    ///
    /// # Errors
    /// A sentence that says what to do.
    pub(crate) async fn lines(&self, relay: &Relay) -> Result<String, String> {
        let link =
            shops::sign_in_link(&*relay.store, &self.relay, ID, &*relay.clock, &*relay.entropy).await?;
        Ok(format!("shop: {}/\ninbox: {link}\ntalk: {}/talk/{ID}\n", self.site, self.relay))
    }

    /// Serves the page for as long as the relay runs.
    pub(crate) fn serve(self) {
        let relay: Arc<str> = self.relay.as_str().into();
        let index = Arc::clone(&relay);
        let router = Router::new()
            .route("/", get(move || async move { page("index.html", &index) }))
            .route("/{*file}", get(move |Path(file): Path<String>| async move { page(&file, &relay) }));
        tokio::spawn(async move {
            if let Err(error) = axum::serve(self.listener, router).await {
                tracing::error!(%error, "the demo shop's page is no longer served");
            }
        });
    }
}

/// The page stands on another port than the last time: the bell may hang there,
/// and no more where it hung before.
async fn move_to(store: &dyn Store, id: &ShopId, site: &Origin) -> Result<(), StoreError> {
    let before = store.shop(id).await?.map(|shop| shop.sites).unwrap_or_default();
    let machine = |origin: &str| origin.rsplit_once(':').map(|(machine, _)| machine.to_owned());
    let old = |origin: &String| origin != site.as_str() && machine(origin) == machine(site.as_str());
    let edit = ShopEdit {
        add_sites: vec![site.as_str().to_owned()],
        remove_sites: before.into_iter().map(|site| site.origin).filter(old).collect(),
        ..ShopEdit::default()
    };
    store.edit_shop(id, edit).await.map(drop)
}

fn page(path: &str, relay: &str) -> Response {
    let Some(file) = Pages::get(path) else { return StatusCode::NOT_FOUND.into_response() };
    let body = match (path.ends_with(".html"), std::str::from_utf8(&file.data)) {
        (true, Ok(html)) => Body::from(html.replace(RELAY_MARK, relay).replace(SHOP_MARK, ID)),
        _ => Body::from(file.data.into_owned()),
    };
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type(path)));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}
