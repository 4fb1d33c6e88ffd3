//! What a mail has with it beside its text.

use super::limits;
use crate::RawPicture;
use mail_parser::{Message, MessagePart, MimeHeaders, PartType};

/// What a mail has with it.
#[derive(Debug, Default)]
pub(super) struct Baggage {
    /// Why not all of it can be carried; none when it can.
    pub(super) doubt: Option<&'static str>,
    /// The pictures, attached or in the text, as they stand in the mail.
    pub(super) pictures: Vec<RawPicture>,
}

impl Baggage {
    pub(super) fn is_empty(&self) -> bool {
        self.doubt.is_none() && self.pictures.is_empty()
    }
}

const ENCRYPTED: &str = "It is encrypted, and the relay cannot read it.";
const FILES: &str =
    "There are files with it, which cannot be carried yet: only its text and pictures can be sent.";

/// Looks through a mail. A picture that belongs to the signature is none that was sent.
pub(super) fn look(message: &Message<'_>) -> Baggage {
    let mut baggage = Baggage::default();
    for part in &message.parts {
        let kind = part.content_type();
        let main = kind.map(|kind| kind.ctype().to_ascii_lowercase()).unwrap_or_default();
        let sub = kind.and_then(|kind| kind.subtype()).map(str::to_ascii_lowercase).unwrap_or_default();
        let is_attached =
            part.content_disposition().is_some_and(|how| how.ctype().eq_ignore_ascii_case("attachment"));
        match (&part.body, main.as_str(), sub.as_str()) {
            (_, "multipart", "encrypted") | (_, "application", "pkcs7-mime" | "x-pkcs7-mime") => {
                return Baggage { doubt: Some(ENCRYPTED), pictures: Vec::new() };
            }
            // What proves who wrote it, and visiting cards, go with every mail of some people.
            (_, "application", "pgp-signature" | "pkcs7-signature" | "x-pkcs7-signature" | "pgp-keys")
            | (_, "text", "vcard" | "x-vcard") => {}
            (PartType::Binary(data) | PartType::InlineBinary(data), main, _)
                if main == "image" || is_picture(data) =>
            {
                if is_attached || !is_of_signature(message, part, data) {
                    baggage.pictures.push(RawPicture(data.to_vec()));
                }
            }
            (PartType::Binary(_) | PartType::InlineBinary(_) | PartType::Message(_), ..) => {
                baggage.doubt = Some(FILES);
            }
            (PartType::Text(_) | PartType::Html(_), ..) if is_attached => baggage.doubt = Some(FILES),
            (PartType::Text(_) | PartType::Html(_) | PartType::Multipart(_), ..) => {}
        }
    }
    baggage
}

/// Whether it begins like a picture: some programs call every attachment a stream of octets.
fn is_picture(data: &[u8]) -> bool {
    let begins = |with: &[u8]| data.starts_with(with);
    begins(b"\xff\xd8\xff")
        || begins(b"\x89PNG\r\n\x1a\n")
        || begins(b"GIF8")
        || begins(b"RIFF") && data.get(8..12) == Some(b"WEBP")
}

/// A small one that stands in the text.
fn is_of_signature(message: &Message<'_>, part: &MessagePart<'_>, data: &[u8]) -> bool {
    data.len() <= limits::SIGNATURE_PICTURE_BYTES && part.content_id().is_some_and(|id| shows(message, id))
}

/// Whether the HTML part has the picture in it (RFC 2392).
fn shows(message: &Message<'_>, id: &str) -> bool {
    let link = format!("cid:{}", id.trim_matches(['<', '>']));
    message.parts.iter().any(|part| matches!(&part.body, PartType::Html(html) if html.contains(&link)))
}
