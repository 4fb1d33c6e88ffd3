//! The network, and everything that will happen: who says what to whom, and when it arrives.

use super::{
    event::{Event, Felt, LineId, Weather},
    tab::TabId,
    time::Time,
};
use axum::extract::ws::Message;
use fastrand::Rng;
use shopbell_client::Transport;
use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    task::Waker,
};
use tokio::sync::{Notify, mpsc};

/// Frames that are under way to one reader before its writer has to wait.
const WINDOW: usize = 24;
/// From the end of one side's connection until the other hears of it, at most.
const END_MS: u64 = 400;

/// One direction of a connection.
#[derive(Default)]
struct Lane {
    /// When the last frame arrives: none arrives before one that was said earlier.
    last_ms: u64,
    /// Something was swallowed: nothing may follow it.
    hole: bool,
    under_way: usize,
}

struct Line {
    tab: TabId,
    transport: Transport,
    to_relay: Lane,
    to_tab: Lane,
    /// The relay's end.
    inbox: Option<mpsc::UnboundedSender<String>>,
    writer: Option<Waker>,
}

/// The network.
pub(super) struct Net {
    time: Time,
    inner: Mutex<Inner>,
    /// Something new will happen.
    pub(super) news: Notify,
}

pub(super) struct Inner {
    queue: BTreeMap<(u64, u64), Event>,
    count: u64,
    lines: Vec<Line>,
    dice: Rng,
    pub(super) weather: Weather,
    pub(super) felt: Felt,
    /// A planted fault: what is said on one line arrives on the line before it.
    pub(super) crossed: bool,
}

impl Net {
    pub(super) fn new(time: Time, dice: Rng) -> Self {
        let inner = Inner {
            queue: BTreeMap::new(),
            count: 0,
            lines: Vec::new(),
            dice,
            weather: Weather::default(),
            felt: Felt::default(),
            crossed: false,
        };
        Self { time, inner: Mutex::new(inner), news: Notify::new() }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets something happen in so many milliseconds.
    pub(super) fn after(&self, ms: u64, event: Event) {
        self.lock().post(self.time.ms() + ms, event);
        self.news.notify_one();
    }

    /// When the next thing happens.
    pub(super) fn next_ms(&self) -> Option<u64> {
        self.lock().queue.first_key_value().map(|((ms, _), _)| *ms)
    }

    /// What is due.
    pub(super) fn take(&self) -> Option<Event> {
        let mut inner = self.lock();
        let due = inner.queue.first_entry().filter(|first| first.key().0 <= self.time.ms())?;
        Some(due.remove())
    }

    /// A tab calls.
    pub(super) fn call(&self, tab: TabId, transport: Transport, offline: bool) -> LineId {
        let mut inner = self.lock();
        let (to_relay, to_tab) = (Lane::default(), Lane::default());
        inner.lines.push(Line { tab, transport, to_relay, to_tab, inbox: None, writer: None });
        let line = inner.lines.len() - 1;
        let now = self.time.ms();
        let failing = inner.weather.failing;
        if transport == Transport::Exchange {
            // It takes no call: what there is to say goes out with it.
            inner.post(now, Event::Answered(line, true));
        } else if !offline && now >= inner.weather.blocked_until && inner.percent() >= failing {
            inner.call_arrives(now, line);
        } else if inner.percent() < 70 {
            // Some failures are told, some calls are only never answered.
            let at = now + inner.delay(now);
            inner.post(at, Event::Answered(line, false));
        }
        drop(inner);
        self.news.notify_one();
        line
    }

    /// A tab says something, on a socket.
    pub(super) fn say(&self, line: LineId, text: String) {
        let mut inner = self.lock();
        let now = self.time.ms();
        let at = inner.arrival(now, |line| &mut line.to_relay, line);
        let crossed = if inner.crossed { inner.crossed(line) } else { line };
        if let Some(at) = at {
            inner.post(at, Event::ToRelay(crossed, text));
        }
        drop(inner);
        self.news.notify_one();
    }

    /// A tab sends an exchange off.
    pub(super) fn request(&self, line: LineId, frames: Vec<String>, offline: bool) {
        let mut inner = self.lock();
        inner.felt.exchanges += 1;
        let now = self.time.ms();
        let at = now + inner.delay(now);
        let failing = inner.weather.failing;
        if !offline && inner.percent() >= failing {
            inner.post(at, Event::Request(line, frames));
        } else if inner.percent() < 70 {
            inner.post(at, Event::Ended(line, None));
        }
        drop(inner);
        self.news.notify_one();
    }

    /// The relay answers one. None is an answer that is no answer.
    pub(super) fn reply(&self, line: LineId, frames: Option<Vec<String>>) {
        let mut inner = self.lock();
        let now = self.time.ms();
        let at = now + inner.delay(now);
        let lost = inner.percent() < inner.weather.failing || now < inner.weather.deaf_until;
        match frames {
            Some(frames) if !lost => inner.post(at, Event::Reply(line, frames)),
            _ if inner.percent() < 70 => inner.post(at, Event::Ended(line, None)),
            _ => inner.felt.swallowed += 1,
        }
        drop(inner);
        self.news.notify_one();
    }

    /// The relay says something on a socket.
    pub(super) fn tell(&self, line: LineId, message: Message) {
        let mut inner = self.lock();
        let now = self.time.ms();
        if now < inner.weather.deaf_until {
            inner.lines[line].to_tab.hole = true;
        }
        let at = inner.arrival(now, |line| &mut line.to_tab, line);
        match (message, at) {
            (Message::Text(text), Some(at)) => inner.post(at, Event::ToTab(line, text.to_string())),
            (Message::Close(frame), Some(at)) => {
                inner.felt.cut_off += 1;
                inner.post(at, Event::Ended(line, frame.map(|frame| frame.code)));
            }
            (_, None) => inner.felt.swallowed += 1,
            _ => {}
        }
        drop(inner);
        self.news.notify_one();
    }

    /// Whether the writer at the relay's end has to wait; it is woken when it goes on.
    pub(super) fn is_full(&self, line: LineId, waker: &Waker) -> bool {
        let mut inner = self.lock();
        let full = inner.lines[line].to_tab.under_way >= WINDOW;
        if full {
            inner.felt.held_back += 1;
            inner.lines[line].writer = Some(waker.clone());
        }
        full
    }

    /// The tab's end is closed: by itself, or because its device is gone.
    pub(super) fn hang_up(&self, line: LineId) {
        let mut inner = self.lock();
        let now = self.time.ms();
        let at = inner.arrival(now, |line| &mut line.to_relay, line);
        if let Some(at) = at {
            inner.post(at, Event::HungUp(line));
        }
        drop(inner);
        self.news.notify_one();
    }

    /// The relay's end is closed. A machine that lost its power says nothing.
    pub(super) fn leave(&self, line: LineId, without_a_word: bool) {
        let mut inner = self.lock();
        let now = self.time.ms();
        inner.lines[line].inbox = None;
        if without_a_word && inner.percent() < 50 {
            inner.lines[line].to_tab.hole = true;
        }
        let at = inner.arrival(now, |line| &mut line.to_tab, line);
        if let Some(at) = at {
            inner.post(at, Event::Ended(line, None));
        }
        drop(inner);
        self.news.notify_one();
    }

    /// The line breaks: what is under way may still arrive or not, and each end may hear of it
    /// or not.
    pub(super) fn cut(&self, line: LineId, silently: bool) {
        let mut inner = self.lock();
        let now = self.time.ms();
        if inner.percent() < 50 {
            inner.lose_what_is_under_way(line);
        }
        inner.lines[line].to_relay.hole = true;
        inner.lines[line].to_tab.hole = true;
        for event in [Event::Ended(line, None), Event::HungUp(line)] {
            if !silently && inner.percent() < 70 {
                let at = now + inner.dice.u64(1..=END_MS);
                inner.post(at, event);
            }
        }
        drop(inner);
        self.news.notify_one();
    }

    /// Whose line it is, and how it speaks.
    pub(super) fn line(&self, line: LineId) -> (TabId, Transport) {
        let inner = self.lock();
        (inner.lines[line].tab, inner.lines[line].transport)
    }

    /// The relay takes a call: what arrives goes there from now on.
    pub(super) fn accept(&self, line: LineId) -> mpsc::UnboundedReceiver<String> {
        let (inbox, heard) = mpsc::unbounded_channel();
        let mut inner = self.lock();
        inner.lines[line].inbox = Some(inbox);
        let now = self.time.ms();
        let at = inner.arrival(now, |line| &mut line.to_tab, line);
        if let Some(at) = at {
            inner.post(at, Event::Answered(line, true));
        }
        drop(inner);
        self.news.notify_one();
        heard
    }

    /// The relay does not take a call.
    pub(super) fn turn_away(&self, line: LineId) {
        let mut inner = self.lock();
        let now = self.time.ms();
        let at = now + inner.delay(now);
        inner.post(at, Event::Answered(line, false));
        drop(inner);
        self.news.notify_one();
    }

    /// Something has arrived at the relay's end.
    pub(super) fn heard(&self, line: LineId, text: String) {
        if let Some(inbox) = &self.lock().lines[line].inbox {
            // Who has stopped reading needs nothing.
            drop(inbox.send(text));
        }
    }

    /// The relay's end hears that nothing more comes.
    pub(super) fn no_more(&self, line: LineId) {
        self.lock().lines[line].inbox = None;
    }

    /// Something has arrived at the tab's end: there is room for more.
    pub(super) fn read(&self, line: LineId) {
        let mut inner = self.lock();
        let line = &mut inner.lines[line];
        line.to_tab.under_way = line.to_tab.under_way.saturating_sub(1);
        let writer = line.writer.take();
        drop(inner);
        if let Some(writer) = writer {
            writer.wake();
        }
    }
}

impl Inner {
    fn post(&mut self, at: u64, event: Event) {
        self.count += 1;
        self.queue.insert((at, self.count), event);
    }

    fn percent(&mut self) -> u8 {
        self.dice.u8(..100)
    }

    /// Most frames take about as long as each other; some take far longer.
    fn delay(&mut self, now: u64) -> u64 {
        let most = self.weather.most_ms.max(1);
        let span =
            if self.dice.u8(..8) == 0 { self.dice.u64(1..=most) } else { self.dice.u64(1..=most / 8 + 1) };
        self.weather.frozen_until.saturating_sub(now) + span
    }

    fn call_arrives(&mut self, now: u64, line: LineId) {
        let at = now + self.delay(now);
        self.lines[line].to_relay.last_ms = at;
        self.post(at, Event::Called(line));
    }

    /// When something said now on a lane arrives; never where there is a hole in it.
    fn arrival(&mut self, now: u64, lane: impl Fn(&mut Line) -> &mut Lane, line: LineId) -> Option<u64> {
        let at = now + self.delay(now);
        let lane = lane(&mut self.lines[line]);
        lane.under_way += 1;
        lane.last_ms = lane.last_ms.max(at);
        (!lane.hole).then_some(lane.last_ms)
    }

    fn lose_what_is_under_way(&mut self, line: LineId) {
        let lost = self.queue.extract_if(.., |_, event| {
            matches!(event, Event::ToRelay(its, _) | Event::ToTab(its, _) | Event::Answered(its, _) if *its == line)
        });
        self.felt.swallowed += lost.count() as u64;
    }

    fn crossed(&mut self, line: LineId) -> LineId {
        let other = self.lines[..line].iter().rposition(|other| other.inbox.is_some());
        other.filter(|_| self.dice.u8(..16) == 0).unwrap_or(line)
    }
}
