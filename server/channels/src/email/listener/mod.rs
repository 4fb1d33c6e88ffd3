//! Where mails are brought to the relay itself: by the mail server in front of it (LMTP), or
//! by anybody (SMTP). It takes mails for its own addresses and nobody else's, and says that
//! it has taken one when the relay has kept it, held it or done away with it for good.

mod session;
mod wire;

use super::{
    config::{Protocol, Settings},
    incoming::Desk,
    limits,
};
use crate::Ears;
use session::Session;
use std::{
    collections::HashMap,
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
};
use tokio::{
    io::AsyncWriteExt,
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::{sleep, timeout},
};

/// Listens for as long as it is polled.
pub(super) async fn run(desk: &Arc<Desk>, ears: &Arc<dyn Ears>) {
    let Some((address, protocol)) = desk.settings.listen else { return };
    loop {
        match TcpListener::bind(address).await {
            Ok(listener) => accept(&listener, protocol, desk, ears).await,
            Err(error) => tracing::warn!(%error, "mails cannot be listened for"),
        }
        sleep(limits::BIND_AGAIN).await;
    }
}

/// What it begins every line with.
pub(super) fn greeting(settings: &Settings, protocol: Protocol) -> String {
    let name = match protocol {
        Protocol::Lmtp => "LMTP",
        Protocol::Smtp => "ESMTP",
    };
    format!("220 {} {name} Shopbell", settings.hostname)
}

async fn accept(listener: &TcpListener, protocol: Protocol, desk: &Arc<Desk>, ears: &Arc<dyn Ears>) {
    let places = Arc::new(Places::default());
    // Dropped with it, the sessions end; what was not answered is brought again.
    let mut sessions = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    // The mail server in front comes from one address with everything.
                    let most = if protocol == Protocol::Smtp { limits::SESSIONS_EACH } else { limits::SESSIONS };
                    let place = places.take(peer.ip(), most);
                    sessions.spawn(serve(stream, peer, place, protocol, Arc::clone(desk), Arc::clone(ears)));
                }
                Err(error) => {
                    tracing::warn!(%error, "a line to the listener broke before it stood");
                    sleep(limits::ACCEPT_AGAIN).await;
                }
            },
            Some(_) = sessions.join_next() => {}
        }
    }
}

async fn serve(
    stream: TcpStream,
    peer: SocketAddr,
    place: Option<Place>,
    protocol: Protocol,
    desk: Arc<Desk>,
    ears: Arc<dyn Ears>,
) {
    let (reader, mut writer) = stream.into_split();
    let Some(_place) = place else {
        let busy = format!("421 4.3.2 {} is busy, come again\r\n", desk.settings.hostname);
        let _ = timeout(limits::ANSWER_WITHIN, writer.write_all(busy.as_bytes())).await;
        return;
    };
    let session = Session::new(&desk, &*ears, protocol, peer.ip(), reader, writer);
    let _ = timeout(limits::SESSION_WITHIN, session.run()).await;
}

/// How many lines there are from whom.
#[derive(Default)]
struct Places(Mutex<HashMap<IpAddr, usize>>);

/// A line's place; it is free again when this is dropped.
struct Place {
    places: Arc<Places>,
    address: IpAddr,
}

impl Places {
    fn take(self: &Arc<Self>, address: IpAddr, most: usize) -> Option<Place> {
        let address = network(address);
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let all: usize = counts.values().sum();
        let count = counts.entry(address).or_default();
        if all >= limits::SESSIONS || *count >= most {
            return None;
        }
        *count += 1;
        Some(Place { places: Arc::clone(self), address })
    }
}

/// What is counted as one address: whoever has one of IPv6 has a whole /64 network.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6((v6.to_bits() & !u128::from(u64::MAX)).into()),
        v4 => v4,
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.places.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.address) {
            *count -= 1;
        }
        counts.retain(|_, count| *count > 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_network_has_no_more_lines_than_an_address() {
        let places = Arc::<Places>::default();
        let take = |address: &str| places.take(address.parse().expect("an address"), 1);
        let first = take("2001:db8::1");
        assert!(first.is_some() && take("2001:db8::2").is_none());
        assert!(take("2001:db8:0:1::1").is_some() && take("192.0.2.1").is_some());
        drop(first);
        assert!(take("2001:db8::2").is_some());
    }
}
