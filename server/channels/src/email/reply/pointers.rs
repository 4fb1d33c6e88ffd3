//! "See my answers below": words that point into the quote.

use super::lines::fold;

#[rustfmt::skip]
const POINTERS: &[&str] = &[
    "see below", "answers below", "replies below", "comments below", "inline below", "see inline",
    "answers inline", "answered inline", "replies inline", "comments inline", "in line below",
    "in red below", "answers in red", "siehe unten", "s. unten", "antworten unten", "antworten im text",
    "antworten stehen unten", "antworten in rot", "voir ci-dessous", "réponses ci-dessous",
    "mes réponses dans le texte", "en rouge ci-dessous", "respuestas abajo", "ver abajo", "respondo abajo",
    "respondo abaixo", "respostas abaixo", "vedi sotto", "risposte sotto", "zie hieronder", "zie onder",
    "antwoorden hieronder", "odpowiedzi poniżej", "patrz poniżej", "se nedan", "se nedenfor", "viz níže",
    "ответы ниже", "см. ниже",
];

/// Whether a text ends by pointing to what stands under it.
pub(super) fn points_into_quote(text: &str) -> bool {
    let last = text.split("\n\n").filter(|paragraph| !paragraph.trim().is_empty()).take(2);
    // The greeting, and the sentence after it.
    last.map(fold).any(|paragraph| {
        paragraph.chars().count() <= 160 && POINTERS.iter().any(|word| paragraph.contains(word))
    })
}
