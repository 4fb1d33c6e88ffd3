//! What a mail server of the owner's found out about a mail (`Authentication-Results`,
//! RFC 8601).
//!
//! Only the topmost field of a server that is named in the configuration counts, and only as
//! long as it stands above the mail's own fields: what stands below, the sender may have
//! written.

use super::super::address::is_aligned;
use mail_parser::{HeaderName, Message};

/// What one method found: its name, its result and its properties.
#[derive(Debug, Default, PartialEq, Eq)]
struct Finding {
    method: String,
    result: String,
    properties: Vec<(String, String)>,
}

/// A word of the field, or one of its two signs.
#[derive(Debug, PartialEq, Eq)]
enum Part {
    Word(String),
    Equals,
    End,
}

/// What a believed server found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// A machine of the domain's brought it.
    Machine,
    /// There is a good signature of the domain's; over what is not said.
    Signature,
}

/// What a believed server found of a mail that says to be from this domain; none when it is
/// nothing that proves it.
pub(super) fn found(message: &Message<'_>, believed: &[String], domain: &str) -> Option<Found> {
    let findings = findings(message, believed)?;
    if findings.iter().any(|finding| finding.method == "dmarc" && finding.result == "fail") {
        return None;
    }
    let found = findings.iter().filter(|finding| finding.result == "pass").filter_map(|finding| {
        let is_ours = |names: &[&str]| {
            let mut found =
                finding.properties.iter().filter(|(name, _)| names.contains(&name.as_str())).peekable();
            // All that is said of a domain has to fit: "header.d" beside "header.i".
            found.peek().is_some()
                && found.all(|(_, value)| is_aligned(value.rsplit('@').next().unwrap_or_default(), domain))
        };
        match finding.method.as_str() {
            "spf" => is_ours(&["smtp.mailfrom", "smtp.mail"]).then_some(Found::Machine),
            "dkim" => is_ours(&["header.d", "header.i"]).then_some(Found::Signature),
            // By one of the two; which is not said.
            "dmarc" => is_ours(&["header.from"]).then_some(Found::Signature),
            _ => None,
        }
    });
    found.min_by_key(|found| *found == Found::Signature)
}

fn findings(message: &Message<'_>, believed: &[String]) -> Option<Vec<Finding>> {
    for header in message.root_part().headers() {
        match &header.name {
            HeaderName::From
            | HeaderName::To
            | HeaderName::Subject
            | HeaderName::Date
            | HeaderName::MessageId
            | HeaderName::MimeVersion
            | HeaderName::ContentType => return None,
            name if name.as_str().eq_ignore_ascii_case("Authentication-Results") => {
                let range = header.offset_start as usize..header.offset_end as usize;
                let value = message.raw_message().get(range).map(String::from_utf8_lossy)?;
                let (server, findings) = parse(&value)?;
                if believed.contains(&server) {
                    return Some(findings);
                }
            }
            _ => {}
        }
    }
    None
}

/// Clause 2.2; none when it is not well formed.
fn parse(value: &str) -> Option<(String, Vec<Finding>)> {
    let parts = parts(value)?;
    let mut groups = parts.split(|part| *part == Part::End);
    let server = match groups.next()? {
        [Part::Word(server)] => server.to_ascii_lowercase(),
        // The version is 1; there is no other.
        [Part::Word(server), Part::Word(version)] if version == "1" => server.to_ascii_lowercase(),
        _ => return None,
    };
    Some((server, groups.filter_map(finding).collect()))
}

fn finding(parts: &[Part]) -> Option<Finding> {
    let mut finding = Finding::default();
    let mut rest = parts;
    while let [Part::Word(name), Part::Equals, Part::Word(value), after @ ..] = rest {
        let (name, value) = (name.to_ascii_lowercase(), value.to_ascii_lowercase());
        if finding.method.is_empty() {
            finding.method = name.split('/').next().unwrap_or_default().to_owned();
            finding.result = value;
        } else {
            finding.properties.push((name, value));
        }
        // Base64 ends in signs that need no quotes in what some servers write.
        rest = after;
        while let [Part::Equals, after @ ..] = rest {
            rest = after;
        }
    }
    (rest.is_empty() && !finding.method.is_empty()).then_some(finding)
}

/// Without comments and white space (RFC 5322, clause 3.2.2); quotes are undone.
fn parts(value: &str) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    let mut chars = value.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            c if c.is_ascii_whitespace() => {}
            ';' => parts.push(Part::End),
            '=' => parts.push(Part::Equals),
            '(' => {
                let mut depth = 1;
                while depth > 0 {
                    match chars.next()? {
                        '(' => depth += 1,
                        ')' => depth -= 1,
                        '\\' => drop(chars.next()?),
                        _ => {}
                    }
                }
            }
            first => {
                let mut word = String::new();
                let mut next = Some(first);
                while let Some(c) = next {
                    match c {
                        '"' => loop {
                            match chars.next()? {
                                '"' => break,
                                '\\' => word.push(chars.next()?),
                                c => word.push(c),
                            }
                        },
                        c => word.push(c),
                    }
                    next = chars.next_if(|c| !c.is_ascii_whitespace() && !";=(".contains(*c));
                }
                parts.push(Part::Word(word));
            }
        }
    }
    Some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use mail_parser::MessageParser;

    fn is_proven(fields: &str, domain: &str) -> bool {
        let mail = format!("{fields}From: ana@oak.example\r\nSubject: Hello\r\n\r\nHello\r\n");
        let message = MessageParser::default().parse(mail.as_bytes()).expect("a mail");
        found(&message, &["mx.oak.example".into()], domain).is_some()
    }

    #[test]
    fn what_a_believed_server_found_counts() {
        for field in [
            "Authentication-Results: mx.oak.example; dkim=pass header.d=oak.example\r\n",
            "authentication-results: MX.Oak.Example 1;\r\n\tspf=fail smtp.mailfrom=eve.example;\r\n\tdkim=pass (2048-bit key; \
             unprotected) header.d=mail.oak.example header.i=@mail.oak.example header.b=AbC=; dmarc=pass\r\n",
            "Authentication-Results: mx.oak.example; spf=pass smtp.mailfrom=\"ana\"@oak.example\r\n",
            "Authentication-Results: mx.oak.example; dmarc=pass (p=none dis=none) header.from=oak.example\r\n",
            "Received: by mx.oak.example; Thu, 9 Oct 2025 08:53:20 +0000\r\nAuthentication-Results: \
             other.example; dkim=fail\r\nAuthentication-Results: mx.oak.example; dkim=pass header.d=oak.example\r\n",
        ] {
            assert!(is_proven(field, "oak.example"), "{field}");
        }
    }

    #[test]
    fn what_proves_nothing_or_another_domain_does_not() {
        for field in [
            "",
            "Authentication-Results: mx.oak.example; none\r\n",
            "Authentication-Results: mx.oak.example; dkim=pass header.d=eve.example\r\n",
            "Authentication-Results: mx.oak.example; dkim=pass header.d=eve.example header.i=@oak.example\r\n",
            "Authentication-Results: mx.oak.example; dkim=pass\r\n",
            "Authentication-Results: mx.oak.example; dkim=fail header.d=oak.example\r\n",
            "Authentication-Results: mx.oak.example; auth=pass smtp.auth=oak.example\r\n",
            "Authentication-Results: mx.oak.example; spf=pass smtp.helo=oak.example\r\n",
            "Authentication-Results: eve.example; dkim=pass header.d=oak.example\r\n",
            "Authentication-Results: (mx.oak.example) eve.example; dkim=pass header.d=oak.example\r\n",
            "Authentication-Results: mx.oak.example; dkim=none (dkim=pass header.d=oak.example)\r\n",
            "Authentication-Results: mx.oak.example; spf=pass smtp.mailfrom=\"a; dkim=pass header.d=oak.example\"@eve.example\r\n",
            "Authentication-Results: mx.oak.example; dkim=pass header.d=oak.example; dmarc=fail header.from=oak.example\r\n",
            "Authentication-Results: mx.oak.example; dkim=pass (never closed header.d=oak.example\r\n",
            "Authentication-Results: mx.oak.example 2; dkim=pass header.d=oak.example\r\n",
        ] {
            assert!(!is_proven(field, "oak.example"), "{field}");
        }
    }

    #[test]
    fn one_that_was_forged_below_the_servers_own_does_not_count() {
        let genuine =
            "Received: by mx.oak.example\r\nAuthentication-Results: mx.oak.example; dkim=none; spf=fail\r\n";
        let forged = "Authentication-Results: mx.oak.example; dkim=pass header.d=oak.example\r\n";
        assert!(!is_proven(&format!("{genuine}{forged}"), "oak.example"));
        assert!(!is_proven(&format!("{genuine}Received: by eve.example\r\n{forged}"), "oak.example"));
        assert!(!is_proven(&format!("Subject: Above\r\n{forged}"), "oak.example"));
    }
}
