//! The shop's own system, by signed requests both ways (Standard Webhooks).

use crate::BadTarget;
use serde::{Deserialize, Serialize};

/// Where the shop's system listens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    /// Its address.
    pub url: String,
    /// The secret that both sides sign with, as `whsec_…`.
    pub secret: String,
}

impl Endpoint {
    pub(crate) fn check(&self) -> Result<(), BadTarget> {
        Ok(())
    }

    pub(crate) fn label(&self) -> String {
        "webhook".into()
    }
}
