//! "On … Ana wrote:": the line above a quote.

use crate::email::reply::lines::fold;

/// How sure it is that a text is an attribution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::email::reply) enum Likeness {
    /// It is none.
    No,
    /// It would be one above a quote.
    AboveQuote,
    /// It is one by itself: it says who and when.
    Certain,
}

/// "wrote", as mail programs say it. Matched as whole words, those of scripts without
/// spaces anywhere.
#[rustfmt::skip]
const WROTE: &[&str] = &[
    "wrote", "writes", "schrieb", "schreibt", "geschrieben", "a écrit", "écrit", "ecrit", "escribió",
    "escribio", "escribe", "escreveu", "escreve", "ha scritto", "scritto", "scrive", "schreef", "schrijft",
    "geschreven", "napisał", "napisała", "napisał(a)", "napisał/a", "napisal", "napisala", "napisal(a)",
    "pisze", "skrev", "skriver", "kirjoitti", "kirjoittaa", "napsal", "napsala", "napsal(a)", "píše",
    "napísal", "napísala", "napísal(a)", "написал", "написала", "написал(а)", "написал(-а)", "пишет",
    "писал", "пише", "написав", "написа", "yazdı", "yazdi", "yazmış", "a scris", "írta", "έγραψε",
    "έγραψαν", "napisao", "napisao/la", "đã viết", "menulis", "va escriure", "kirjutas", "rakstīja", "rašė",
    "je napisal", "je napisal/a", "je napisao/la", "skrifaði", "ha escrit",
];
/// The same, in scripts whose words stand without spaces or take letters in front.
#[rustfmt::skip]
const WROTE_ANYWHERE: &[&str] = &[
    "写道", "寫道", "写到", "寫到", "のメール", "は書きました", "さんが書きました", "書きました", "님이 작성", "작성했습니다", "작성:", "كتب",
    "كتابة ما يلي", "نوشت", "ने लिखा", "כתב", "מאת", "เขียนว่า",
];
/// How the line begins, where it begins with a word.
#[rustfmt::skip]
const STARTS: &[&str] = &[
    "on ", "at ", "am ", "um ", "le ", "el ", "em ", "il ", "op ", "w dniu", "dnia", "den ", "dne ", "dňa ",
    "в ", "на ", "у ", "în data", "în ", "στις ", "ngày ", "pada ", "dana ", "vào ", "a ", "no dia",
    "в сообщении", "на дату", "在", "في", "בתאריך",
];
/// Days of the week by their first letters, and the words before a month's day.
#[rustfmt::skip]
const DAYS: &[&str] = &[
    "mon", "tue", "wed", "thu", "fri", "sat", "sun", "mo.", "di.", "mi.", "do.", "fr.", "sa.", "so.", "lun",
    "mar", "mer", "jeu", "ven", "sam", "dim", "lun.", "mié", "jue", "vie", "sáb", "dom", "seg", "ter",
    "qua", "qui", "sex", "gio", "sab", "ma", "wo", "vr", "za", "zo", "pon", "wt", "śr", "czw", "pt", "sob",
    "niedz", "mån", "tis", "ons", "tors", "fre", "lör", "sön", "man", "tir", "lør", "søn", "ti ", "ke ",
    "to ", "pe ", "la ", "su ", "po ", "út", "st ", "čt", "pá", "so ", "ne ", "пн", "вт", "ср", "чт", "пт",
    "сб", "вс", "понедельник", "вторник", "сред", "четверг", "пятниц", "суббот", "воскресенье", "في", "ma ",
];

/// How much a text, folded and in one line, is like an attribution.
pub(in crate::email::reply) fn likeness(folded: &str) -> Likeness {
    if !is_end(folded) || folded.matches(['?', '!']).count() > 1 {
        return Likeness::No;
    }
    let body = folded.trim_end_matches([':', ' ']);
    let wrote = has_wrote(folded);
    let address = has_address(folded);
    let date = has_date(folded);
    let time = has_time(folded);
    // Without a verb, it ends with whom it names: "…, Ana <ana@oak.example>:".
    let ends_with_address = body.ends_with(['>', ')']) && address;
    let certain = (wrote && address && (date || time))
        || (wrote && date && time)
        || (ends_with_address && date && time);
    if certain {
        return Likeness::Certain;
    }
    let short = folded.chars().count() <= 120;
    if (wrote && short) || (ends_with_address && (date || time)) || (wrote && (address || date)) {
        return Likeness::AboveQuote;
    }
    Likeness::No
}

/// Whether a line can be the last of an attribution: it ends with a colon, or Zoho put it
/// between dashes.
pub(in crate::email::reply) fn is_end(folded: &str) -> bool {
    folded.ends_with(':') || (folded.starts_with("---") && folded.ends_with("---"))
}

/// Whether a line can be the first of an attribution.
pub(in crate::email::reply) fn is_start(folded: &str) -> bool {
    let folded = folded.trim_start_matches(['"', '-', ' ', '«', '[', '(']);
    let digits = folded.bytes().take_while(u8::is_ascii_digit).count();
    STARTS.iter().any(|start| folded.starts_with(start)) && has_digit(folded)
        || (DAYS.iter().any(|day| folded.starts_with(day)) && has_digit(folded))
        || (digits > 0 && has_date(folded))
}

/// Whether anything in a line says when or who: the line above a quote had better not be
/// shown then, in whatever language it is.
pub(in crate::email::reply) fn is_suspect(text: &str) -> bool {
    let folded = fold(text);
    has_address(&folded) && (folded.ends_with(':') || has_date(&folded))
        || (has_date(&folded) && has_time(&folded))
}

/// Whether a line that is taken for new still has who and when in it, as an attribution
/// has that somebody changed by hand.
pub(in crate::email::reply) fn is_residue(text: &str) -> bool {
    let folded = fold(text);
    let is_dated = has_date(&folded) && has_time(&folded);
    let is_sentence = folded.ends_with(['.', '!', '?']);
    (has_address(&folded) && (has_date(&folded) || has_time(&folded)))
        || (is_dated && has_wrote(&folded) && !is_sentence)
}

fn has_wrote(folded: &str) -> bool {
    WROTE_ANYWHERE.iter().any(|verb| folded.contains(verb))
        || WROTE.iter().any(|verb| {
            folded.match_indices(verb).any(|(at, _)| {
                let before = folded[..at].chars().next_back();
                let after = folded[at + verb.len()..].chars().next();
                let is_border = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
                is_border(before) && is_border(after)
            })
        })
}

fn has_digit(folded: &str) -> bool {
    folded.bytes().any(|byte| byte.is_ascii_digit())
}

/// Something before an `@`, something after it.
pub(in crate::email::reply) fn has_address(folded: &str) -> bool {
    folded.match_indices('@').any(|(at, _)| {
        let before = folded[..at].chars().next_back();
        let mut after =
            folded[at + 1..].chars().take_while(|c| c.is_alphanumeric() || matches!(c, '.' | '-'));
        before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '+' | '_' | '-' | '.'))
            && after.any(|c| c == '.')
    })
}

/// A year of four digits, or a day, month and year by numbers.
pub(in crate::email::reply) fn has_date(folded: &str) -> bool {
    let numbers = numbers(folded);
    let is_year =
        |number: &Number<'_>| number.digits.len() == 4 && matches!(&number.digits[..2], "19" | "20");
    numbers.iter().any(is_year)
        || numbers.windows(3).any(|three| {
            let part = |number: &Number<'_>| {
                number.digits.len() <= 2 && matches!(number.after, Some('.' | '/' | '-'))
            };
            part(&three[0])
                && part(&three[1])
                && three[0].touches
                && three[1].touches
                && three[2].digits.len() == 2
        })
}

/// Hours and minutes: "10:00", "10h00", "kl. 10.00".
pub(in crate::email::reply) fn has_time(folded: &str) -> bool {
    let numbers = numbers(folded);
    numbers.windows(2).any(|two| {
        let is_short = two[0].digits.len() <= 2 && two[1].digits.len() == 2;
        let by_colon = matches!(two[0].after, Some(':' | 'h' | '時' | '时'));
        let by_dot = two[0].after == Some('.') && two[0].is_after_o_clock;
        is_short && two[0].touches && (by_colon || by_dot)
    })
}

struct Number<'a> {
    digits: &'a str,
    /// What stands behind it.
    after: Option<char>,
    /// Nothing stands between that and the next number.
    touches: bool,
    is_after_o_clock: bool,
}

fn numbers(text: &str) -> Vec<Number<'_>> {
    let mut numbers = Vec::new();
    let mut at = 0;
    while let Some(start) = text[at..].find(|c: char| c.is_ascii_digit()).map(|start| at + start) {
        let end = text[start..].find(|c: char| !c.is_ascii_digit()).map_or(text.len(), |end| start + end);
        let mut after = text[end..].chars();
        let next = after.next();
        let touches = after.next().is_some_and(|c| c.is_ascii_digit());
        let before = &text[..start];
        let is_after_o_clock =
            ["kl. ", "kl ", "klo ", "um ", "ore ", "alle ", "om "].iter().any(|o| before.ends_with(o));
        numbers.push(Number { digits: &text[start..end], after: next, touches, is_after_o_clock });
        at = end;
    }
    numbers
}

#[cfg(test)]
mod tests {
    use super::{Likeness, fold, is_start, likeness};

    #[test]
    fn attributions_of_many_languages_are_certain() {
        for line in [
            "On Tue, Feb 3, 2026 at 10:00 AM Oak <reply@bell.example> wrote:",
            "On 3 Feb 2026, at 10:00, Oak <reply@bell.example> wrote:",
            "Am Di., 3. Feb. 2026 um 10:00 Uhr schrieb Oak <reply@bell.example>:",
            "Am 03.02.26 um 10:00 schrieb Oak:",
            "Le mar. 3 févr. 2026 à 10:00, Oak <reply@bell.example> a écrit :",
            "El mar, 3 feb 2026 a las 10:00, Oak (<reply@bell.example>) escribió:",
            "Em ter., 3 de fev. de 2026 às 10:00, Oak <reply@bell.example> escreveu:",
            "Il giorno mar 3 feb 2026 alle ore 10:00 Oak <reply@bell.example> ha scritto:",
            "Op di 3 feb 2026 om 10:00 schreef Oak <reply@bell.example>:",
            "wt., 3 lut 2026 o 10:00 Oak <reply@bell.example> napisał(a):",
            "Den tis 3 feb. 2026 kl 10:00 skrev Oak <reply@bell.example>:",
            "tir. 3. feb. 2026 kl. 10.00 skrev Oak <reply@bell.example>:",
            "ti 3. helmik. 2026 klo 10.00 Oak (reply@bell.example) kirjoitti:",
            "út 3. 2. 2026 v 10:00 odesílatel Oak <reply@bell.example> napsal:",
            "вт, 3 февр. 2026 г. в 10:00, Oak <reply@bell.example>:",
            "Oak <reply@bell.example>, 3 Şub 2026 Sal, 10:00 tarihinde şunu yazdı:",
            "2026年2月3日(火) 10:00 Oak <reply@bell.example>:",
            "Oak <reply@bell.example> 于2026年2月3日周二 10:00写道：",
            "2026년 2월 3일 (화) 오전 10:00, Oak <reply@bell.example>님이 작성:",
            "في الثلاثاء، 3 فبراير 2026 في 10:00 ص تمت كتابة ما يلي بواسطة Oak <reply@bell.example>:",
            "בתאריך יום ג׳, 3 בפבר׳ 2026 ב-10:00 מאת Oak <reply@bell.example>:",
        ] {
            assert_eq!(likeness(&fold(line)), Likeness::Certain, "{line}");
        }
    }

    #[test]
    fn what_people_say_is_none() {
        for line in [
            "We have these:",
            "Our prices from 2026-02-03, 10:00:",
            "Call 12:30 or later:",
            "I wrote it down.",
        ] {
            assert_eq!(likeness(&fold(line)), Likeness::No, "{line}");
        }
        assert_ne!(likeness(&fold("On Monday we open at 9, wrote you already:")), Likeness::Certain);
    }

    #[test]
    fn the_first_line_of_a_wrapped_one_is_known() {
        assert!(is_start(&fold("On Tue, Feb 3, 2026 at 10:00 AM Oak")));
        assert!(!is_start(&fold("Oak <reply@bell.example> wrote:")));
    }
}
