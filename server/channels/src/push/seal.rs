//! A push that nobody between the relay and the browser can read: RFC 8291 over RFC 8188.

use super::{
    limits,
    subscription::{Browser, POINT_BYTES},
};
use aes_gcm::{Aes128Gcm, KeyInit, aead::AeadInPlace};
use hkdf::Hkdf;
use p256::{PublicKey, SecretKey, ecdh::diffie_hellman, elliptic_curve::sec1::ToEncodedPoint};
use sha2::Sha256;

/// The salt of RFC 8188, clause 2.1.
pub(super) const SALT_BYTES: usize = 16;

/// Ends the one and last record (RFC 8188, clause 2).
const LAST_RECORD: u8 = 2;

/// Seals a plaintext for a browser, filled up to `size` bytes: header block and one record
/// (RFC 8291, clause 4). None when it is longer than that, or `size` than a push can be.
///
/// `ephemeral` and `salt` are for this push alone: with the same ones again, both
/// plaintexts would lie open.
pub(super) fn seal(
    plaintext: &[u8],
    size: usize,
    browser: &Browser,
    ephemeral: &SecretKey,
    salt: &[u8; SALT_BYTES],
) -> Option<Vec<u8>> {
    let mine = point(&ephemeral.public_key());
    let shared = diffie_hellman(ephemeral.to_nonzero_scalar(), browser.key.as_affine());
    // Clause 3.4 of RFC 8291.
    let info = [b"WebPush: info\0".as_slice(), &point(&browser.key), &mine].concat();
    let key: [u8; 32] = derive(&browser.auth, shared.raw_secret_bytes(), &info);
    encrypt(plaintext, size, &key, &mine, salt)
}

/// One record of `aes128gcm` (RFC 8188, clause 2), from input keying material.
fn encrypt(
    plaintext: &[u8],
    size: usize,
    key: &[u8],
    key_id: &[u8],
    salt: &[u8; SALT_BYTES],
) -> Option<Vec<u8>> {
    let padding = size.checked_sub(plaintext.len()).filter(|_| size <= limits::PLAINTEXT_BYTES)?;
    let content_key: [u8; 16] = derive(salt, key, b"Content-Encoding: aes128gcm\0");
    // The first record's number is zero, so there is nothing to mix in (clause 2.3).
    let nonce: [u8; 12] = derive(salt, key, b"Content-Encoding: nonce\0");
    let mut record = Vec::with_capacity(size + 1 + limits::TAG_BYTES);
    record.extend_from_slice(plaintext);
    record.push(LAST_RECORD);
    record.resize(record.len() + padding, 0);
    let cipher = Aes128Gcm::new(&content_key.into());
    cipher.encrypt_in_place(&nonce.into(), b"", &mut record).ok()?;
    let mut body = Vec::with_capacity(limits::HEADER_BYTES + record.len());
    body.extend_from_slice(salt);
    body.extend_from_slice(&limits::RECORD_BYTES.to_be_bytes());
    body.push(u8::try_from(key_id.len()).ok()?);
    body.extend_from_slice(key_id);
    body.append(&mut record);
    Some(body)
}

/// Extract and expand in one (RFC 5869).
fn derive<const N: usize>(salt: &[u8], key: &[u8], info: &[u8]) -> [u8; N] {
    let mut bytes = [0; N];
    let derived = Hkdf::<Sha256>::new(Some(salt), key).expand(info, &mut bytes);
    derived.expect("HKDF gives any key of less than 8,160 bytes");
    bytes
}

/// A public key as it stands in headers: 65 bytes, not compressed.
pub(super) fn point(key: &PublicKey) -> [u8; POINT_BYTES] {
    let mut bytes = [0; POINT_BYTES];
    bytes.copy_from_slice(key.to_encoded_point(false).as_bytes());
    bytes
}

#[cfg(test)]
mod tests {
    use super::super::subscription::{BASE64URL, tests::rfc_8291};
    use super::*;
    use base64::Engine as _;

    fn bytes<const N: usize>(text: &str) -> [u8; N] {
        BASE64URL.decode(text).unwrap().try_into().unwrap()
    }

    #[test]
    fn the_example_of_rfc_8291_comes_out_byte_for_byte() {
        let browser = rfc_8291().read().ok().unwrap();
        let ephemeral = bytes::<32>("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw");
        let ephemeral = SecretKey::from_slice(&ephemeral).unwrap();
        let plaintext = b"When I grow up, I want to be a watermelon";
        let salt = bytes("DGv6ra1nlYgDCS1FRnbzlw");
        let sealed = seal(plaintext, plaintext.len(), &browser, &ephemeral, &salt).unwrap();
        assert_eq!(
            BASE64URL.encode(sealed),
            "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27ml\
             mlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPT\
             pK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
        );
    }

    #[test]
    fn the_first_example_of_rfc_8188_comes_out_byte_for_byte() {
        let key = bytes::<16>("yqdlZ-tYemfogSmv7Ws5PQ");
        let salt = bytes("I1BsxtFttlv3u_Oo94xnmw");
        let sealed = encrypt(b"I am the walrus", 15, &key, b"", &salt).unwrap();
        assert_eq!(
            BASE64URL.encode(sealed),
            "I1BsxtFttlv3u_Oo94xnmwAAEAAA-NAVub2qFgBEuQKRapoZu-IxkIva3MEB1PD-ly8Thjg"
        );
    }

    #[test]
    fn a_body_has_its_size_whatever_it_says_and_never_more_than_a_push_takes() {
        let browser = rfc_8291().read().ok().unwrap();
        let ephemeral = SecretKey::from_slice(&[7; 32]).unwrap();
        let sealed = |length, size| seal(&vec![b'x'; length], size, &browser, &ephemeral, &[3; 16]);
        assert_eq!(sealed(0, 1000).unwrap().len(), sealed(1000, 1000).unwrap().len());
        assert_eq!(sealed(1, 3993).unwrap().len(), 4096);
        assert_eq!(sealed(3993, 3993).unwrap().len(), 4096);
        assert_eq!(sealed(3994, 3994), None);
        assert_eq!(sealed(1001, 1000), None);
    }
}
