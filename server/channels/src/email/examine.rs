//! Tries everything that is set up, for real.

use super::{Email, imap, limits, listener::greeting};
use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, BufReader},
    net::{TcpListener, TcpStream},
    time::timeout,
};

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
    if let Some((address, protocol)) = settings.listen {
        // Let go of at once: this only looks whether it could be had.
        if let Err(error) = TcpListener::bind(address).await
            && !greets(address, &greeting(settings, protocol), settings.patience.connect).await
        {
            return Err(format!(
                "email.listen: {address} cannot be listened on ({error}). Name another one, or stop what has it."
            ));
        }
        found.push_str(&format!(" Answers are taken on {address}."));
    }
    if settings.imap.is_none() && settings.listen.is_none() {
        found.push_str(" Answers by mail are not taken: for that set email.imap or email.listen.");
    }
    Ok(found)
}

/// Whether a relay with these settings listens there already.
async fn greets(address: SocketAddr, greeting: &str, within: Duration) -> bool {
    // What listens on every address is asked on this machine's own.
    let ip = match address.ip() {
        ip if !ip.is_unspecified() => ip,
        IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
    };
    let asked = async {
        let line = TcpStream::connect((ip, address.port())).await?;
        let mut said = String::new();
        BufReader::new(line).take(limits::COMMAND_BYTES as u64).read_line(&mut said).await?;
        std::io::Result::Ok(said)
    };
    timeout(within, asked).await.is_ok_and(|said| said.is_ok_and(|said| said.trim_end() == greeting))
}
