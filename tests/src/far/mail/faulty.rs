//! A mail server that does what it is told, also what no server should.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    task::{JoinHandle, JoinSet},
};

/// What it does when it has come to a place.
#[derive(Debug, Clone)]
pub enum Step {
    /// Says something else than it should; the word is the command's first one, `*` stands
    /// for the greeting and `.` for the end of a mail.
    Say(&'static str, &'static str),
    /// Says nothing any more.
    Hang(&'static str),
    /// Cuts the line.
    Cut(&'static str),
}

/// The server.
pub struct Faulty {
    address: SocketAddr,
    taken: Arc<Mutex<Vec<String>>>,
    lines: Arc<AtomicUsize>,
    serving: JoinHandle<()>,
}

impl Faulty {
    /// Starts it on a free port.
    pub async fn start(steps: Vec<Step>) -> Self {
        Self::start_on(0, steps).await
    }

    /// Starts it on this port.
    pub async fn start_on(port: u16, steps: Vec<Step>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port)).await.expect("a port");
        let address = listener.local_addr().expect("it is bound");
        let taken = Arc::<Mutex<Vec<String>>>::default();
        let lines = Arc::<AtomicUsize>::default();
        let (mails, count) = (Arc::clone(&taken), Arc::clone(&lines));
        let serving = tokio::spawn(async move {
            // Dropped with it, so that a server that is gone is gone.
            let mut open = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::Relaxed);
                open.spawn(serve(stream, steps.clone(), Arc::clone(&mails)));
            }
        });
        Self { address, taken, lines, serving }
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// How often it was called.
    pub fn lines(&self) -> usize {
        self.lines.load(Ordering::Relaxed)
    }

    /// The mails that came whole, whatever was answered.
    pub fn mails(&self) -> Vec<String> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Faulty {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn serve(stream: TcpStream, steps: Vec<Step>, mails: Arc<Mutex<Vec<String>>>) -> Option<()> {
    let (reader, mut writer) = stream.into_split();
    let mut lines = BufReader::new(reader).lines();
    let mut answer = async |word: &str, usual: &str| -> Option<()> {
        let said = steps.iter().find_map(|step| match step {
            Step::Say(at, said) if *at == word => Some(Some(*said)),
            Step::Hang(at) if *at == word => Some(None),
            _ => None,
        });
        if steps.iter().any(|step| matches!(step, Step::Cut(at) if *at == word)) {
            return None;
        }
        match said {
            Some(None) => std::future::pending().await,
            said => {
                writer.write_all(format!("{}\r\n", said.flatten().unwrap_or(usual)).as_bytes()).await.ok()
            }
        }
    };
    answer("*", "220 mx.elsewhere.example ESMTP").await?;
    while let Some(line) = lines.next_line().await.ok()? {
        let word = line.split([' ', ':']).next().unwrap_or_default().to_uppercase();
        let usual = match word.as_str() {
            "EHLO" => "250-mx.elsewhere.example\r\n250-AUTH PLAIN LOGIN\r\n250-8BITMIME\r\n250 SIZE 1000000",
            "DATA" => "354 Go on",
            "QUIT" => "221 Goodbye",
            "AUTH" => "235 Welcome",
            _ => "250 Go on",
        };
        answer(&word, usual).await?;
        if word == "DATA" && !steps.iter().any(|step| matches!(step, Step::Say("DATA", _))) {
            let mut mail = String::new();
            loop {
                let line = lines.next_line().await.ok()??;
                if line == "." {
                    break;
                }
                mail.push_str(&line);
                mail.push('\n');
            }
            mails.lock().unwrap_or_else(PoisonError::into_inner).push(mail);
            answer(".", "250 Taken").await?;
        }
        if word == "QUIT" {
            return None;
        }
    }
    None
}
