//! ntfy: a topic of an ntfy server.

use crate::BadTarget;
use serde::{Deserialize, Serialize};

/// A topic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Topic {
    /// The server and the topic, like `https://ntfy.example/oak-bell`.
    pub url: String,
    /// An access token, if the topic asks for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
}

impl Topic {
    pub(crate) fn check(&self) -> Result<(), BadTarget> {
        Ok(())
    }

    pub(crate) fn label(&self) -> String {
        "ntfy".into()
    }
}
