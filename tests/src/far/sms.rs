//! A provider of text messages by Twilio's documentation ("Messages resource", "Accounts
//! resource", "Error and Warning Dictionary"), stricter than the real one: a parameter that
//! it does not know is red. Twilio's own client is held against it as well.

use super::http::{FarHttp, Heard, Reply};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// The account.
pub const ACCOUNT: &str = "AC0123456789abcdef0123456789abcdef";
/// Its token.
pub const TOKEN: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";
/// Its number.
pub const NUMBER: &str = "+15005550006";
/// Its messaging service.
pub const SERVICE: &str = "MG0123456789abcdef0123456789abcdef";
/// A body at most.
const BODY_CHARS: usize = 1600;

/// The provider.
pub struct FarSms {
    /// What goes wrong with it, and what it heard.
    pub http: FarHttp,
    provider: Arc<Mutex<Provider>>,
}

#[derive(Default)]
struct Provider {
    status: Option<&'static str>,
    kind: Option<&'static str>,
    unsubscribed: HashSet<String>,
    failing: Option<u32>,
    sent: Vec<Sent>,
}

/// A text message that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// To whom.
    pub to: String,
    /// By whom.
    pub from: String,
    /// What it says.
    pub body: String,
}

impl FarSms {
    /// A provider with one account.
    pub async fn start() -> Self {
        let provider = Arc::new(Mutex::new(Provider::default()));
        let answering = provider.clone();
        let http = FarHttp::start(move |heard| {
            locked(&answering).answer(heard).unwrap_or_else(|(status, code, message)| {
                let more = format!("https://www.twilio.com/docs/errors/{code}");
                let fault = json!({ "code": code, "message": message, "more_info": more, "status": status });
                Reply::status(status).json(&fault)
            })
        })
        .await;
        Self { http, provider }
    }

    /// What the account is from now on: `active`, `suspended`, `closed`; `Full`, `Trial`.
    pub fn account(&self, status: &'static str, kind: &'static str) {
        let mut provider = locked(&self.provider);
        (provider.status, provider.kind) = (Some(status), Some(kind));
    }

    /// This phone wants nothing more.
    pub fn unsubscribe(&self, number: &str) {
        locked(&self.provider).unsubscribed.insert(number.into());
    }

    /// What is taken from now on fails at once, by this code.
    pub fn fail_with(&self, code: u32) {
        locked(&self.provider).failing = Some(code);
    }

    /// What was taken, in order.
    pub fn sent(&self) -> Vec<Sent> {
        locked(&self.provider).sent.clone()
    }
}

fn locked(provider: &Mutex<Provider>) -> MutexGuard<'_, Provider> {
    provider.lock().unwrap_or_else(PoisonError::into_inner)
}

type Fault = (u16, u32, String);

impl Provider {
    fn answer(&mut self, heard: &Heard) -> Result<Reply, Fault> {
        let root = "/2010-04-01/Accounts/";
        let rest = heard.path.strip_prefix(root).ok_or_else(|| not_found(heard))?;
        let proof = STANDARD.encode(format!("{ACCOUNT}:{TOKEN}"));
        if heard.header("authorization") != Some(&format!("Basic {proof}")) {
            return Err((401, 20003, "Authenticate".into()));
        }
        let rest = rest.strip_prefix(ACCOUNT).ok_or_else(|| not_found(heard))?;
        match (heard.method.as_str(), rest) {
            ("GET", ".json") => Ok(Reply::status(200).json(&json!({
                "sid": ACCOUNT, "friendly_name": "Oak & Ash", "status": self.status.unwrap_or("active"),
                "type": self.kind.unwrap_or("Full"), "date_created": "Sat, 14 Mar 2026 15:09:26 +0000",
                "date_updated": "Sat, 14 Mar 2026 15:09:26 +0000", "owner_account_sid": ACCOUNT,
                "auth_token": "[Redacted]", "subresource_uris": {}, "uri": format!("{root}{ACCOUNT}.json"),
            }))),
            ("POST", "/Messages.json") => self.take(heard),
            _ => Err(not_found(heard)),
        }
    }

    fn take(&mut self, heard: &Heard) -> Result<Reply, Fault> {
        let kind = heard.header("content-type").unwrap_or_default();
        if kind.split(';').next() != Some("application/x-www-form-urlencoded") {
            return Err((415, 20422, format!("not a form: {kind}")));
        }
        let mut params = BTreeMap::new();
        for (name, value) in heard.form() {
            let known = matches!(name.as_str(), "To" | "From" | "MessagingServiceSid" | "Body");
            if !known || params.insert(name.clone(), value).is_some() {
                return Err((400, 20001, format!("unknown or twice: {name}")));
            }
        }
        let param = |name: &str| params.get(name).map(String::as_str).unwrap_or_default();
        let (to, body) = (param("To"), param("Body"));
        let sender = match (param("From"), param("MessagingServiceSid")) {
            ("", "") => return Err((400, 21603, "A 'From' phone number is required.".into())),
            (NUMBER, "") | ("", SERVICE) => [param("From"), param("MessagingServiceSid")].concat(),
            (from, service) => return Err((400, 21606, format!("'{from}{service}' is not a valid sender"))),
        };
        if !is_e164(to) {
            return Err((400, 21211, format!("Invalid 'To' Phone Number: {to}")));
        }
        if self.unsubscribed.contains(to) {
            return Err((400, 21610, "Attempt to send to unsubscribed recipient".into()));
        }
        if body.is_empty() {
            return Err((400, 21602, "Message body is required.".into()));
        }
        if body.chars().count() > BODY_CHARS {
            return Err((
                400,
                21617,
                "The concatenated message body exceeds the 1600 character limit".into(),
            ));
        }
        Ok(Reply::status(201).json(&self.taken(Sent { to: to.into(), from: sender, body: body.into() })))
    }

    fn taken(&mut self, sent: Sent) -> Value {
        let sid = format!("SM{:032x}", self.sent.len() + 1);
        let status = if self.failing.is_some() { "failed" } else { "queued" };
        let message = json!({
            "sid": sid, "account_sid": ACCOUNT, "api_version": "2010-04-01", "body": sent.body,
            "date_created": "Sat, 14 Mar 2026 15:09:26 +0000", "date_sent": null,
            "date_updated": "Sat, 14 Mar 2026 15:09:26 +0000", "direction": "outbound-api",
            "error_code": self.failing, "error_message": null, "from": sent.from,
            "messaging_service_sid": null, "num_media": "0", "num_segments": "1", "price": null,
            "price_unit": "USD", "status": status, "subresource_uris": {}, "to": sent.to,
            "uri": format!("/2010-04-01/Accounts/{ACCOUNT}/Messages/{sid}.json"),
        });
        if self.failing.is_none() {
            self.sent.push(sent);
        }
        message
    }
}

fn not_found(heard: &Heard) -> Fault {
    (404, 20404, format!("The requested resource {} was not found", heard.path))
}

fn is_e164(number: &str) -> bool {
    let digits = number.strip_prefix('+').unwrap_or_default();
    (7..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0')
}
