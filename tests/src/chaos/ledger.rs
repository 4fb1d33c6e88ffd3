//! What was acknowledged, in a log of its own that is synced, and whether every state that
//! was told was true when it was told.

use crate::{clock::now_ms, host::Witness};
use shopbell_protocol::{ConversationId, MessageId, Receipt, RelayFrame, Seq, Side};
use std::{
    collections::HashMap,
    fs::File,
    io::{self, BufRead, BufReader, Write},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, Sender, channel},
    },
    thread::{self, JoinHandle},
};

/// An acknowledgement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kept {
    /// When it was heard.
    pub(super) at_ms: u64,
    /// In which conversation.
    pub(super) conversation: ConversationId,
    /// Which message.
    pub(super) id: MessageId,
    /// Its place.
    pub(super) seq: Seq,
}

/// The log, and what devices have said of themselves.
pub(super) struct Ledger {
    path: PathBuf,
    lines: Mutex<Option<Sender<Kept>>>,
    writer: Mutex<Option<JoinHandle<io::Result<()>>>>,
    count: AtomicU64,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    /// How far a side's devices have said that they have come.
    come: HashMap<(ConversationId, Side), Receipt>,
    lies: Vec<String>,
}

/// What a device's host lets the ledger see.
pub(super) struct Eye {
    ledger: Arc<Ledger>,
    side: Side,
    /// The only conversation of a visitor's device.
    own: Option<ConversationId>,
}

impl Eye {
    /// On a visitor's device.
    pub(super) fn on_visitor(ledger: &Arc<Ledger>, own: ConversationId) -> Self {
        Self { ledger: Arc::clone(ledger), side: Side::Visitor, own: Some(own) }
    }

    /// On an owner's device.
    pub(super) fn on_owner(ledger: &Arc<Ledger>) -> Self {
        Self { ledger: Arc::clone(ledger), side: Side::Owner, own: None }
    }
}

impl Witness for Eye {
    fn heard(&self, frame: &RelayFrame) {
        self.ledger.heard(frame);
    }

    fn says(&self, conversation: Option<ConversationId>, receipt: Receipt) {
        if let Some(conversation) = conversation.or(self.own) {
            self.ledger.comes(conversation, self.side, receipt);
        }
    }
}

impl Ledger {
    /// Begins one in a file.
    ///
    /// # Errors
    /// When there is no such file to be had.
    pub(super) fn begin(path: &Path) -> io::Result<Self> {
        let file = File::create(path)?;
        let (lines, taken) = channel();
        let writer = thread::Builder::new().name("ledger".into()).spawn(move || write(file, &taken))?;
        Ok(Self {
            path: path.to_owned(),
            lines: Mutex::new(Some(lines)),
            writer: Mutex::new(Some(writer)),
            count: AtomicU64::new(0),
            known: Mutex::default(),
        })
    }

    /// How many acknowledgements were heard.
    pub(super) fn count(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A device has heard this from the relay.
    pub(super) fn heard(&self, frame: &RelayFrame) {
        match frame {
            RelayFrame::Kept { conversation, id, seq, .. } => {
                let kept = Kept { at_ms: now_ms(), conversation: *conversation, id: *id, seq: *seq };
                self.count.fetch_add(1, Ordering::Relaxed);
                let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(lines) = &*lines {
                    // The writer is there until the log is closed.
                    let _ = lines.send(kept);
                }
            }
            RelayFrame::Receipt { conversation, side, receipt } => self.told(*conversation, *side, *receipt),
            _ => {}
        }
    }

    /// A device is about to say that it has come so far.
    pub(super) fn comes(&self, conversation: ConversationId, side: Side, receipt: Receipt) {
        let mut known = self.known();
        let come = known.come.entry((conversation, side)).or_default();
        come.handed = come.handed.max(receipt.handed).max(receipt.opened);
        come.opened = come.opened.max(receipt.opened);
    }

    /// Somebody is told how far a side has come: no further than one of its devices has said.
    fn told(&self, conversation: ConversationId, side: Side, receipt: Receipt) {
        let mut known = self.known();
        let come = known.come.get(&(conversation, side)).copied().unwrap_or_default();
        if receipt.handed > come.handed || receipt.opened > come.opened {
            known
                .lies
                .push(format!("{conversation}: {side:?} was said to be at {receipt:?}, and is at {come:?}"));
        }
    }

    /// States that were told and not true.
    pub(super) fn lies(&self) -> Vec<String> {
        self.known().lies.clone()
    }

    /// Closes the log, and reads from the disk what is in it.
    ///
    /// # Errors
    /// When it could not be written or read.
    pub(super) fn close(&self) -> io::Result<Vec<Kept>> {
        drop(self.lines.lock().unwrap_or_else(PoisonError::into_inner).take());
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(writer) = writer {
            writer.join().map_err(|_| io::Error::other("the ledger's writer broke off"))??;
        }
        let lines = BufReader::new(File::open(&self.path)?).lines();
        lines
            .map(|line| read(&line?).ok_or_else(|| io::Error::other("a line of the ledger is torn")))
            .collect()
    }
}

/// Writes what has gathered and syncs it, again and again.
fn write(mut file: File, taken: &Receiver<Kept>) -> io::Result<()> {
    while let Ok(first) = taken.recv() {
        let mut text = String::new();
        for Kept { at_ms, conversation, id, seq } in std::iter::once(first).chain(taken.try_iter()) {
            text.push_str(&format!("{at_ms} {conversation} {id} {seq}\n"));
        }
        file.write_all(text.as_bytes())?;
        file.sync_data()?;
    }
    Ok(())
}

fn read(line: &str) -> Option<Kept> {
    let mut words = line.split(' ');
    let kept = Kept {
        at_ms: words.next()?.parse().ok()?,
        conversation: ConversationId::parse(words.next()?)?,
        id: MessageId::parse(words.next()?)?,
        seq: Seq(words.next()?.parse().ok()?),
    };
    words.next().is_none().then_some(kept)
}
