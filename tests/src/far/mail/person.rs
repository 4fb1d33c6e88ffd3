//! Somebody with a mail program.

use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Tokio1Executor, address::Envelope};
use mail_auth::{
    common::{
        crypto::{RsaKey, Sha256},
        headers::HeaderWriter,
    },
    dkim::DkimSigner,
};
use mail_parser::{Message, MessageParser, decoders::base64::base64_decode};
use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;

/// A key that a domain signs with.
pub struct Key {
    domain: String,
    pem: String,
    /// What stands in the DNS, at `test._domainkey` and the domain.
    pub record: String,
}

impl Key {
    /// A new one, and its record in the DNS.
    pub fn new(domain: &str, names: &super::Names) -> Self {
        let pem =
            super::run("openssl", &["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"], b"");
        let public = super::run("openssl", &["pkey", "-pubout"], pem.as_bytes());
        let public: String = public.lines().filter(|line| !line.starts_with('-')).collect();
        let record = format!("v=DKIM1; k=rsa; p={public}");
        names.text(&format!("test._domainkey.{domain}"), &record);
        Self { domain: domain.into(), pem, record }
    }

    /// The mail with a signature over the usual fields and these.
    pub fn sign(&self, mail: &str, fields: &[&str]) -> String {
        let base64: String = self.pem.lines().filter(|line| !line.starts_with('-')).collect();
        let der = base64_decode(base64.as_bytes()).expect("PEM");
        let key = RsaKey::<Sha256>::from_key_der(PrivatePkcs8KeyDer::from(der).into()).expect("a key");
        let fields: Vec<_> = ["From", "To", "Subject", "Date"].iter().chain(fields).copied().collect();
        let signer = DkimSigner::from_key(key).domain(&self.domain).selector("test").headers(fields);
        let signature = signer.sign(mail.as_bytes()).expect("it can be signed");
        format!("{}{mail}", signature.to_header())
    }
}

/// Somebody with a mail program.
#[derive(Debug, Clone)]
pub struct Person {
    /// Their name and address, as it stands in `From`.
    pub from: String,
}

impl Person {
    /// Who owns the shop.
    pub fn ana() -> Self {
        Self { from: "Ana <ana@oak.example>".into() }
    }

    /// An answer to a letter, as mail programs write it.
    pub fn reply(&self, letter: &[u8], id: &str, words: &str) -> String {
        let letter = parse(letter);
        let id_before = letter.message_id().expect("a letter has one");
        let to = letter.reply_to().and_then(|to| to.first()?.address()).expect("a letter says where to");
        let quoted: String =
            letter.body_text(0).expect("text").lines().map(|line| format!("> {line}\r\n")).collect();
        format!(
            "From: {}\r\nTo: {to}\r\nSubject: Re: {}\r\nDate: Thu, 09 Oct 2025 08:53:20 +0000\r\nMessage-ID: \
             <{id}@oak.example>\r\nIn-Reply-To: <{id_before}>\r\nReferences: <{id_before}>\r\nMIME-Version: \
             1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{words}\r\n\r\nOn \
             Thursday somebody wrote:\r\n{quoted}",
            self.from,
            letter.subject().expect("a subject"),
        )
    }

    /// Gives a mail to a server.
    pub async fn send(&self, port: u16, from: &str, to: &str, mail: &str) -> Result<(), String> {
        let address = |text: &str| text.parse::<Address>().map_err(|error| error.to_string());
        let from = if from.is_empty() { None } else { Some(address(from)?) };
        let envelope = Envelope::new(from, vec![address(to)?]).map_err(|error| error.to_string())?;
        let transport: AsyncSmtpTransport<Tokio1Executor> =
            AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous("127.0.0.1").port(port).build();
        transport.send_raw(&envelope, mail.as_bytes()).await.map(drop).map_err(|error| error.to_string())
    }

    /// The same by another program: Python's.
    pub fn send_by_python(port: u16, from: &str, to: &str, mail: &str) {
        let script = "import smtplib, sys\nport, sender, to = sys.argv[1:]\nwith smtplib.SMTP('127.0.0.1', int(port)) as \
                      server:\n    server.sendmail(sender, [to], sys.stdin.buffer.read())\n";
        super::run("python3", &["-c", script, &port.to_string(), from, to], mail.as_bytes());
    }

    /// An answer with a picture, put together and sent by Python's own library.
    pub fn send_picture_by_python(port: u16, from: &str, to: &str, words: &str, png: &[u8]) {
        let script = "import email.message, smtplib, sys\nport, sender, to, words = sys.argv[1:]\nm = \
                      email.message.EmailMessage()\nm['From'], m['To'], m['Subject'], m['Message-ID'] = sender, to, \
                      'Re: a letter', '<picture@oak.example>'\nm.set_content(words)\n\
                      m.add_attachment(sys.stdin.buffer.read(), maintype='image', subtype='png', filename='IMG_1.png')\n\
                      with smtplib.SMTP('127.0.0.1', int(port)) as server:\n    server.send_message(m)\n";
        super::run("python3", &["-c", script, &port.to_string(), from, to, words], png);
    }

    /// What a strict reader says of a letter: Python's, which stops at the first defect.
    pub fn read_by_python(letter: &[u8]) -> String {
        let script = "import email, email.policy, sys\nm = email.message_from_binary_file(sys.stdin.buffer, \
                      policy=email.policy.strict)\nassert not m.defects\nfor p in m.walk():\n    assert not p.defects, \
                      p.defects\n    for n, v in p.items():\n        assert not v.defects, (n, v.defects)\nprint(m['subject'])\nprint(m['from'])\n\
                      print(m.get_body(('plain',)).get_content())\nassert '<html' in m.get_body(('html',)).get_content()\n";
        super::run("python3", &["-c", script], letter)
    }
}

fn parse(raw: &[u8]) -> Message<'_> {
    MessageParser::default().parse(raw).expect("a mail")
}
