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

/// Draws the secret of an endpoint, from 32 random bytes.
pub fn draw_secret(random: &[u8; 32]) -> String {
    use base64::{Engine, engine::general_purpose::STANDARD};
    format!("whsec_{}", STANDARD.encode(random))
}
