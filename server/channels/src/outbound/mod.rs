//! Requests to addresses that the relay was given by others: never to a machine inside.
//!
//! Whoever may type an address into the inbox could otherwise make the relay ask what
//! only it can reach: its own ports, the machines beside it, the cloud's metadata. So
//! the address that is *connected to* is looked at, after the name was looked up and
//! again after each redirect, and not the name: a name can lead elsewhere a moment later.

mod address;
mod answer;
mod fault;
mod lookup;
mod tls;

pub use answer::Answer;
pub use lookup::Lookup;

use crate::{Failure, limits};
use address::{Allowed, Reach};
use ipnet::IpNet;
use lookup::{Guard, System};
use reqwest::{
    Client, Method, Request, RequestBuilder, Response,
    header::{ACCEPT, HeaderMap, LOCATION},
};
use serde::Deserialize;
use std::{fmt, path::PathBuf, sync::Arc};
use url::Url;

/// `[outbound]`: whom the relay may call.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OutboundConfig {
    /// Networks that are not public and may be called all the same, like `10.1.0.0/16`;
    /// plain `http` is allowed to these only, and so are ports below 1024 other than 80
    /// and 443.
    pub allow_networks: Vec<IpNet>,
    /// PEM files with the certificates of private authorities to trust beside those that
    /// the machine trusts.
    pub extra_roots: Vec<PathBuf>,
}

impl OutboundConfig {
    /// Looks whether the files are there and can be read, to be said at the start.
    ///
    /// # Errors
    /// A sentence that names the file.
    pub fn check(&self) -> Result<(), String> {
        self.extra_roots.iter().try_for_each(|path| tls::read(path).map(drop))
    }
}

/// The one HTTP client of all channels. It knows no proxies, keeps no cookies and takes
/// no compressed answers.
#[derive(Clone)]
pub struct Outbound {
    allowed: Arc<Allowed>,
    /// Connects to public addresses and allowed ones.
    anywhere: Client,
    /// Connects to allowed addresses only.
    inside: Client,
}

impl Outbound {
    /// A client that calls public addresses only, and those of the configuration. A file
    /// of `extra_roots` that can't be read is left out with a line in the log.
    pub fn new(config: &OutboundConfig) -> Self {
        Self::with_lookup(config, Arc::new(System))
    }

    /// The same with another way to look names up, as for a test.
    pub fn with_lookup(config: &OutboundConfig, lookup: Arc<dyn Lookup>) -> Self {
        let allowed = Arc::new(Allowed::new(&config.allow_networks));
        let tls = tls::client_config(&config.extra_roots);
        let client = |reach| {
            Client::builder()
                .tls_backend_preconfigured(tls.clone())
                .dns_resolver(Guard { lookup: lookup.clone(), allowed: allowed.clone(), reach })
                .no_proxy()
                .no_gzip()
                .no_brotli()
                .no_zstd()
                .no_deflate()
                .referer(false)
                .retry(reqwest::retry::never())
                .redirect(reqwest::redirect::Policy::none())
                .connect_timeout(limits::CONNECT_WITHIN)
                .pool_idle_timeout(limits::IDLE_CONNECTION)
                .pool_max_idle_per_host(limits::IDLE_CONNECTIONS)
                .user_agent(concat!("Shopbell/", env!("CARGO_PKG_VERSION")))
                .build()
                .expect("a client whose TLS and names are given can always be built")
        };
        Self { anywhere: client(Reach::Anywhere), inside: client(Reach::Inside), allowed }
    }

    /// Begins a request.
    ///
    /// # Errors
    /// [`crate::Fate::Gone`] when the relay may not call this address, with a sentence.
    pub fn request(&self, method: Method, url: &Url) -> Result<RequestBuilder, Failure> {
        Ok(self.client(url)?.request(method, url.clone()))
    }

    /// Sends it and reads the answer, whatever its status. A `GET` follows redirects, at
    /// most [`limits::REDIRECTS`], and takes nothing secret to another origin. It takes
    /// [`limits::ANSWER_WITHIN`] at most, or what the request says itself.
    ///
    /// # Errors
    /// [`crate::Fate::Later`] when there is no answer, or it broke off, or it is a
    /// redirect that can't be followed; `maybe_taken` unless it is certain that the far
    /// side had not the whole request. [`crate::Fate::Gone`] as with [`Self::request`].
    pub async fn send(&self, request: RequestBuilder) -> Result<Answer, Failure> {
        self.fetch(request, limits::ANSWER_BYTES).await
    }

    /// The same, and so much is read of the answer: what is longer is cut off.
    ///
    /// # Errors
    /// As [`Self::send`].
    pub async fn fetch(&self, request: RequestBuilder, most_bytes: usize) -> Result<Answer, Failure> {
        let request = request.build().map_err(|error| fault::failure(&error))?;
        let within = request.timeout().copied().unwrap_or(limits::ANSWER_WITHIN);
        let sent = tokio::time::timeout(within, Box::pin(self.follow(request, most_bytes)));
        // Connecting has a shorter limit of its own, so the request may have gone out.
        sent.await.unwrap_or_else(|_| Err(Failure::later(fault::NO_ANSWER).maybe_taken()))
    }

    async fn follow(&self, mut request: Request, most_bytes: usize) -> Result<Answer, Failure> {
        for _ in 0..=limits::REDIRECTS {
            let (method, url) = (request.method().clone(), request.url().clone());
            let kept = (method == Method::GET).then(|| request.headers().clone());
            let timeout = request.timeout().copied();
            let client = self.client(&url)?;
            let response = client.execute(request).await.map_err(|error| fault::failure(&error))?;
            let Some(location) = redirect(&response) else { return answer::read(response, most_bytes).await };
            let Some(headers) = kept else { return Err(Failure::later(fault::MOVED)) };
            let next = step(&url, &location).ok_or_else(|| Failure::later(fault::BAD_REDIRECT))?;
            request = Request::new(method, next);
            *request.headers_mut() = may_go_on(headers, &url, request.url());
            *request.timeout_mut() = timeout;
        }
        Err(Failure::later(fault::TOO_MANY_REDIRECTS))
    }

    /// The client that may call this address, as far as the address itself tells.
    fn client(&self, url: &Url) -> Result<&Client, Failure> {
        match self.allowed.reach(url).map_err(Failure::gone)? {
            Reach::Anywhere => Ok(&self.anywhere),
            Reach::Inside => Ok(&self.inside),
        }
    }
}

impl fmt::Debug for Outbound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outbound").field("allowed", &self.allowed).finish_non_exhaustive()
    }
}

/// Where an answer sends the asker (RFC 9110, clause 15.4), if it does.
fn redirect(response: &Response) -> Option<String> {
    let moved = matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308);
    let location = response.headers().get(LOCATION).filter(|_| moved)?;
    Some(String::from_utf8_lossy(location.as_bytes()).into_owned())
}

/// The next address of a redirect; never from `https` to `http`, and without a name and
/// a password that the far side would have put there.
fn step(from: &Url, location: &str) -> Option<Url> {
    let mut next = from.join(location).ok()?;
    if from.scheme() == "https" && next.scheme() != "https" {
        return None;
    }
    next.set_username("").ok()?;
    next.set_password(None).ok()?;
    Some(next)
}

/// The headers that go on to the next address: all within one origin; to another only
/// what says nothing about the asker, for a token can stand in a header of any name.
fn may_go_on(headers: HeaderMap, from: &Url, to: &Url) -> HeaderMap {
    if from.origin() == to.origin() {
        return headers;
    }
    headers.get(ACCEPT).map(|accept| (ACCEPT, accept.clone())).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::AUTHORIZATION;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn a_redirect_never_leaves_tls_nor_brings_a_password() {
        let from = url("https://far.example/a/b");
        assert_eq!(step(&from, "c"), Some(url("https://far.example/a/c")));
        assert_eq!(step(&from, "//other.example/"), Some(url("https://other.example/")));
        assert_eq!(step(&from, "http://far.example/a/b"), None);
        assert_eq!(step(&from, "file:///etc/passwd"), None);
        assert_eq!(step(&from, "https://u:p@far.example/"), Some(url("https://far.example/")));
        assert_eq!(
            step(&url("http://far.example/"), "https://far.example/"),
            Some(url("https://far.example/"))
        );
    }

    #[test]
    fn secrets_stay_with_their_origin() {
        let headers: HeaderMap = [
            (ACCEPT, "application/json"),
            (AUTHORIZATION, "Bearer secret"),
            (reqwest::header::HeaderName::from_static("x-token"), "secret"),
        ]
        .into_iter()
        .map(|(name, value)| (name, value.parse().unwrap()))
        .collect();
        let from = url("https://far.example/");
        assert_eq!(may_go_on(headers.clone(), &from, &url("https://far.example:443/x")), headers);
        for other in ["https://other.example/", "https://far.example:8443/", "https://a.far.example/"] {
            let gone_on = may_go_on(headers.clone(), &from, &url(other));
            assert_eq!(gone_on.keys().collect::<Vec<_>>(), [&ACCEPT], "{other}");
        }
    }

    #[test]
    fn it_shows_nothing_but_what_is_allowed() {
        let config: OutboundConfig = OutboundConfig {
            allow_networks: vec!["10.1.0.0/16".parse().unwrap()],
            extra_roots: vec!["/nowhere/ca.pem".into()],
        };
        assert!(config.check().unwrap_err().contains("/nowhere/ca.pem"));
        assert!(format!("{:?}", Outbound::new(&config)).contains("10.1.0.0/16"));
    }
}
