//! E-mail, both ways.

pub mod reply;

use crate::BadTarget;
use serde::{Deserialize, Serialize};

/// A mailbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mailbox {
    /// Its address (RFC 5321, clause 4.1.2), like `ana@oak.example`.
    pub address: String,
}

impl Mailbox {
    pub(crate) fn check(&self) -> Result<(), BadTarget> {
        match self.address.parse::<lettre::Address>() {
            Ok(_) => Ok(()),
            Err(_) => Err(BadTarget("This is no e-mail address. Give one like ana@oak.example.".into())),
        }
    }
}
