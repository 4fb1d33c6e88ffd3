//! The two cookies: the owner's session, and a visitor's key.

use super::Origin;
use crate::{
    limits,
    secrets::{self, Token},
};
use axum::http::{HeaderMap, HeaderValue, header};
use shopbell_protocol::{Credential, ShopId};

const OWNER: &str = "shopbell-owner";
/// Over TLS: no other host, not even a sibling, can set a cookie of this name (RFC 6265bis, clause 4.1.3.2).
const OWNER_OF_HOST: &str = "__Host-shopbell-owner";
const VISITOR: &str = "shopbell-visitor";
const DAY_SECONDS: u32 = 24 * 60 * 60;

fn owner_name(own: &Origin) -> &'static str {
    if own.is_https() { OWNER_OF_HOST } else { OWNER }
}

/// The owner's token, if the request carries one. Two of them are as good as none:
/// one was put there by somebody else.
pub(crate) fn owner(headers: &HeaderMap, own: &Origin) -> Option<Token> {
    let mut tokens = all(headers, owner_name(own));
    let token = tokens.next()?;
    if tokens.next().is_some() { None } else { Token::parse(token) }
}

/// The visitor's key, if the request carries one.
pub(crate) fn visitor(headers: &HeaderMap) -> Option<Credential> {
    all(headers, VISITOR).next().and_then(secrets::parse_key)
}

/// Sets the owner's token. No script can read it, and no other site can make a
/// browser send it.
pub(crate) fn set_owner(token: &Token, own: &Origin) -> Option<HeaderValue> {
    owner_cookie(token.reveal(), limits::COOKIE_DAYS * DAY_SECONDS, own)
}

/// Takes the owner's token away.
pub(crate) fn clear_owner(own: &Origin) -> Option<HeaderValue> {
    owner_cookie("", 0, own)
}

fn owner_cookie(value: &str, max_age: u32, own: &Origin) -> Option<HeaderValue> {
    let secure = if own.is_https() { "; Secure" } else { "" };
    let name = owner_name(own);
    secret(format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict; Max-Age={max_age}{secure}"))
}

/// Sets a visitor's key, for one shop's talk page only.
///
/// It is not `HttpOnly`: the widget keeps the very same secret in the storage of
/// the frame's own origin and must be able to take over a conversation that
/// began without scripts. `Partitioned` (CHIPS) keeps what was said on one
/// shop's site from being seen inside another's, and works in browsers that
/// block cookies of third parties.
pub(crate) fn set_visitor(credential: &Credential, shop: &ShopId, own: &Origin) -> Option<HeaderValue> {
    let reach = if own.is_https() { "SameSite=None; Secure; Partitioned" } else { "SameSite=Lax" };
    let max_age = limits::COOKIE_DAYS * DAY_SECONDS;
    let key = secrets::key(credential);
    secret(format!("{VISITOR}={key}; Path=/talk/{shop}; Max-Age={max_age}; {reach}"))
}

fn secret(cookie: String) -> Option<HeaderValue> {
    let mut value = HeaderValue::try_from(cookie).ok()?;
    value.set_sensitive(true);
    Some(value)
}

fn all<'a>(headers: &'a HeaderMap, name: &'a str) -> impl Iterator<Item = &'a str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.filter(move |(key, _)| *key == name).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use shopbell_protocol::{ConversationId, Secret};

    fn credential() -> Credential {
        Credential { conversation: ConversationId::new(1, [2; 10]), secret: Secret::new(&[3; 32]) }
    }

    #[test]
    fn a_visitors_cookie_reads_back_and_is_for_one_shop() {
        let shop = ShopId::parse("oak").expect("an id");
        let own = Origin::parse("https://bell.example").expect("an origin");
        let set = set_visitor(&credential(), &shop, &own).expect("a header");
        let set = set.to_str().expect("text").to_owned();
        assert!(set.contains("Path=/talk/oak;") && set.contains("SameSite=None; Secure; Partitioned"));
        let mut headers = HeaderMap::new();
        let sent = format!("other=1; {}", set.split(';').next().expect("a pair"));
        headers.insert(header::COOKIE, sent.parse().expect("a header"));
        assert_eq!(visitor(&headers), Some(credential()));
    }

    #[test]
    fn without_tls_the_cookies_are_not_secure_but_still_strict() {
        let own = Origin::parse("http://127.0.0.1:8080").expect("an origin");
        let token = Token::parse(&"a".repeat(64)).expect("a token");
        let set = set_owner(&token, &own).expect("a header");
        let set = set.to_str().expect("text");
        assert!(set.contains("HttpOnly; SameSite=Strict") && !set.contains("Secure"), "{set}");
    }

    #[test]
    fn what_is_no_key_is_no_visitor() {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, "shopbell-visitor=abc; shopbell-owner=def".parse().expect("a header"));
        let own = Origin::parse("http://127.0.0.1:8080").expect("an origin");
        assert!(visitor(&headers).is_none() && owner(&headers, &own).is_none());
    }

    #[test]
    fn a_cookie_that_a_sibling_host_has_tossed_in_signs_nobody_in() {
        let (own, tls) = ("http://127.0.0.1:8080", "https://bell.example");
        let [own, tls] = [own, tls].map(|text| Origin::parse(text).expect("an origin"));
        let (mine, theirs) = ("a".repeat(64), "b".repeat(64));
        let mut headers = HeaderMap::new();
        let both = format!("shopbell-owner={theirs}; shopbell-owner={mine}; __Host-shopbell-owner={mine}");
        headers.insert(header::COOKIE, both.parse().expect("a header"));
        assert!(owner(&headers, &own).is_none());
        assert!(owner(&headers, &tls).is_some_and(|token| token.reveal() == mine));
    }
}
