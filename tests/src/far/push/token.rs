//! The token by which an application server says who it is (RFC 8292), looked at to the letter.

use super::browser::BASE64URL;
use base64::Engine as _;
use p256::ecdsa::{Signature, VerifyingKey, signature::Verifier};
use serde_json::Value;

/// The longest time that a token may hold (clause 2).
const MOST_S: u64 = 24 * 60 * 60;

/// Who sends.
pub(super) struct Token {
    /// Base64url of the public key.
    pub(super) key: String,
    pub(super) claims: Value,
}

/// Reads an `Authorization`.
///
/// # Errors
/// What is wrong with it.
pub(super) fn read(authorization: &str, origin: &str, now_ms: u64) -> Result<Token, String> {
    let (scheme, parameters) = authorization.split_once(' ').ok_or("there is no Authorization")?;
    if !scheme.eq_ignore_ascii_case("vapid") {
        return Err("the scheme is not vapid".into());
    }
    let (mut t, mut k) = (None, None);
    for parameter in parameters.split(',') {
        // Base64url needs no quotation marks.
        match parameter.trim().split_once('=') {
            Some(("t", value)) if t.is_none() => t = Some(value),
            Some(("k", value)) if k.is_none() => k = Some(value),
            _ => return Err(format!("{} is no parameter, or stands there twice", parameter.trim())),
        }
    }
    let (t, k) = (t.ok_or("t is missing")?, k.ok_or("k is missing")?);
    let claims = verified(t, k)?;
    if claims["aud"] != origin {
        return Err(format!("aud is not {origin}"));
    }
    let exp = claims["exp"].as_u64().ok_or("exp is no number of seconds")?;
    let now = now_ms / 1000;
    if exp <= now {
        return Err("the token has expired".into());
    }
    if exp > now + MOST_S {
        return Err("the token holds longer than a day".into());
    }
    // Clause 2.1 says "should"; Apple's push service insists.
    let sub = claims["sub"].as_str().ok_or("sub is missing")?;
    if !(sub.starts_with("mailto:") || sub.starts_with("https://")) {
        return Err("sub is no mailto: or https: address".into());
    }
    Ok(Token { key: k.to_owned(), claims })
}

/// The claims of a token that this key has signed by ES256 (RFC 7515; RFC 7518, clause 3.4).
fn verified(token: &str, key: &str) -> Result<Value, String> {
    let bytes =
        |text: &str| BASE64URL.decode(text).map_err(|_| "what stands there is not base64url".to_owned());
    let key = bytes(key)?;
    if key.len() != 65 {
        return Err("k is not 65 bytes long".into());
    }
    let key = VerifyingKey::from_sec1_bytes(&key).map_err(|_| "k is no point on P-256")?;
    let [header, claims, signature] = token.split('.').collect::<Vec<_>>()[..] else {
        return Err("t does not have three parts".into());
    };
    let signed = format!("{header}.{claims}");
    let signature =
        Signature::from_slice(&bytes(signature)?).map_err(|_| "the signature is not 64 bytes long")?;
    key.verify(signed.as_bytes(), &signature).map_err(|_| "the signature is not the key's")?;
    let header: Value =
        serde_json::from_slice(&bytes(header)?).map_err(|_| "the token's header is not JSON")?;
    if header["typ"] != "JWT" || header["alg"] != "ES256" {
        return Err("the token is no JWT signed by ES256".into());
    }
    serde_json::from_slice(&bytes(claims)?).map_err(|_| "the claims are not JSON".into())
}
