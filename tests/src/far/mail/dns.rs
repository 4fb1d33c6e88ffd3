//! A DNS server with the few names of a test (RFC 1035).

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::{net::UdpSocket, task::JoinHandle};

/// Names, and where they are asked for.
pub struct Names {
    address: SocketAddr,
    texts: Arc<Mutex<All>>,
    serving: JoinHandle<()>,
}

#[derive(Default)]
struct All {
    texts: HashMap<String, String>,
    is_down: bool,
}

const TXT: u16 = 16;
const HEADER: usize = 12;
const SERVFAIL: u8 = 2;
const NXDOMAIN: u8 = 3;

impl Names {
    /// Starts it, without a name.
    pub async fn start() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").await.expect("a port");
        let address = socket.local_addr().expect("it is bound");
        let texts = Arc::<Mutex<All>>::default();
        let known = Arc::clone(&texts);
        let serving = tokio::spawn(async move {
            let mut question = [0; 1_500];
            while let Ok((count, asker)) = socket.recv_from(&mut question).await {
                let answer =
                    answer(&question[..count], &known.lock().unwrap_or_else(PoisonError::into_inner));
                if let Some(answer) = answer {
                    let _ = socket.send_to(&answer, asker).await;
                }
            }
        });
        Self { address, texts, serving }
    }

    /// Where it is asked.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Gives a name a text, like a key or a policy.
    pub fn text(&self, name: &str, text: &str) {
        let mut all = self.texts.lock().unwrap_or_else(PoisonError::into_inner);
        all.texts.insert(name.to_lowercase(), text.into());
    }

    /// Whether it fails for every name.
    pub fn is_down(&self, is_down: bool) {
        self.texts.lock().unwrap_or_else(PoisonError::into_inner).is_down = is_down;
    }
}

impl Drop for Names {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

fn answer(question: &[u8], all: &All) -> Option<Vec<u8>> {
    let mut name = Vec::new();
    let mut place = HEADER;
    loop {
        let length = usize::from(*question.get(place)?);
        place += 1;
        if length == 0 {
            break;
        }
        name.push(String::from_utf8_lossy(question.get(place..place + length)?).to_lowercase());
        place += length;
    }
    let kind = u16::from_be_bytes([*question.get(place)?, *question.get(place + 1)?]);
    let end = place + 4;
    let text = all.texts.get(&name.join(".")).filter(|_| !all.is_down);
    let found = text.filter(|_| kind == TXT);
    let code = match (all.is_down, text) {
        (true, _) => SERVFAIL,
        (false, None) => NXDOMAIN,
        (false, Some(_)) => 0,
    };
    let mut answer = question.get(..end)?.to_vec();
    // A response, recursion available; one question, and an answer if there is one.
    answer[2] |= 0x80;
    answer[3] = 0x80 | code;
    answer[4..12].copy_from_slice(&[0, 1, 0, u8::from(found.is_some()), 0, 0, 0, 0]);
    if let Some(text) = found {
        let strings: Vec<u8> = text
            .as_bytes()
            .chunks(255)
            .flat_map(|part| [&[u8::try_from(part.len()).unwrap_or(255)], part].concat())
            .collect();
        answer.extend([0xc0, 0x0c, 0, 16, 0, 1, 0, 0, 0, 60]);
        answer.extend(u16::try_from(strings.len()).expect("a text for a test").to_be_bytes());
        answer.extend(strings);
    }
    Some(answer)
}
