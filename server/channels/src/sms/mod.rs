//! Text messages to a phone, by an HTTP provider.

use crate::BadTarget;
use serde::{Deserialize, Serialize};

/// A phone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Phone {
    /// Its number (ITU-T E.164), like `+351912345678`.
    pub number: String,
}

impl Phone {
    pub(crate) fn check(&self) -> Result<(), BadTarget> {
        Ok(())
    }
}
