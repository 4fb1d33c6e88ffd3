//! Answers that arrive in a mailbox. The mailbox may be used for other things too: what is not
//! for an address of the relay's own is left as it is.

mod connect;
mod look;

use super::{
    config::{Server, Settings},
    incoming::Desk,
    limits,
    tls::Roots,
};
use crate::Ears;
use async_imap::types::UnsolicitedResponse;
use connect::{Abilities, Session, sign_in, within};
use look::Looker;
use std::{sync::Arc, time::Duration};
use tokio::time::{sleep, timeout};

/// Listens for as long as it is polled.
pub(super) async fn run(desk: &Desk, roots: &Roots, ears: &Arc<dyn Ears>) {
    let Some((server, folder)) = &desk.settings.imap else { return };
    let mut looker = Looker::new(desk, &**ears, server, folder);
    let mut tries = 0;
    loop {
        let why = match sign_in(server, &desk.settings, roots).await {
            Ok((session, abilities)) => {
                let begun = looker.looks();
                let why = attend(&mut looker, session, abilities, folder).await;
                if looker.looks() > begun {
                    tries = 0;
                }
                why
            }
            Err(why) => why,
        };
        let wait = wait(desk, tries);
        tracing::warn!(why, wait_ms = wait.as_millis(), "the mailbox cannot be looked at");
        tries += 1;
        sleep(wait).await;
    }
}

/// Signs in and opens the folder.
///
/// # Errors
/// A sentence that says what is wrong and what to do.
pub(super) async fn examine(
    server: &Server,
    folder: &str,
    settings: &Settings,
    roots: &Roots,
) -> Result<(), String> {
    let (mut session, _) = sign_in(server, settings, roots).await?;
    let patience = settings.patience.command;
    let missing = |name: &str| format!("The mailbox has no folder {name}. Create it, or name another one.");
    within(patience, session.examine(folder)).await.map_err(|_| missing(folder))?;
    if let Some(done) = &settings.imap_done {
        within(patience, session.examine(done)).await.map_err(|_| missing(done))?;
    }
    let _ = within(patience, session.logout()).await;
    Ok(())
}

/// Looks, waits for something new, and looks again; comes back with why that is over.
async fn attend(
    looker: &mut Looker<'_>,
    mut session: Session,
    abilities: Abilities,
    folder: &str,
) -> &'static str {
    let patience = looker.desk.settings.patience;
    let validity = match within(patience.command, session.select(folder)).await {
        Ok(mailbox) => mailbox.uid_validity.unwrap_or_default(),
        Err(_) => return "The mailbox has no such folder. Correct email.imap.",
    };
    loop {
        // What is told from here on is news for the next look.
        let news = session.unsolicited_responses.clone();
        while news.try_recv().is_ok() {}
        match looker.look(&mut session, validity, abilities).await {
            Ok(look::Next::Wait) => {}
            Ok(look::Next::Soon) => {
                sleep(patience.again).await;
                continue;
            }
            Ok(look::Next::Now) => continue,
            Err(why) => return why,
        }
        if !abilities.idle {
            sleep(patience.poll).await;
            if let Err(why) = within(patience.command, session.noop()).await {
                return why;
            }
            continue;
        }
        let mut idle = session.idle();
        if let Err(why) = within(patience.command, idle.init()).await {
            return why;
        }
        let mut is_news = false;
        while let Ok(told) = news.try_recv() {
            is_news |= matches!(told, UnsolicitedResponse::Exists(_));
        }
        if !is_news {
            // Renewed by our own clock: the library's begins anew with each sign of life.
            let (waiting, _stop) = idle.wait_with_timeout(patience.renewal);
            if let Ok(Err(_)) = timeout(patience.renewal, waiting).await {
                return "The line to the mailbox broke.";
            }
        }
        session = match within(patience.command, idle.done()).await {
            Ok(session) => session,
            Err(why) => return why,
        };
    }
}

/// Twice as long each time, and not for all relays at the same moment.
fn wait(desk: &Desk, tries: u32) -> Duration {
    let least = desk.settings.patience.reconnect;
    let wait = least.saturating_mul(1 << tries.min(16)).min(limits::RECONNECT_MOST);
    let share = u32::from(desk.tokens.share(tries));
    wait / 2 + wait / 2 * share / 255
}
