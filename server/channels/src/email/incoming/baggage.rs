//! What a mail has with it beside its text.

use super::limits;
use mail_parser::{Message, MimeHeaders, PartType};

/// Why it can't be carried; none when there is only text. A picture that belongs to the
/// signature is none that was sent.
pub(super) fn look(message: &Message<'_>) -> Option<&'static str> {
    let mut others = None;
    for part in &message.parts {
        let kind = part.content_type();
        let main = kind.map(|kind| kind.ctype().to_ascii_lowercase()).unwrap_or_default();
        let sub = kind.and_then(|kind| kind.subtype()).map(str::to_ascii_lowercase).unwrap_or_default();
        let is_attached =
            part.content_disposition().is_some_and(|how| how.ctype().eq_ignore_ascii_case("attachment"));
        match (&part.body, main.as_str(), sub.as_str()) {
            (_, "multipart", "encrypted") | (_, "application", "pkcs7-mime" | "x-pkcs7-mime") => {
                return Some("It is encrypted, and the relay cannot read it.");
            }
            // What proves who wrote it, and visiting cards, go with every mail of some people.
            (_, "application", "pgp-signature" | "pkcs7-signature" | "x-pkcs7-signature" | "pgp-keys")
            | (_, "text", "vcard" | "x-vcard") => {}
            (PartType::Binary(data) | PartType::InlineBinary(data), "image", _) => {
                let is_shown = part.content_id().is_some_and(|id| shows(message, id));
                if is_attached || !is_shown || data.len() > limits::SIGNATURE_PICTURE_BYTES {
                    return Some(
                        "There are pictures with it, which cannot be carried yet: only its text can be sent.",
                    );
                }
            }
            (PartType::Binary(_) | PartType::InlineBinary(_) | PartType::Message(_), ..) => {
                others =
                    Some("There are files with it, which cannot be carried yet: only its text can be sent.");
            }
            (PartType::Text(_) | PartType::Html(_), ..) if is_attached => {
                others =
                    Some("There are files with it, which cannot be carried yet: only its text can be sent.");
            }
            (PartType::Text(_) | PartType::Html(_) | PartType::Multipart(_), ..) => {}
        }
    }
    others
}

/// Whether the HTML part has the picture in it (RFC 2392).
fn shows(message: &Message<'_>, id: &str) -> bool {
    let link = format!("cid:{}", id.trim_matches(['<', '>']));
    message.parts.iter().any(|part| matches!(&part.body, PartType::Html(html) if html.contains(&link)))
}
