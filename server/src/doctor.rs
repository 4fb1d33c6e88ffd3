//! `shopbell doctor`: tries everything for real, and says in a sentence what is
//! wrong and what to do.

use crate::{
    assets::Assets,
    clock::{Clock, SystemClock},
    config::Config,
    entropy::SystemEntropy,
    http::{Origin, OwnAddress},
    outside, shops,
};
use shopbell_protocol::ShopId;
use shopbell_store::Channel;
use std::{io, net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::timeout,
};
use url::Url;

/// For the other side of a connection to answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// For a channel to be examined.
const EXAMINED_WITHIN: Duration = Duration::from_secs(30);
/// The most that is read of an answer.
const ANSWER_BYTES: u64 = 4096;
/// The first of January 2026: a clock before it was never set.
const CLOCK_FLOOR_MS: u64 = 1_767_225_600_000;

/// What was found.
pub(crate) struct Report {
    /// One line for each thing that was tried.
    pub(crate) text: String,
    /// Whether nothing is wrong; what could only be better does not count.
    pub(crate) healthy: bool,
}

enum Finding {
    Good(String),
    /// It works, and there is something to know.
    Note(String),
    Bad(String),
}

use Finding::{Bad, Good, Note};

/// Tries everything.
pub(crate) async fn examine(config: Result<Config, String>) -> Report {
    let config = match config {
        Ok(config) => config,
        Err(sentence) => return report(vec![Bad(sentence)]),
    };
    let mut findings = vec![Good("The settings can be read.".into())];
    findings.push(clock(SystemClock::new().now().0));
    findings.extend(data(&config).await);
    findings.push(port(config.server.listen).await);
    findings.push(public_url(config.server.public_url.as_ref()).await);
    findings.extend(channels(&config).await);
    findings.push(if Assets::built_in().are_built() {
        Good("The widget and the inbox are inside this build.".into())
    } else {
        Bad("This build has no widget and no inbox inside. Run `cargo xtask build`.".into())
    });
    report(findings)
}

fn report(findings: Vec<Finding>) -> Report {
    let healthy = !findings.iter().any(|finding| matches!(finding, Bad(_)));
    let line = |finding| match finding {
        Good(sentence) => format!("ok    {sentence}\n"),
        Note(sentence) => format!("note  {sentence}\n"),
        Bad(sentence) => format!("BAD   {sentence}\n"),
    };
    Report { text: findings.into_iter().map(line).collect(), healthy }
}

fn clock(now_ms: u64) -> Finding {
    if now_ms < CLOCK_FLOOR_MS {
        Bad("The machine's clock is years behind, so times would be wrong. Set it, for example with NTP."
            .into())
    } else {
        Good("The machine's clock is set.".into())
    }
}

/// Whether a message can be kept, by keeping something.
async fn data(config: &Config) -> Vec<Finding> {
    let store = match shops::open(config).await {
        Ok(store) => store,
        Err(sentence) => return vec![Bad(sentence)],
    };
    let mut findings = Vec::new();
    findings.push(match store.check().await {
        Ok(()) => Good(durable(config)),
        Err(error) => Bad(shops::unusable(config, &error)),
    });
    findings.push(match store.shops().await {
        Ok(shops) if shops.is_empty() => {
            Note("There is no shop yet. Add one with `shopbell shop add`.".into())
        }
        Ok(shops) => Good(format!("Shops: {}.", shops.len())),
        Err(error) => Bad(shops::unusable(config, &error)),
    });
    store.close().await;
    findings
}

fn durable(config: &Config) -> String {
    match config.store.postgres {
        Some(_) => "A durable commit works in the PostgreSQL database.".into(),
        None => format!("A durable commit works in {}.", config.data().display()),
    }
}

/// Whether each kind of channel can be used, by using it; and how each of the owners' does.
async fn channels(config: &Config) -> Vec<Finding> {
    let own = OwnAddress { public: config.server.public_url.clone(), listen: config.server.listen };
    let data = config.data();
    let outside = match outside::channels::set_up(config, &own, &data, Arc::new(SystemEntropy)).await {
        Ok(outside) => outside,
        Err(sentence) => return vec![Bad(sentence)],
    };
    let mut findings = Vec::new();
    for (kind, channel) in &outside.kinds {
        findings.push(match timeout(EXAMINED_WITHIN, channel.examine()).await {
            Ok(Ok(sentence)) => Good(format!("{kind}: {sentence}")),
            Ok(Err(sentence)) => Bad(format!("{kind}: {sentence}")),
            Err(_) => Bad(format!(
                "{kind}: Its far side did not answer in time. Check the address and the network."
            )),
        });
    }
    if let Ok(store) = shops::open(config).await {
        if let Ok(shops) = store.shops().await {
            for shop in shops {
                let channels = store.channels(&shop.id).await.unwrap_or_default();
                findings.extend(channels.iter().filter_map(|channel| owners(&shop.id, channel)));
            }
        }
        store.close().await;
    }
    findings
}

/// What is wrong with a channel of an owner's, as their inbox says it too.
fn owners(shop: &ShopId, channel: &Channel) -> Option<Finding> {
    let reason = channel.health.reason.as_deref()?;
    let sentence = format!("{shop}: {}: {reason}", outside::title(channel));
    Some(if channel.health.is_well() { Note(sentence) } else { Bad(sentence) })
}

/// Whether the relay can listen, or does already.
async fn port(listen: SocketAddr) -> Finding {
    match TcpListener::bind(listen).await {
        Ok(_) => Note(format!("The relay does not run: {listen} is free. Start it with `shopbell serve`.")),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
            let origin = Origin::of_address(listen);
            match ask(&listen.to_string(), &origin, "/readyz").await {
                Ok(answer) if answer.contains("ready") && answer.contains(" 200 ") => {
                    Good(format!("The relay runs on {listen} and can keep messages."))
                }
                Ok(answer) if answer.contains("the store cannot keep") => {
                    Bad(format!("The relay runs on {listen} but cannot keep messages. See its log."))
                }
                _ => Bad(format!(
                    "Another program uses {listen}. Stop it, or set `server.listen` to a free address."
                )),
            }
        }
        Err(error) => Bad(format!("Nobody can listen on {listen}: {error}. Correct `server.listen`.")),
    }
}

/// Whether the address that visitors use leads somewhere.
async fn public_url(origin: Option<&Origin>) -> Finding {
    let Some(origin) = origin else {
        return Note(
            "`server.public_url` is not set, so the relay works on this machine only. \
             Set it to the address that visitors will use."
                .into(),
        );
    };
    let Some((host, port)) = Url::parse(origin.as_str())
        .ok()
        .and_then(|url| Some((url.host_str()?.to_owned(), url.port_or_known_default()?)))
    else {
        return Bad(format!("`server.public_url` {origin} has no host. Correct it."));
    };
    let target = format!("{host}:{port}");
    if origin.is_https() {
        // What stands before the relay does TLS; that it is there can be told from here.
        return match timeout(PATIENCE, TcpStream::connect(&target)).await {
            Ok(Ok(_)) => {
                Good(format!("Something answers at {origin}. Open it in a browser to see its certificate."))
            }
            Ok(Err(error)) => Bad(unreachable_at(origin, &error.to_string())),
            Err(_) => Bad(unreachable_at(origin, "no answer in time")),
        };
    }
    match ask(&target, origin, "/healthz").await {
        Ok(answer) if answer.contains("alive") => Note(format!(
            "The relay answers at {origin}, but without TLS. Use https for anything but trying it out."
        )),
        Ok(_) => Bad(unreachable_at(origin, "something else answers there")),
        Err(error) => Bad(unreachable_at(origin, &error.to_string())),
    }
}

fn unreachable_at(origin: &Origin, why: &str) -> String {
    format!(
        "The relay cannot be reached at {origin}: {why}. \
         Check `server.public_url`, its DNS entry, the proxy before the relay and the firewall."
    )
}

/// Asks for a path over plain HTTP.
async fn ask(target: &str, origin: &Origin, path: &str) -> io::Result<String> {
    let host = origin.as_str().trim_start_matches("http://");
    let asked = async {
        let mut stream = TcpStream::connect(target).await?;
        let request = format!("GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        stream.take(ANSWER_BYTES).read_to_end(&mut answer).await?;
        Ok(String::from_utf8_lossy(&answer).into_owned())
    };
    timeout(PATIENCE, asked).await.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Server;

    #[tokio::test]
    async fn a_relay_that_is_not_there_yet_is_a_note_and_a_taken_port_is_bad() {
        let folder = tempfile::tempdir().expect("a folder");
        let taken = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let listen = taken.local_addr().expect("an address");
        // Takes connections and says nothing sensible.
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = taken.accept().await {
                drop(stream.write_all(b"hello").await);
            }
        });
        let server = Server { data: Some(folder.path().into()), listen, ..Server::default() };
        let report = examine(Ok(Config { server, ..Config::default() })).await;
        assert!(!report.healthy);
        assert!(report.text.contains("Another program uses"), "{}", report.text);
        assert!(report.text.contains("A durable commit works"), "{}", report.text);
        assert!(report.text.contains("There is no shop yet"), "{}", report.text);
    }

    #[tokio::test]
    async fn wrong_settings_are_all_that_is_said() {
        let report = examine(Err("shopbell.toml: wrong".into())).await;
        assert_eq!((report.text.as_str(), report.healthy), ("BAD   shopbell.toml: wrong\n", false));
    }

    #[test]
    fn a_clock_that_was_never_set_is_bad() {
        assert!(matches!(clock(0), Bad(_)));
        assert!(matches!(clock(CLOCK_FLOOR_MS), Good(_)));
    }
}
