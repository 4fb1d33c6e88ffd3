//! Tries everything that is set up, for real.

use super::{Email, imap};
use std::sync::atomic::Ordering;
use tokio::net::TcpListener;

/// What works.
///
/// # Errors
/// A sentence that says what is wrong and what to do.
pub(super) async fn examine(email: &Email) -> Result<String, String> {
    let settings = &email.desk.settings;
    email.smtp.examine(settings).await.map_err(|failure| failure.reason)?;
    let mut found = format!("E-mail: {} takes letters.", settings.smtp.host);
    if let Some((server, folder)) = &settings.imap {
        imap::examine(server, folder, settings, &email.roots).await?;
        found.push_str(&format!(" Answers are read from {folder} at {}.", server.host));
    }
    if let Some((address, _)) = settings.listen {
        if !email.is_bound.load(Ordering::Relaxed) {
            // Let go of at once: this only looks whether it could be had.
            TcpListener::bind(address).await.map_err(|error| {
                format!("email.listen: {address} cannot be listened on ({error}). Name another one, or stop what has it.")
            })?;
        }
        found.push_str(&format!(" Answers are taken on {address}."));
    }
    if settings.imap.is_none() && settings.listen.is_none() {
        found.push_str(" Answers by mail are not taken: for that set email.imap or email.listen.");
    }
    Ok(found)
}
