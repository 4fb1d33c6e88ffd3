//! Mails that no person wrote (RFC 3834), told by their marks.

use mail_parser::{Message, MimeHeaders};

/// What is known of who wrote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Automatic {
    /// A machine; why, for the log.
    Certain(&'static str),
    /// Perhaps a machine; a sentence for the owner.
    Likely(&'static str),
    /// Nothing says so.
    No,
}

/// What programs write in front of a subject when they answer for somebody who is away. Only
/// a hint: a person can write so too.
const AWAY: [&str; 24] = [
    "automatic reply",
    "auto-reply",
    "autoreply",
    "auto reply",
    "auto response",
    "autoresponse",
    "automated reply",
    "out of office",
    "out of the office",
    "away from my mail",
    "vacation",
    "abwesenheit",
    "automatische antwort",
    "réponse automatique",
    "absence du bureau",
    "respuesta automática",
    "fuera de la oficina",
    "risposta automatica",
    "fuori ufficio",
    "resposta automática",
    "automatisch antwoord",
    "afwezig",
    "автоответ",
    "自動返信",
];

/// Looks for the marks.
pub(super) fn look(message: &Message<'_>, is_from_nobody: bool) -> Automatic {
    let field = |name: &'static str| message.header_raw(name).map(|value| value.trim().to_ascii_lowercase());
    let has = |name: &'static str| message.header(name).is_some();
    if is_from_nobody {
        return Automatic::Certain("it has no address to answer to");
    }
    // RFC 3834, clause 5: anything but "no", whatever stands behind a semicolon.
    let submitted = field("Auto-Submitted");
    if submitted.is_some_and(|value| value.split([';', ' ', '(']).next() != Some("no")) {
        return Automatic::Certain("it says that it was sent by itself");
    }
    let precedence = field("Precedence");
    if precedence
        .is_some_and(|value| ["bulk", "junk", "list", "auto_reply", "auto-reply"].contains(&value.as_str()))
    {
        return Automatic::Certain("it says that it went to many, or by itself");
    }
    if ["X-Autoreply", "X-Autorespond", "X-Autoresponder", "X-Auto-Reply"].into_iter().any(has) {
        return Automatic::Certain("it says that it is an automatic reply");
    }
    if ["List-Id", "List-Post", "Mailing-List"].into_iter().any(has) {
        return Automatic::Certain("it came by a mailing list");
    }
    if has("X-Loop") {
        return Automatic::Certain("it has been here before");
    }
    let kind = message.content_type();
    if kind.is_some_and(|kind| {
        kind.ctype().eq_ignore_ascii_case("multipart")
            && kind.subtype().is_some_and(|kind| kind.eq_ignore_ascii_case("report"))
    }) {
        return Automatic::Certain("it is a report");
    }
    let subject = message.subject().unwrap_or_default().to_lowercase();
    let is_away = AWAY.iter().any(|words| subject.trim_start().starts_with(words));
    // Exchange writes this into what it sends by itself, and some servers into everything:
    // it counts only together with another mark.
    match (is_away, has("X-Auto-Response-Suppress")) {
        (true, true) => Automatic::Certain("it says that it is an automatic reply"),
        (true, false) => Automatic::Likely("Its subject looks like an automatic reply's."),
        (false, _) => Automatic::No,
    }
}
