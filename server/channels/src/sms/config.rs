//! `[sms]`: the account that text messages are sent by.

use super::phone;
use core::fmt;
use serde::Deserialize;
use url::Url;

/// Twilio itself.
const TWILIO: &str = "https://api.twilio.com";
/// The one version of the API.
const VERSION: &str = "2010-04-01";
/// An account's name at most, for providers whose names are not Twilio's.
const ACCOUNT_CHARS: usize = 64;
/// A sender that is a name and not a number, at most.
const SENDER_NAME_CHARS: usize = 11;

/// `[sms]`: the account that text messages are sent by. `Debug` redacts the token.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmsConfig {
    /// The account, like `AC…`.
    pub account_sid: String,
    /// What proves to be the account.
    pub auth_token: String,
    /// Who sends: a number of the account's (ITU-T E.164), a short code, a name of at most
    /// 11 letters and digits, or a messaging service, like `MG…`.
    pub from: String,
    /// Where the provider's API is; Twilio's unless another one speaks the same language.
    #[serde(default = "twilio")]
    pub api_url: String,
}

fn twilio() -> String {
    TWILIO.into()
}

impl SmsConfig {
    /// Looks whether it can be right, without asking anybody.
    ///
    /// # Errors
    /// A sentence that says what to correct.
    pub fn check(&self) -> Result<(), String> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        let account =
            (1..=ACCOUNT_CHARS).contains(&self.account_sid.len()) && self.account_sid.bytes().all(fits);
        if !account {
            return Err(
                "account_sid in [sms] is no account. It looks like AC and 32 digits and letters.".into()
            );
        }
        if self.auth_token.is_empty() || !self.auth_token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err("auth_token in [sms] is missing or has characters in it that no token has.".into());
        }
        if !self.may_send() {
            return Err("from in [sms] is no sender. It is a number like +351912345678, a short code, a name of at most 11 letters and digits, or a messaging service like MG….".into());
        }
        self.url("").map(drop)
    }

    /// `…/Accounts/{sid}` and what comes after it.
    pub(super) fn url(&self, rest: &str) -> Result<Url, String> {
        let no_address =
            || "api_url in [sms] is no address. It looks like https://api.twilio.com.".to_owned();
        let mut url = Url::parse(&self.api_url).map_err(|_| no_address())?;
        if !url.has_host() || url.query().is_some() || url.fragment().is_some() {
            return Err(no_address());
        }
        let root = url.path().trim_end_matches('/');
        let path = format!("{root}/{VERSION}/Accounts/{}{rest}", self.account_sid);
        url.set_path(&path);
        Ok(url)
    }

    /// In which field the sender stands.
    pub(super) fn sender_field(&self) -> &'static str {
        if self.is_service() { "MessagingServiceSid" } else { "From" }
    }

    fn is_service(&self) -> bool {
        let digits = self.from.strip_prefix("MG").filter(|digits| digits.len() == 32);
        digits.is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
    }

    fn may_send(&self) -> bool {
        let from = self.from.as_str();
        let short_code = (3..=8).contains(&from.len()) && from.bytes().all(|byte| byte.is_ascii_digit());
        let name = (1..=SENDER_NAME_CHARS).contains(&from.len())
            && from.bytes().any(|byte| byte.is_ascii_alphabetic())
            && from.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b' ');
        phone::is_number(from) || short_code || name || self.is_service()
    }
}

impl fmt::Debug for SmsConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmsConfig")
            .field("account_sid", &self.account_sid)
            .field("from", &self.from)
            .field("api_url", &self.api_url)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(from: &str) -> SmsConfig {
        SmsConfig {
            account_sid: format!("AC{}", "0a".repeat(16)),
            auth_token: "hush".into(),
            from: from.into(),
            api_url: twilio(),
        }
    }

    #[test]
    fn a_sender_is_a_number_a_code_a_name_or_a_service() {
        let service = format!("MG{}", "0a".repeat(16));
        for (from, field) in [
            ("+351912345678", "From"),
            ("12345", "From"),
            ("Oak and Ash", "From"),
            (service.as_str(), "MessagingServiceSid"),
        ] {
            assert_eq!((config(from).check(), config(from).sender_field()), (Ok(()), field), "{from}");
        }
        for from in ["", "351912345678", "+0", "A name that is too long", "Oak&Ash", "12"] {
            assert!(config(from).check().is_err(), "{from}");
        }
    }

    #[test]
    fn another_provider_can_have_a_path_of_its_own() {
        let config = SmsConfig { api_url: "https://oak.example/api/laml/".into(), ..config("Oak") };
        let url = config.url("/Messages.json").expect("an address");
        let path = format!("/api/laml/2010-04-01/Accounts/{}/Messages.json", config.account_sid);
        assert_eq!(url.path(), path);
        for api_url in ["", "twilio", "https://", "https://oak.example/?x=", "https://oak.example/#"] {
            let config = SmsConfig { api_url: api_url.into(), ..config.clone() };
            assert!(config.check().is_err(), "{api_url}");
        }
        for account_sid in ["", "AC/../..", "AC 1", &"x".repeat(65)] {
            let config = SmsConfig { account_sid: account_sid.into(), ..config.clone() };
            assert!(config.check().is_err(), "{account_sid}");
        }
    }

    #[test]
    fn the_token_is_not_shown() {
        assert!(!format!("{:?}", config("Oak")).contains("hush"));
    }
}
