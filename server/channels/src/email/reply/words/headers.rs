//! "From: … Sent: … To: … Subject: …": the head of a mail, written out above it.

use crate::email::reply::lines::fold;

/// What a header's line is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::email::reply) enum Label {
    From,
    Date,
    To,
    Subject,
}

#[rustfmt::skip]
const FROM: &[&str] = &[
    "from", "von", "de", "da", "van", "od", "från", "fra", "lähettäjä", "от", "від", "kimden", "gönderen",
    "差出人", "送信者", "发件人", "寄件者", "寄件人", "보낸 사람", "보낸사람", "발신", "발신자", "من", "מאת", "feladó", "από", "expéditeur",
];
#[rustfmt::skip]
const DATE: &[&str] = &[
    "sent", "date", "gesendet", "datum", "envoyé", "envoyé le", "enviado", "enviado el", "enviada em",
    "enviado em", "fecha", "data", "inviato", "data invio", "verzonden", "wysłano", "wysłane", "skickat",
    "sendt", "dato", "lähetetty", "päivämäärä", "päiväys", "pvm", "odesláno", "отправлено", "дата",
    "надіслано", "gönderildi", "gönderme tarihi", "tarih", "送信日時", "日付", "日時", "发送时间", "发送日期", "寄件日期",
    "傳送時間", "日期", "时间", "보낸 날짜", "날짜", "تاريخ الإرسال", "التاريخ", "נשלח", "תאריך", "elküldve", "trimis",
    "στάλθηκε",
];
#[rustfmt::skip]
const TO: &[&str] = &[
    "to", "cc", "an", "kopie", "à", "a", "para", "cópia", "con copia", "aan", "do", "dw", "til", "kopi",
    "till", "kopia", "vastaanottaja", "kopio", "komu", "кому", "копия", "kime", "bilgi", "alıcı", "宛先",
    "收件人", "收件者", "抄送", "副本", "받는 사람", "받는사람", "받은 사람", "수신", "참조", "إلى", "نسخة", "אל", "עותק", "destinataire",
    "reply-to", "antwort an", "címzett", "προς", "către", "c/c", "destinatario", "per",
];
#[rustfmt::skip]
const SUBJECT: &[&str] = &[
    "subject", "betreff", "objet", "asunto", "assunto", "oggetto", "onderwerp", "temat", "ämne", "emne",
    "aihe", "předmět", "predmet", "тема", "konu", "件名", "主题", "主旨", "제목", "الموضوع", "נושא", "tárgy",
    "θέμα", "subiect",
];

/// Between dashes: the mail that is answered.
#[rustfmt::skip]
const ORIGINAL: &[&str] = &[
    "original message", "original mail", "original email", "original e-mail", "original", "reply message",
    "ursprüngliche nachricht", "originalnachricht", "ursprüngliche mail", "original-nachricht",
    "message d'origine", "message original", "message initial", "mensaje original", "mensagem original",
    "messaggio originale", "messaggio orig.", "oorspronkelijk bericht", "wiadomość oryginalna",
    "oryginalna wiadomość", "wiadomość pierwotna", "originalmeddelande", "ursprungligt meddelande",
    "original besked", "oprindelig meddelelse", "oprindelig besked", "opprinnelig melding",
    "alkuperäinen viesti", "původní zpráva", "původní e-mail", "исходное сообщение",
    "оригинальное сообщение", "orijinal mesaj", "özgün ileti", "元のメッセージ", "原始邮件", "原始郵件", "原邮件", "원본 메시지",
    "원본 메일", "원본 이메일", "الرسالة الأصلية", "ההודעה המקורית", "eredeti üzenet", "pôvodná správa",
];
/// Between dashes or with a colon: a mail that is passed on.
#[rustfmt::skip]
const FORWARDED: &[&str] = &[
    "forwarded message", "forwarded mail", "forwarded by", "weitergeleitete nachricht",
    "weitergeleiteten nachricht", "message transféré", "message transmis", "message réexpédié",
    "mensaje reenviado", "mensagem encaminhada", "mensagem reencaminhada", "messaggio inoltrato",
    "inoltrato", "doorgestuurd bericht", "doorgestuurde bericht", "przekazana wiadomość",
    "wiadomość przekazana", "przesłana dalej", "vidarebefordrat", "vidarebefordrat meddelande",
    "videresendt", "videresendt meddelelse", "videresendt melding", "välitetty viesti", "edelleenlähetetty",
    "přeposlaná zpráva", "пересланное сообщение", "пересылаемое сообщение", "переслане повідомлення",
    "iletilmiş mesaj", "yönlendirilen ileti", "iletilen mesaj", "転送されたメッセージ", "転送メッセージ", "转发的邮件", "轉寄的郵件",
    "转发邮件", "전달된 메시지", "رسالة معاد توجيهها", "הודעה שהועברה",
];
/// What mail programs put before the subject of a mail that is passed on.
#[rustfmt::skip]
const FORWARD_SUBJECTS: &[&str] = &[
    "fw", "fwd", "wg", "tr", "rv", "enc", "i", "doorst", "pd", "vb", "vl", "vidarebef", "转发", "轉寄", "転送",
    "fs", "továbbítás", "ilt", "i̇lt", "пересл",
];

/// What a line is of a header block, and whether something stands behind the colon.
pub(in crate::email::reply) fn label(line: &str) -> Option<Label> {
    let folded = fold(line);
    let (name, _) = folded.split_once(':')?;
    let name = name.trim().trim_start_matches(['>', '|', '-', '*', '_', ' ']).trim();
    let has = |list: &[&str]| list.contains(&name);
    if has(FROM) {
        Some(Label::From)
    } else if has(DATE) {
        Some(Label::Date)
    } else if has(SUBJECT) {
        Some(Label::Subject)
    } else if has(TO) {
        Some(Label::To)
    } else {
        None
    }
}

/// Whether a line is one of a header block in any language that is known.
pub(in crate::email::reply) fn is_label(line: &str) -> bool {
    label(line).is_some()
}

/// Whether a line has the form of one: some words, a colon, a value.
pub(in crate::email::reply) fn is_labelled(line: &str) -> bool {
    let folded = fold(line);
    folded.split_once(':').is_some_and(|(name, value)| {
        (1..=30).contains(&name.trim().chars().count())
            && !value.trim().is_empty()
            && !value.starts_with("//")
    })
}

/// A line of dashes or underscores and nothing else, at least `least` of them.
pub(in crate::email::reply) fn is_rule(line: &str, least: usize) -> bool {
    let line = line.trim();
    line.chars().count() >= least
        && line.chars().all(|c| matches!(c, '-' | '_' | '=' | '─' | '—' | '–' | '*'))
}

/// The words between dashes, as in `-----Original Message-----`.
fn between_dashes(folded: &str) -> Option<&str> {
    let is_dash = |c: char| matches!(c, '-' | '_' | '=' | '─' | '—' | '–' | ' ');
    let words = folded.trim_matches(is_dash);
    let is_dashed = folded.starts_with("--")
        || folded.starts_with('—')
        || folded.starts_with("__")
        || folded.starts_with("==");
    (is_dashed && !words.is_empty() && words.len() < folded.len()).then_some(words)
}

/// Whether a line says that the mail that is answered follows.
pub(in crate::email::reply) fn is_original(line: &str) -> bool {
    let folded = fold(line);
    between_dashes(&folded).is_some_and(|words| ORIGINAL.contains(&words.trim_end_matches(':')))
}

/// Whether a line is words between dashes, whatever they say.
pub(in crate::email::reply) fn is_dashed(line: &str) -> bool {
    let folded = fold(line);
    between_dashes(&folded)
        .is_some_and(|words| words.chars().count() <= 60 && folded.ends_with(['-', '_', '=', '—']))
}

/// Whether a line says that a mail that is passed on follows.
pub(in crate::email::reply) fn is_forwarded(line: &str) -> bool {
    let folded = fold(line);
    let words = match between_dashes(&folded) {
        Some(words) => words,
        // "Begin forwarded message:"
        None if folded.ends_with(':') && folded.chars().count() <= 60 => folded.trim_end_matches([':', ' ']),
        None => return false,
    };
    FORWARDED.iter().any(|known| words.contains(known)) && words.chars().count() <= 80
}

/// Whether a subject is that of a mail that is passed on.
pub(in crate::email::reply) fn is_forward_subject(subject: &str) -> bool {
    let folded = fold(subject);
    folded.split_once(':').is_some_and(|(prefix, _)| FORWARD_SUBJECTS.contains(&prefix.trim()))
}

#[cfg(test)]
mod tests {
    use super::{Label, is_forward_subject, is_forwarded, is_original, label};

    #[test]
    fn labels_are_known_in_bold_and_with_wide_colons() {
        assert_eq!(label("*Von:* Oak <reply@bell.example>"), Some(Label::From));
        assert_eq!(label("发件人： Oak"), Some(Label::From));
        assert_eq!(label("Envoyé : mardi 3 février"), Some(Label::Date));
        assert_eq!(label("Opening times: 9 to 5"), None);
    }

    #[test]
    fn the_lines_between_mails_are_known() {
        assert!(is_original("-----Original Message-----"));
        assert!(is_original("-------- Ursprüngliche Nachricht --------"));
        assert!(is_original("------------------ 原始邮件 ------------------"));
        assert!(!is_original("--- Prices ---"));
        assert!(is_forwarded("---------- Forwarded message ---------"));
        assert!(is_forwarded("Anfang der weitergeleiteten Nachricht:"));
        assert!(is_forward_subject("WG: Bowls") && !is_forward_subject("Re: Fwd: Bowls"));
    }
}
