//! A Telegram of ours: the Bot API on 127.0.0.1, as strict as its documentation
//! (core.telegram.org/bots/api) and with the same words for what goes wrong, and people to speak with.

mod chats;
mod files;
mod params;
mod people;
mod server;
mod updates;
mod world;

pub use people::Person;
pub use server::Fault;
pub use world::Switches;

use serde_json::Value;
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};
use tokio::{net::TcpListener, sync::Notify, task::JoinSet};
use world::{Chat, Standing, World};

/// A Telegram with one bot. It ends when it is dropped.
pub struct FakeTelegram {
    inner: Arc<Inner>,
    url: String,
    _tasks: JoinSet<()>,
}

/// What the server and the people share.
struct Inner {
    world: Mutex<World>,
    change: Notify,
    faults: Mutex<Vec<(String, Fault, u32)>>,
}

/// A message of the bot's.
#[derive(Debug, Clone)]
pub struct Sent {
    /// `message_id`.
    pub id: i64,
    /// `message_thread_id`.
    pub thread: Option<i64>,
    /// `text`.
    pub text: String,
    /// The whole of it.
    pub whole: Value,
    /// When it had come.
    pub at: Instant,
}

impl Inner {
    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn changed(&self) {
        self.change.notify_waiters();
    }

    fn next_fault(&self, method: &str) -> Option<Fault> {
        let mut faults = self.faults.lock().unwrap_or_else(PoisonError::into_inner);
        let place = faults.iter().position(|(of, _, _)| of == method || of == "*")?;
        let (_, fault, times) = &mut faults[place];
        let fault = fault.clone();
        *times -= 1;
        if *times == 0 {
            faults.remove(place);
        }
        Some(fault)
    }
}

impl FakeTelegram {
    /// Starts one on a free port.
    ///
    /// # Panics
    /// When there is no free port.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("its own address"));
        let inner = Arc::new(Inner {
            world: Mutex::new(World::new()),
            change: Notify::new(),
            faults: Mutex::default(),
        });
        let mut tasks = JoinSet::new();
        tasks.spawn(server::serve(listener, Arc::clone(&inner)));
        tasks.spawn(updates::call_webhook(Arc::clone(&inner)));
        Self { inner, url, _tasks: tasks }
    }

    /// What stands before `/botTOKEN/METHOD`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The bot's token.
    pub fn token(&self) -> String {
        self.inner.world().token.clone()
    }

    /// An account.
    pub fn person(&self, id: i64, name: &str) -> Person {
        Person::new(Arc::clone(&self.inner), id, name)
    }

    /// A group with the bot in it.
    pub fn group(&self, id: i64, title: &str) {
        self.inner.world().chats.insert(id, Chat::new(id, "group", title));
    }

    /// A supergroup with topics, in which the bot may manage them.
    pub fn forum(&self, id: i64, title: &str) {
        let mut chat = Chat::new(id, "supergroup", title);
        chat.forum = true;
        self.inner.world().chats.insert(id, chat);
    }

    /// Whether the bot may manage topics.
    pub fn let_manage_topics(&self, chat: i64, may: bool) {
        self.change(chat, |chat| chat.manages_topics = may);
    }

    /// Whether the bot may write.
    pub fn let_write(&self, chat: i64, may: bool) {
        self.change(chat, |chat| chat.may_write = may);
    }

    /// The account of a private chat is no more.
    pub fn deactivate(&self, chat: i64) {
        self.change(chat, |chat| chat.standing = Standing::Deactivated);
    }

    /// A group is no more.
    pub fn delete_chat(&self, chat: i64) {
        self.change(chat, |chat| chat.standing = Standing::Deleted);
    }

    /// A person deletes a topic, and all that stands in it.
    pub fn delete_topic(&self, chat: i64, thread: i64) {
        self.change(chat, |chat| {
            chat.topics.remove(&thread);
            chat.messages.retain(|_, message| message["message_thread_id"].as_i64() != Some(thread));
        });
    }

    /// A person closes a topic.
    pub fn close_topic(&self, chat: i64, thread: i64) {
        self.change(chat, |chat| {
            if let Some(topic) = chat.topics.get_mut(&thread) {
                topic.closed = true;
            }
        });
    }

    /// The topics of a chat, and what they are called, in the order in which they were made.
    pub fn topics(&self, chat: i64) -> Vec<(i64, String)> {
        let world = self.inner.world();
        let topics = world.chats.get(&chat).map(|chat| &chat.topics);
        topics.into_iter().flatten().map(|(id, topic)| (*id, topic.name.clone())).collect()
    }

    /// What the bot has sent to a chat and nobody has deleted, in order.
    pub fn sent(&self, chat: i64) -> Vec<Sent> {
        let world = self.inner.world();
        let Some(chat) = world.chats.get(&chat) else { return Vec::new() };
        let own = chat.messages.iter().filter(|(_, message)| {
            message["from"]["id"].as_i64() == Some(world::BOT) && message["text"].is_string()
        });
        own.map(|(id, message)| Sent {
            id: *id,
            thread: message["message_thread_id"].as_i64(),
            text: message["text"].as_str().unwrap_or_default().to_owned(),
            whole: message.clone(),
            at: chat.put_at[id],
        })
        .collect()
    }

    /// The bot's reaction to a message.
    pub fn reaction(&self, chat: i64, message: i64) -> Option<String> {
        self.inner.world().chats.get(&chat)?.reactions.get(&message).cloned()
    }

    /// The parameters of the calls of a method, in order. Methods are in lower case.
    pub fn calls(&self, method: &str) -> Vec<Value> {
        let world = self.inner.world();
        let calls = world.calls.iter().filter(|(of, _)| of == method);
        calls.map(|(_, params)| params.clone()).collect()
    }

    /// How many updates nobody has confirmed.
    pub fn pending(&self) -> usize {
        self.inner.world().updates.len()
    }

    /// The webhook's address.
    pub fn webhook(&self) -> Option<String> {
        self.inner.world().webhook.as_ref().map(|webhook| webhook.url.clone())
    }

    /// What a caller did that the documentation does not allow, without being refused for it.
    pub fn complaints(&self) -> Vec<String> {
        self.inner.world().complaints.clone()
    }

    /// Switches its behaviour.
    pub fn switch(&self, change: impl FnOnce(&mut Switches)) {
        change(&mut self.inner.world().switches);
    }

    /// Lets the next calls of a method go wrong; `*` is every method.
    pub fn fails(&self, method: &str, fault: Fault, times: u32) {
        let mut faults = self.inner.faults.lock().unwrap_or_else(PoisonError::into_inner);
        if times > 0 {
            faults.push((method.to_ascii_lowercase(), fault, times));
        }
    }

    /// Nothing goes wrong any more.
    pub fn heals(&self) {
        self.inner.faults.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// The updates' ids go on from here, as after a quiet week.
    pub fn count_updates_from(&self, id: i64) {
        self.inner.world().next_update = id;
    }

    /// The bot has another token now.
    pub fn revoke_token(&self) {
        self.inner.world().token.push_str("-new");
    }

    fn change(&self, chat: i64, change: impl FnOnce(&mut Chat)) {
        if let Some(chat) = self.inner.world().chats.get_mut(&chat) {
            change(chat);
        }
        self.inner.changed();
    }
}
