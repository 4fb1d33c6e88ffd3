//! Octets as they come: commands and mails, each line ended by CR LF and by nothing else
//! (RFC 5321, clause 2.3.8). A lone CR or LF is where one server sees the end of a mail and
//! another does not; whoever sends one is not listened to any further.

use tokio::io::{AsyncRead, AsyncReadExt};

/// Why nothing can be read any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// The other side has gone.
    Gone,
    /// A CR or LF that stands alone.
    Bare,
    /// A command is longer than it may be.
    TooLong,
}

/// A mail as it came.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Data {
    /// Without what was added for the way.
    Whole(Vec<u8>),
    /// It was read to its end, and is more than is taken.
    TooBig,
}

/// What comes in.
pub(super) struct Wire<R> {
    from: R,
    buffer: Vec<u8>,
    /// How much of it was given out.
    taken: usize,
}

const CHUNK: usize = 16 * 1024;

impl<R: AsyncRead + Unpin> Wire<R> {
    pub(super) fn new(from: R) -> Self {
        Self { from, buffer: Vec::new(), taken: 0 }
    }

    /// Whether there is something that has not been looked at.
    pub(super) fn has_more(&self) -> bool {
        self.taken < self.buffer.len()
    }

    /// One line without its end, at most `most` octets.
    pub(super) async fn line(&mut self, most: usize) -> Result<Vec<u8>, Fault> {
        let mut line = Vec::new();
        loop {
            match self.octet().await? {
                b'\r' => match self.octet().await? {
                    b'\n' => return Ok(line),
                    _ => return Err(Fault::Bare),
                },
                b'\n' => return Err(Fault::Bare),
                _ if line.len() >= most => return Err(Fault::TooLong),
                octet => line.push(octet),
            }
        }
    }

    /// A mail, up to the line with nothing but a dot in it (clause 4.5.2).
    pub(super) async fn data(&mut self, most: usize) -> Result<Data, Fault> {
        let mut mail = Vec::new();
        let mut is_too_big = false;
        loop {
            // Where the line begins: a dot here is either the end or was added for the way.
            let mut is_first = true;
            let mut had_dot = false;
            loop {
                match self.octet().await? {
                    b'\r' => match self.octet().await? {
                        b'\n' => break,
                        _ => return Err(Fault::Bare),
                    },
                    b'\n' => return Err(Fault::Bare),
                    b'.' if is_first && !had_dot => had_dot = true,
                    octet => {
                        is_first = false;
                        push(&mut mail, octet, most, &mut is_too_big);
                    }
                }
            }
            if had_dot && is_first {
                return Ok(if is_too_big { Data::TooBig } else { Data::Whole(mail) });
            }
            push(&mut mail, b'\r', most, &mut is_too_big);
            push(&mut mail, b'\n', most, &mut is_too_big);
        }
    }

    async fn octet(&mut self) -> Result<u8, Fault> {
        if self.taken == self.buffer.len() {
            self.buffer.resize(CHUNK, 0);
            let count = self.from.read(&mut self.buffer).await.map_err(|_| Fault::Gone)?;
            self.buffer.truncate(count);
            self.taken = 0;
            if count == 0 {
                return Err(Fault::Gone);
            }
        }
        let octet = self.buffer[self.taken];
        self.taken += 1;
        Ok(octet)
    }
}

fn push(mail: &mut Vec<u8>, octet: u8, most: usize, is_too_big: &mut bool) {
    if mail.len() < most {
        mail.push(octet);
    } else {
        // What was gathered is of no use any more.
        *is_too_big = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn data(sent: &[u8]) -> Result<Data, Fault> {
        Wire::new(sent).data(100).await
    }

    fn whole(mail: &[u8]) -> Result<Data, Fault> {
        Ok(Data::Whole(mail.to_vec()))
    }

    #[tokio::test]
    async fn dots_are_taken_off_and_the_last_one_ends_it() {
        for (sent, mail) in [
            (&b".\r\n"[..], &b""[..]),
            (b"a\r\n.\r\n", b"a\r\n"),
            (b"..\r\n.\r\n", b".\r\n"),
            (b"...a\r\n.b\r\n.\r\n", b"..a\r\nb\r\n"),
            (b"a.\r\n\r\n.\r\n", b"a.\r\n\r\n"),
            (b"a\r\n. \r\n.\r\n", b"a\r\n \r\n"),
        ] {
            assert_eq!(data(sent).await, whole(mail), "{}", String::from_utf8_lossy(sent));
        }
    }

    #[tokio::test]
    async fn no_other_line_end_ends_anything() {
        for sent in [
            &b"a\n.\n"[..],
            b"a\n.\r\n",
            b"a\r\n.\n",
            b"a\r.\r\n.\r\n",
            b"a\r\n.\r\r\n",
            b"a\r\r\n.\r\n",
            b"a\nMAIL FROM:<eve@evil.example>\r\n.\r\n",
        ] {
            assert_eq!(data(sent).await, Err(Fault::Bare), "{}", String::from_utf8_lossy(sent));
            assert!(Wire::new(sent).line(100).await.is_err() || sent.starts_with(b"a\r\n"));
        }
        assert_eq!(data(b"a\r\n").await, Err(Fault::Gone));
        assert_eq!(data(b"").await, Err(Fault::Gone));
    }

    #[tokio::test]
    async fn what_is_too_much_is_read_to_its_end() {
        let sent = [b"a".repeat(200).as_slice(), b"\r\n.\r\nQUIT\r\n"].concat();
        let mut wire = Wire::new(&sent[..]);
        assert_eq!(wire.data(100).await, Ok(Data::TooBig));
        assert_eq!(wire.line(100).await, Ok(b"QUIT".to_vec()));
        assert!(!wire.has_more());
    }

    #[tokio::test]
    async fn a_command_is_a_line_of_some_length() {
        assert_eq!(Wire::new(&b"NOOP\r\n"[..]).line(4).await, Ok(b"NOOP".to_vec()));
        assert_eq!(Wire::new(&b"NOOPS\r\n"[..]).line(4).await, Err(Fault::TooLong));
        assert_eq!(Wire::new(&b"NO"[..]).line(4).await, Err(Fault::Gone));
    }

    #[tokio::test]
    async fn it_makes_no_difference_in_what_pieces_it_comes() {
        let sent = b"..one\r\n\r\n.two\r\n.\r\n";
        let (mut near, far) = tokio::io::duplex(1);
        let writing = async {
            for octet in sent {
                tokio::io::AsyncWriteExt::write_all(&mut near, &[*octet]).await.expect("it is read");
            }
        };
        let mut wire = Wire::new(far);
        let (read, ()) = tokio::join!(wire.data(100), writing);
        assert_eq!(read, whole(b".one\r\n\r\ntwo\r\n"));
    }
}
