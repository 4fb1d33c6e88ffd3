//! A letter as HTML: text only, escaped; no pictures, nothing that is fetched.
//!
//! Styles stand in the elements, for many programs drop a style sheet; the sheet in the head
//! only has what can't stand there, the colours for the dark. A table holds the column, for
//! one program knows no other way to a width.

use super::{
    super::reply::REPLY_ABOVE,
    content::{Content, Line, Place},
};
use std::fmt::Write;

const FONT: &str = "-apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif";
/// Long words and addresses break instead of making the letter wider than a phone.
const WRAP: &str = "overflow-wrap:anywhere;word-wrap:break-word;word-break:break-word;";

/// Sets it.
pub(super) fn set(content: &Content) -> String {
    let mut body = String::new();
    if content.answer.is_some() {
        let _ = write!(
            body,
            r#"<div class="faint" style="margin:0 0 24px;font-size:12px;line-height:1.4;color:#8f8475;text-align:center">{REPLY_ABOVE}</div>"#
        );
    }
    headline(&mut body, content);
    for line in &content.earlier {
        earlier(&mut body, line);
    }
    words(&mut body, &content.words);
    for note in &content.notes {
        let _ = write!(
            body,
            r#"<p class="ink" dir="auto" style="margin:0 0 14px;font-size:17px;line-height:1.6;color:#2b2620;{WRAP}">{}</p>"#,
            Escaped(note)
        );
    }
    ending(&mut body, content);
    let mut page = String::with_capacity(body.len() + 2_500);
    let _ = write!(
        page,
        r##"<!doctype html>
<html lang="en" dir="ltr"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; supported-color-schemes: light dark; }}
@media (prefers-color-scheme: dark) {{
.page {{ background: #191613 !important; }}
.card {{ background: #24201c !important; border-color: #373029 !important; }}
.ink {{ color: #f1ebe4 !important; }}
.soft {{ color: #b3a698 !important; }}
.faint {{ color: #95897c !important; }}
.new {{ background: #352b21 !important; }}
.line {{ border-color: #373029 !important; }}
.link {{ color: #e6b584 !important; }}
.go {{ border-color: #6b5844 !important; color: #e6b584 !important; }}
}}
@media (max-width: 480px) {{ .card {{ padding: 26px 20px 22px !important; }} .page {{ padding: 12px 8px !important; }} }}
</style></head>
<body class="page" style="margin:0;padding:0;background:#f6f1ea">
<div style="display:none;max-height:0;overflow:hidden;mso-hide:all">{preview}{spacer}</div>
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="border-collapse:collapse">
<tr><td class="page" align="center" style="padding:36px 16px;background:#f6f1ea">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="max-width:580px;border-collapse:separate;table-layout:fixed">
<tr><td class="card" align="left" style="padding:38px 40px 32px;background:#fffdfa;border:1px solid #e9e0d4;border-radius:18px;font-family:{FONT};text-align:start">
{body}
</td></tr></table>
</td></tr></table>
</body></html>
"##,
        title = Escaped(&content.subject),
        preview = Escaped(&content.preview),
        // What follows in the letter is kept out of a list of mails.
        spacer = "&#847;&zwnj;&nbsp;".repeat(if content.preview.is_empty() { 0 } else { 60 }),
    );
    page
}

fn headline(body: &mut String, content: &Content) {
    let _ = write!(
        body,
        r#"<h1 class="ink" dir="auto" style="margin:0;font-size:24px;line-height:1.3;font-weight:600;letter-spacing:-0.01em;color:#2b2620;{WRAP}">{}</h1>"#,
        Escaped(&content.headline)
    );
    if let Some(page) = &content.page {
        let _ = write!(
            body,
            r#"<p class="soft" style="margin:6px 0 0;font-size:16px;line-height:1.5;color:#75685a;{WRAP}">on <span dir="auto">"#
        );
        link(body, page, "color:#8a5a2b;text-decoration:underline;text-underline-offset:3px");
        body.push_str("</span></p>");
    }
    body.push_str(r#"<div style="height:26px;line-height:26px">&nbsp;</div>"#);
}

/// Quiet, for finding the way back in.
fn earlier(body: &mut String, line: &Line) {
    let _ = write!(
        body,
        r#"<div style="margin:0 0 16px"><div class="faint" dir="auto" style="font-size:13px;line-height:1.4;color:#857868;{WRAP}">{}</div><div class="soft" dir="auto" style="font-size:16px;line-height:1.55;color:#6b5f52;{WRAP}">{}</div></div>"#,
        Escaped(&line.who),
        Paragraph(&line.body),
    );
}

/// All of one person, who stands in the headline: as they wrote them, one below the other. Where
/// the shop's system has said some of it, each says by whom it is.
fn words(body: &mut String, lines: &[Line]) {
    if lines.is_empty() {
        return;
    }
    body.push_str(
        r#"<div class="new" style="margin:24px 0 0;padding:22px 24px 23px;background:#f8eee0;border-radius:14px">"#,
    );
    let is_mixed = lines.iter().any(|line| line.by_system != lines[0].by_system);
    for (number, line) in lines.iter().enumerate() {
        if is_mixed {
            let _ = write!(
                body,
                r#"<div class="faint" dir="auto" style="margin:12px 0 0;font-size:13px;line-height:1.4;color:#857868;{WRAP}">{}</div>"#,
                Escaped(&line.who)
            );
        }
        let _ = write!(
            body,
            r#"<div class="ink" dir="auto" style="margin:{}px 0 0;font-size:18px;line-height:1.6;color:#2b2620;{WRAP}">{}</div>"#,
            if number > 0 { 16 } else { 0 },
            Paragraph(&line.body),
        );
    }
    body.push_str("</div>");
}

fn ending(body: &mut String, content: &Content) {
    if let Some(answer) = &content.answer {
        let _ = write!(
            body,
            r#"<p class="ink" dir="auto" style="margin:28px 0 0;font-size:17px;line-height:1.55;font-weight:600;color:#2b2620;{WRAP}">{}</p>"#,
            Escaped(answer)
        );
    }
    if let Some(place) = &content.go_on {
        body.push_str(r#"<p style="margin:18px 0 0">"#);
        let style = "display:inline-block;padding:10px 20px;border:1px solid #d9c6ae;border-radius:999px;color:#7d4f24;\
                     font-size:15px;line-height:1.4;text-decoration:none";
        let _ = write!(
            body,
            r#"<a class="go" href="{}" style="{style}">{}</a></p>"#,
            Escaped(&place.link),
            Escaped(&place.name)
        );
    }
    let _ = write!(
        body,
        r#"<div class="line" style="margin:32px 0 0;padding:18px 0 0;border-top:1px solid #ece4d9"><p class="faint" dir="auto" style="margin:0;font-size:13px;line-height:1.6;color:#7a6d5f;{WRAP}">{}"#,
        Escaped(&content.foot)
    );
    if let Some(stop) = &content.stop {
        body.push_str("<br>");
        link(body, stop, "color:#8a5a2b;text-decoration:underline");
    }
    body.push_str("</p></div>");
}

fn link(body: &mut String, place: &Place, style: &str) {
    let _ = write!(
        body,
        r#"<a class="link" href="{}" style="{style}">{}</a>"#,
        Escaped(&place.link),
        Escaped(&place.name)
    );
}

/// Text, with everything that could be markup written out.
struct Escaped<'a>(&'a str);

impl std::fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for c in self.0.chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

/// The same with its line breaks, and the spaces that would be drawn together.
struct Paragraph<'a>(&'a str);

impl std::fmt::Display for Paragraph<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (number, line) in self.0.split('\n').enumerate() {
            if number > 0 {
                f.write_str("<br>\n")?;
            }
            let text = line.replace('\t', "    ").replace("  ", "\u{a0} ");
            Escaped(&text).fmt(f)?;
        }
        Ok(())
    }
}
