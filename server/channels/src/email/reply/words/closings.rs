//! "Best regards": where a text ends and a signature without a mark may begin.

use super::attribution::has_address;
use crate::email::reply::lines::fold;

#[rustfmt::skip]
const CLOSINGS: &[&str] = &[
    "best regards", "kind regards", "warm regards", "regards", "best wishes", "best", "all the best",
    "cheers", "thanks", "thank you", "many thanks", "sincerely", "yours sincerely", "yours", "love",
    "mit freundlichen grüßen", "mit freundlichem gruß", "freundliche grüße", "viele grüße", "liebe grüße",
    "beste grüße", "herzliche grüße", "schöne grüße", "gruß", "grüße", "lg", "vg", "mfg", "cordialement",
    "bien cordialement", "bien à vous", "salutations", "meilleures salutations", "amicalement", "à bientôt",
    "saludos", "un saludo", "saludos cordiales", "atentamente", "un abrazo", "atenciosamente",
    "cumprimentos", "com os melhores cumprimentos", "abraço", "abraços", "obrigado", "obrigada",
    "cordiali saluti", "distinti saluti", "saluti", "un saluto", "a presto", "met vriendelijke groet",
    "met vriendelijke groeten", "vriendelijke groet", "groeten", "groetjes", "mvg", "pozdrawiam",
    "z poważaniem", "serdecznie pozdrawiam", "pozdrowienia", "med vänliga hälsningar", "med vänlig hälsning", "vänliga hälsningar",
    "hälsningar", "mvh", "med venlig hilsen", "venlig hilsen", "hilsen", "med vennlig hilsen",
    "vennlig hilsen", "ystävällisin terveisin", "terveisin", "s pozdravem", "zdravím", "с уважением",
    "всего доброго", "saygılarımla", "iyi günler", "sevgiler", "よろしくお願いします", "よろしくお願いいたします", "此致", "祝好",
];

/// Words that stand before a number or an address in a signature.
#[rustfmt::skip]
const CONTACTS: &[&str] = &[
    "tel", "tel.", "phone", "mobile", "mob", "mob.", "cell", "fax", "e-mail", "email", "mail", "web", "www",
    "website", "t", "m", "f", "e", "w", "p", "telefon", "mobil", "handy", "tél", "tél.", "téléphone",
    "port", "teléfono", "móvil", "telefone", "cellulare", "telefoon", "puh", "puh.", "puhelin", "тел",
    "тел.", "電話", "电话", "whatsapp", "ust-idnr",
];

/// Whether a line takes leave.
pub(in crate::email::reply) fn is_closing(line: &str) -> bool {
    let folded = fold(line);
    let folded = folded.trim_matches(|c: char| !c.is_alphanumeric());
    CLOSINGS.iter().any(|closing| {
        folded.strip_prefix(closing).is_some_and(|rest| {
            // A name may follow at once, or where the greetings come from.
            let rest = rest.trim_start_matches([',', '!', '.', ' ', '、']);
            rest.is_empty()
                || (rest.split(' ').count() <= 4 && !rest.contains(['?', '.', ':']) && closing.len() > 4)
        })
    })
}

/// Whether a line is a way to reach somebody and little else.
pub(in crate::email::reply) fn is_contact(line: &str) -> bool {
    let folded = fold(line);
    if folded.is_empty() || folded.chars().count() > 90 {
        return false;
    }
    let words =
        folded.split([' ', '|', ':', ',', '<', '>', '(', ')', '·', '•', '/']).filter(|word| !word.is_empty());
    let mut reaches = 0;
    let mut letters = 0;
    for word in words {
        if has_address(word) || is_home_page(word) {
            reaches += 1;
        } else if !CONTACTS.contains(&word) {
            letters += word.chars().filter(|c| c.is_alphabetic()).count();
        }
    }
    reaches += usize::from(has_phone(&folded));
    reaches > 0 && letters <= 12 * reaches
}

/// The front page of a site: a link to a product has a path.
fn is_home_page(word: &str) -> bool {
    let bare = word.trim_start_matches("https").trim_start_matches("http").trim_start_matches(['/', '.']);
    let bare = bare.trim_end_matches(['/', '.', ',']);
    bare.starts_with("www.") && !bare.contains('/') && bare.len() > 7
}

/// A number that can be called: it begins like one and has as many digits.
fn has_phone(folded: &str) -> bool {
    let named = CONTACTS.iter().take(9).chain(&[
        "telefon",
        "mobil",
        "handy",
        "tél",
        "téléphone",
        "тел",
        "電話",
        "电话",
    ]);
    let mut named = named.map(|name| name.trim_end_matches('.'));
    let is_named = named.any(|name| folded.split([':', '.', ' ']).next().is_some_and(|first| first == name));
    let is_part =
        |c: char| c.is_ascii_digit() || matches!(c, '+' | ' ' | '-' | '/' | '(' | ')' | '.' | '\u{2011}');
    folded.split(|c: char| !is_part(c)).any(|run| {
        let run = run.trim_matches([' ', '-', '.', '/']);
        let digits = run.bytes().filter(u8::is_ascii_digit).count();
        let begins = run.starts_with(['+', '0', '(']) || is_named;
        (7..=15).contains(&digits) && begins && !is_date(run)
    })
}

fn is_date(run: &str) -> bool {
    let parts: Vec<usize> = run.split(['.', '/', '-']).map(|part| part.trim().len()).collect();
    matches!(parts[..], [1..=2, 1..=2, 2 | 4] | [4, 1..=2, 1..=2])
}

#[cfg(test)]
mod tests {
    use super::{is_closing, is_contact};

    #[test]
    fn ways_to_reach_somebody_are_known() {
        for line in
            ["Tel. +356 2123 4567", "ana@oak.example", "www.oak.example", "M: 0170 1234567 | www.oak.example"]
        {
            assert!(is_contact(line), "{line}");
        }
    }

    #[test]
    fn answers_are_none() {
        for line in [
            "Call us at +356 2123 4567 before you come by, please.",
            "https://oak.example/bowls/blue",
            "03.02.2026",
            "It is 1 250,00 € for all twelve.",
            "10:00 - 18:00",
            "Order 2026-000123",
        ] {
            assert!(!is_contact(line), "{line}");
        }
    }

    #[test]
    fn leave_is_taken_with_and_without_a_name() {
        assert!(
            is_closing("Best regards,")
                && is_closing("Viele Grüße, Ana")
                && is_closing("Med vänliga hälsningar")
        );
        assert!(!is_closing("Best before March, keep it cool."));
        assert!(!is_closing("Thanks for asking: we do."));
    }
}
