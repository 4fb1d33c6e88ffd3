//! A letter as HTML: text only, escaped; no pictures, nothing that is fetched.
//!
//! Styles stand in the elements, for many programs drop a style sheet; the sheet in the head
//! only has what can't stand there, the colours for the dark. A table holds the column, for
//! one program knows no other way to a width.

use super::content::{Content, Line, Place};
use std::fmt::Write;

const FONT: &str = "-apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif";
/// Long words and addresses break instead of making the letter wider than a phone.
const WRAP: &str = "overflow-wrap:anywhere;word-wrap:break-word;word-break:break-word;";

/// Sets it.
pub(super) fn set(content: &Content) -> String {
    let mut body = String::new();
    headline(&mut body, content);
    for line in &content.earlier {
        put(&mut body, line, Weight::Earlier);
    }
    if !content.earlier.is_empty() {
        body.push_str(r#"<div style="height:12px;line-height:12px">&nbsp;</div>"#);
    }
    for line in &content.words {
        put(&mut body, line, Weight::New);
    }
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
.new {{ background: #33291f !important; border-color: #d9a066 !important; }}
.line {{ border-color: #373029 !important; }}
.link {{ color: #e6b584 !important; }}
.go {{ background: #e0ae7b !important; color: #241a10 !important; }}
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

#[derive(Clone, Copy, PartialEq, Eq)]
enum Weight {
    Earlier,
    New,
}

fn headline(body: &mut String, content: &Content) {
    let _ = write!(
        body,
        r#"<h1 class="ink" dir="auto" style="margin:0;font-size:23px;line-height:1.35;font-weight:600;letter-spacing:-0.01em;color:#2b2620;{WRAP}">{}</h1>"#,
        Escaped(&content.headline)
    );
    if let Some(page) = &content.page {
        let _ =
            write!(body, r#"<p dir="auto" style="margin:6px 0 0;font-size:16px;line-height:1.5;{WRAP}">"#);
        link(body, page, "color:#8a5a2b;text-decoration:underline;text-underline-offset:3px");
        body.push_str("</p>");
    }
    body.push_str(r#"<div style="height:26px;line-height:26px">&nbsp;</div>"#);
}

fn put(body: &mut String, line: &Line, weight: Weight) {
    let who_color = if line.is_own { "#8c7f70" } else { "#6d6154" };
    let _ = match weight {
        Weight::Earlier => write!(
            body,
            r#"<div class="line" style="margin:0 0 14px;padding:0 0 0 14px;border-left:3px solid #ece4d9"><div class="faint" dir="auto" style="font-size:13px;line-height:1.4;color:{who_color};{WRAP}">{}</div><div class="soft" dir="auto" style="font-size:15px;line-height:1.55;color:#6d6154;{WRAP}">{}</div></div>"#,
            Escaped(&line.who),
            Paragraph(&line.body),
        ),
        Weight::New => write!(
            body,
            r#"<div class="new" style="margin:0 0 14px;padding:16px 20px 18px;background:#faf1e4;border-left:3px solid #b9783f;border-radius:4px 14px 14px 4px"><div class="soft" dir="auto" style="margin:0 0 4px;font-size:13px;line-height:1.4;font-weight:600;color:#8a6a48;{WRAP}">{}</div><div class="ink" dir="auto" style="font-size:18px;line-height:1.6;color:#2b2620;{WRAP}">{}</div></div>"#,
            Escaped(&line.who),
            Paragraph(&line.body),
        ),
    };
}

fn ending(body: &mut String, content: &Content) {
    if let Some(answer) = &content.answer {
        let _ = write!(
            body,
            r#"<p class="ink" dir="auto" style="margin:26px 0 0;font-size:16px;line-height:1.6;color:#2b2620;{WRAP}">{}</p>"#,
            Escaped(answer)
        );
    }
    if let Some(place) = &content.go_on {
        body.push_str(r#"<p style="margin:20px 0 0">"#);
        let style = "display:inline-block;padding:11px 22px;background:#7d4f24;color:#fffdfa;border-radius:999px;\
                     font-size:15px;line-height:1.4;font-weight:600;text-decoration:none";
        let _ = write!(
            body,
            r#"<a class="go" href="{}" style="{style}">{}</a></p>"#,
            Escaped(&place.link),
            Escaped(&place.name)
        );
    }
    let _ = write!(
        body,
        r#"<div class="line" style="margin:32px 0 0;padding:18px 0 0;border-top:1px solid #ece4d9"><p class="faint" dir="auto" style="margin:0;font-size:13px;line-height:1.6;color:#8c7f70;{WRAP}">{}"#,
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
