//! Asks the relay for a page as a browser would and says what came over the line.

use anyhow::{Context, Result, bail};
use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    time::Duration,
};

/// Long enough for a debug build on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// An answer of the relay.
pub(crate) struct Answer {
    head: String,
    /// The body as it was sent, compressed if the relay did that.
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// Whether the body is brotli.
    pub(crate) fn is_brotli(&self) -> bool {
        header(&self.head, "content-encoding").is_some_and(|value| value.eq_ignore_ascii_case("br"))
    }

    /// The body as text.
    ///
    /// # Errors
    /// When it is not brotli though it says so, or not text.
    pub(crate) fn text(&self) -> Result<String> {
        let mut plain = Vec::new();
        if self.is_brotli() {
            brotli::BrotliDecompress(&mut self.body.as_slice(), &mut plain)?;
        } else {
            plain.clone_from(&self.body);
        }
        Ok(String::from_utf8(plain)?)
    }
}

/// GET over HTTP/1.1, taking brotli.
///
/// # Errors
/// When nobody answers, or with anything but 200.
pub(crate) fn get(url: &str) -> Result<Answer> {
    let rest = url.strip_prefix("http://").with_context(|| format!("{url} is not an http address."))?;
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let mut line = TcpStream::connect(host).with_context(|| format!("{host} does not answer."))?;
    line.set_read_timeout(Some(PATIENCE))?;
    let ask = format!(
        "GET /{path} HTTP/1.1\r\nHost: {host}\r\nAccept: text/html, */*\r\nAccept-Encoding: br\r\n\
         Connection: close\r\n\r\n"
    );
    line.write_all(ask.as_bytes())?;
    let mut bytes = Vec::new();
    line.read_to_end(&mut bytes)?;
    let answer = parse(&bytes).with_context(|| format!("{url} gave no answer that can be read."))?;
    let status = answer.head.split(' ').nth(1).unwrap_or_default();
    if status != "200" {
        bail!("{url} answered {status}.");
    }
    Ok(answer)
}

fn parse(bytes: &[u8]) -> Option<Answer> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let (head, body) = (bytes.get(..end)?, bytes.get(end + 4..)?);
    let head = String::from_utf8(head.to_vec()).ok()?;
    let chunked =
        header(&head, "transfer-encoding").is_some_and(|value| value.eq_ignore_ascii_case("chunked"));
    let body = if chunked { join_chunks(body)? } else { body.to_vec() };
    Some(Answer { head, body })
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines()
        .skip(1)
        .filter_map(|line| line.split_once(':'))
        .find_map(|(key, value)| key.eq_ignore_ascii_case(name).then_some(value.trim()))
}

/// RFC 9112, clause 7.1.
fn join_chunks(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = rest.windows(2).position(|two| two == b"\r\n")?;
        let size = std::str::from_utf8(rest.get(..end)?).ok()?;
        let size = usize::from_str_radix(size.split(';').next()?.trim(), 16).ok()?;
        if size == 0 {
            return Some(body);
        }
        let start = end + 2;
        body.extend_from_slice(rest.get(start..start + size)?);
        rest = rest.get(start + size + 2..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_and_chunked_answers_are_read() {
        let plain = parse(b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\n\r\nabc").unwrap();
        assert!(plain.is_brotli());
        assert_eq!(plain.body, b"abc");
        let chunked =
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
        assert_eq!(parse(chunked).unwrap().body, b"abcde");
        assert!(parse(b"HTTP/1.1 200 OK\r\n").is_none());
    }
}
