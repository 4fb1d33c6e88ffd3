//! What programs and firms put under a mail: "Sent from my iPhone", disclaimers.

use crate::email::reply::lines::fold;

/// Characters of a line that a phone or a program puts under a mail.
const FOOTER_CHARS: usize = 110;

/// Beginnings that say enough by themselves.
#[rustfmt::skip]
const FROM_MY: &[&str] = &[
    "sent from my ", "von meinem ", "von meinem/meiner ", "gesendet von meinem ", "gesendet mit meinem ",
    "envoyé de mon ", "envoyé depuis mon ", "envoyé à partir de mon ", "enviado desde mi ",
    "enviado do meu ", "enviado a partir do meu ", "inviato dal mio ", "inviato da mio ",
    "verstuurd vanaf mijn ", "verzonden vanaf mijn ", "wysłane z mojego ", "wysłano z mojego ",
    "skickat från min ", "sendt fra min ", "lähetetty minun ", "odesláno z mého ", "отправлено с моего ",
    "发自我的", "從我的", "从我的", "나의 iphone", "أُرسلت من", "أرسلت من", "נשלח מה", "elküldve az én ",
    "надіслано з мого ", "trimis de pe ", "odoslané z môjho ", "στάλθηκε από το ",
];
/// Beginnings and endings that need the name of a device or a program beside them.
#[rustfmt::skip]
const SENT: &[&str] = &[
    "sent from", "sent via", "sent with", "sent by", "sent using", "sent on", "composed on", "gesendet von",
    "gesendet mit", "gesendet aus", "gesendet über", "gesendet", "diese nachricht wurde", "envoyé depuis",
    "envoyé avec", "envoyé de", "envoyé à partir", "enviado desde", "enviado con", "enviado a partir",
    "enviado via", "enviado do", "enviado com", "enviado de", "inviato da", "inviato con", "inviata da",
    "verstuurd vanaf", "verzonden vanaf", "verzonden met", "verstuurd met", "wysłane z", "wysłano z",
    "wysłane przez", "skickat från", "skickades från", "skickat med", "sendt fra", "sendt via", "sendt med",
    "lähetetty", "odesláno z", "odesláno ze", "odesláno pomocí", "отправлено с", "отправлено из",
    "отправлено через", "gönderildi", "から送信", "发送自", "傳送自", "发自", "에서 보냄", "에서 보낸", "مرسل من", "נשלח מ",
    "надіслано з", "ส่งจาก", "भेजा गया", "فرستاده شده از", "ارسال شده از",
];
#[rustfmt::skip]
const DEVICES: &[&str] = &[
    "iphon", "ipad", "ipod", "android", "outlook", "galaxy", "samsung", "mobile", "mobil", "smartphone",
    "phone", "huawei", "xiaomi", "redmi", "yahoo", "gmail", "blackberry", "mail for windows", "proton",
    "pixel", "k-9", "thunderbird", "spark", "téléphone", "telefon", "handy", "móvil", "celular",
    "cellulare", "teléfono", "телефон", "手机", "手機", "スマートフォン", "携帯", "web.de", "gmx", "nokia", "sony",
    "oneplus", "oppo", "vivo", "motorola", "tablet", "puhelin", "bluemail", "tutanota", "fairphone",
    "смартфон", "fastmail", "airmail", "hotmail", "zoho mail",
    "superhuman", "mail.ru", "mail app", "mail-app", "icloud", "blue mail",
];
/// "Get Outlook for iOS", by how it begins or ends.
#[rustfmt::skip]
const GET: &[&str] = &[
    "get ", "herunterladen", "beziehen", "holen sie", "obten", "obtén", "obtain", "télécharge", "scarica", "ottieni",
    "obter ", "downloaden", "download ", "pobierz", "uzyskaj", "hämta", "skaffa", "hent ", "få ", "skaff ", "hanki",
    "získa", "získe", "stáhn", "получ", "скача", "загруз", "edinin", "入手", "获取", "下载", "獲取", "取得",
];
/// What a virus scanner puts under a mail.
#[rustfmt::skip]
const SCANNERS: &[&str] = &[
    "virus-free", "virenfrei", "sans virus", "libre de virus", "privo di virus", "virusvrij", "без вирусов",
    "antivirus",
];

/// "Confidential", by the beginnings of words.
#[rustfmt::skip]
const SECRET: &[&str] = &[
    "confidential", "vertraulich", "confidentiel", "confidencial", "riservat", "vertrouwelijk", "poufn",
    "konfidenti", "fortrolig", "luottamuksel", "důvěrn", "конфиденциальн", "gizli", "機密", "保密", "secret",
    "سرية",
];
/// Whom it is meant for.
#[rustfmt::skip]
const FOR_WHOM: &[&str] = &[
    "intended", "addressee", "recipient", "bestimmt", "empfänger", "adressat", "destinataire",
    "destinatari", "destinad", "geadresseerde", "bestemd", "adresat", "mottagare", "modtager", "mottaker",
    "vastaanottaj", "příjem", "адресат", "получател", "alıcı", "受信者", "收件人",
];
/// That it may have come by mistake, and who is liable.
#[rustfmt::skip]
const BY_MISTAKE: &[&str] = &[
    "disclaimer", "legal notice", "privileged", "unauthori", "in error", "irrtümlich", "unbefugt",
    "par erreur", "por error", "por engano", "per errore", "abusievelijk", "onterecht", "omyłkow",
    "av misstag", "ved en fejl", "ved en feil", "erehdyks", "omylem", "по ошибке", "yanlışlıkla",
    "rechtsverbindlich", "registered in", "liability",
];
/// What to do then.
#[rustfmt::skip]
const DELETE: &[&str] = &[
    "delete", "löschen", "vernichten", "supprimer", "détruire", "elimin", "borr", "apagu", "cancell",
    "distrugg", "verwijder", "usun", "radera", "slet", "poist", "smaž", "vymaž", "удалите", "siliniz",
    "disclos", "copying", "distribut",
];
/// What is better not printed.
#[rustfmt::skip]
const PAPER: &[&str] = &[
    "before printing", "think before you print", "save paper", "environment before", "umwelt",
    "avant d'imprimer", "imprimir",
];
/// What it says that of.
#[rustfmt::skip]
const MAIL: &[&str] = &[
    "mail", "message", "nachricht", "mensaje", "mensagem", "messaggio", "bericht", "wiadomo", "meddelande",
    "viesti", "zpráv", "сообщени", "mesaj", "ileti", "メール", "邮件", "melding", "meddelelse", "courriel",
    "correo", "الرسالة",
];

/// Whether a line is one that a phone or a program puts under every mail.
pub(in crate::email::reply) fn is_footer(line: &str) -> bool {
    let folded = without_links(&fold(line));
    let folded =
        folded.trim_matches(['-', '_', '—', ' ', '.', '>', '~', '(', ')', '[', ']', '\u{201c}', '\u{201d}']);
    if folded.is_empty() || folded.chars().count() > FOOTER_CHARS {
        return false;
    }
    let has = |list: &[&str]| list.iter().any(|word| folded.contains(word));
    if FROM_MY.iter().any(|start| folded.starts_with(start)) && folded.split(' ').count() <= 12 {
        return true;
    }
    let has_system = ["ios", "android", "mac", "iphon"].iter().any(|on| folded.contains(on));
    if folded.contains("outlook") && has_system && folded.split(' ').count() <= 9 {
        let gets = GET.iter().any(|get| folded.starts_with(get) || folded.ends_with(get));
        return gets || line.contains("aka.ms");
    }
    // "Get BlueMail for Android": every other program says it like this.
    if folded.starts_with("get ")
        && [" for android", " for ios", " for iphone"].iter().any(|on| folded.contains(on))
    {
        return folded.split(' ').count() <= 7;
    }
    if SCANNERS.iter().any(|start| folded.starts_with(start)) {
        return ["avast", "avg", "norton"].iter().any(|name| folded.contains(name));
    }
    let begins_or_ends = SENT.iter().any(|sent| folded.starts_with(sent) || folded.ends_with(sent));
    begins_or_ends && has(DEVICES) && folded.split(' ').count() <= 14
}

/// Whether a line begins like one of a program that is not known: "Sent with Crane".
pub(in crate::email::reply) fn may_be_footer(line: &str) -> bool {
    let folded = without_links(&fold(line));
    let is_short = folded.split(' ').count() <= 6 && !folded.ends_with(['.', '!', '?', ':']);
    is_short && SENT.iter().any(|sent| folded.starts_with(sent))
}

/// A line without where its links lead, which one part writes out and the other does not.
fn without_links(folded: &str) -> String {
    let mut kept = String::with_capacity(folded.len());
    let mut rest = folded;
    while let Some(start) = ["<http", "(http", "[http"].iter().filter_map(|link| rest.find(link)).min() {
        let Some(end) = rest[start..].find(['>', ')', ']']) else { break };
        kept.push_str(rest[..start].trim_end());
        rest = &rest[start + end + 1..];
    }
    kept + rest
}

/// Whether a paragraph is of the kind that a firm's mail server puts under every mail.
pub(in crate::email::reply) fn is_disclaimer(paragraph: &str) -> bool {
    let folded = fold(paragraph);
    let hits = [SECRET, FOR_WHOM, BY_MISTAKE, DELETE, PAPER]
        .iter()
        .filter(|group| group.iter().any(|word| folded.contains(word)))
        .count();
    let of_a_mail = MAIL.iter().any(|word| folded.contains(word));
    (hits >= 3 || (hits >= 2 && of_a_mail)) && folded.chars().count() >= 60
        || (hits >= 1 && is_of_paper(&folded))
}

fn is_of_paper(folded: &str) -> bool {
    let starts = [
        "please consider the environment",
        "think before you print",
        "bitte denken sie an die umwelt",
        "bitte prüfen sie, ob diese",
        "pensez à l'environnement",
        "avant d'imprimer",
        "antes de imprimir",
    ];
    starts.iter().any(|start| folded.contains(start))
}

#[cfg(test)]
mod tests {
    use super::{is_disclaimer, is_footer, may_be_footer};

    #[test]
    fn phones_and_programs_are_known() {
        for line in [
            "Sent from my iPhone",
            "Von meinem iPhone gesendet",
            "Envoyé de mon iPhone",
            "Enviado desde mi iPhone",
            "Enviado do meu iPhone",
            "Inviato da iPhone",
            "Verstuurd vanaf mijn iPhone",
            "Wysłane z iPhone’a",
            "Skickat från min iPhone",
            "Sendt fra min iPhone",
            "Lähetetty iPhonesta",
            "Odesláno z iPhonu",
            "Отправлено с iPhone",
            "iPhone’umdan gönderildi",
            "iPhoneから送信",
            "发自我的iPhone",
            "從我的 iPhone 傳送",
            "나의 iPhone에서 보냄",
            "أُرسلت من الـ iPhone",
            "נשלח מה-iPhone שלי",
            "Get Outlook for iOS<https://aka.ms/o0ukef>",
            "Outlook für Android herunterladen",
            "Hanki Outlook for iOS",
            "Sent from Yahoo Mail on Android",
            "Sent with Proton Mail secure email.",
            "Gesendet mit der GMX Mail App",
            "Virus-free.www.avast.com",
        ] {
            assert!(is_footer(line), "{line}");
        }
    }

    #[test]
    fn what_people_say_is_kept() {
        for line in [
            "Sent from our workshop yesterday.",
            "Envoyé hier par la poste.",
            "Von meinen Schalen sind noch drei da.",
            "I use Outlook for Mac at work.",
            "Sent by mail yesterday.",
            "We sent the parcel from Malta, call my mobile if it is late.",
        ] {
            assert!(!is_footer(line), "{line}");
        }
        assert!(may_be_footer("Sent with Crane") && !may_be_footer("Sent from our workshop yesterday."));
        assert!(!is_disclaimer("Your address stays confidential, of course."));
        assert!(is_disclaimer(
            "This e-mail is confidential and intended solely for the addressee. If you got it in error, delete it."
        ));
    }
}
