// Keeps the inbox's shell for when there is no network, and shows what the relay pushes. It
// keeps the app itself and nothing that anybody has said: no conversation, no answer of
// the relay. What a notification shows goes with the notification. `shown.js` stands before
// this in what the relay serves.
const SHELL = /*SHELL*/[];
const VERSION = /*VERSION*/"";
const CACHE = `shopbell-inbox-${VERSION}`;
const DOCUMENT = "/inbox";
// How long a line that hardly moves is waited for, when the app opens.
const PATIENCE_MS = 4000;
// How long the relay has to keep a reply that was typed into a notification.
const REPLY_WITHIN_MS = 20_000;
// How long an app that was just opened has to ask for what it is to show.
const READY_WITHIN_MS = 20_000;
const WORDS = {
  reply: "Reply",
  your_reply: "Your reply",
  not_sent: "Your reply is not sent yet",
  signed_out: "Your reply is not sent: you are signed out here",
  again: "Send again",
};

// The list names files by where they were built; icons and manifest are served beside the document.
const FILES = SHELL.map((path) => (path.startsWith("/a/") ? path : DOCUMENT + path));

self.addEventListener("install", (event) => {
  const fresh = [DOCUMENT, ...FILES].map((path) => new Request(path, { cache: "reload" }));
  const keep = async () => {
    const cache = await caches.open(CACHE);
    await cache.addAll(fresh);
    await self.skipWaiting();
  };
  event.waitUntil(keep());
});

self.addEventListener("activate", (event) => {
  const tidy = async () => {
    const names = await caches.keys();
    const old = names.filter((name) => name.startsWith("shopbell-inbox-") && name !== CACHE);
    await Promise.all(old.map((name) => caches.delete(name)));
    await self.clients.claim();
  };
  event.waitUntil(tidy());
});

// The document names its files, so the kept ones always belong to the kept document.
async function fromNetworkFirst(request) {
  const kept = await (await caches.open(CACHE)).match(DOCUMENT);
  const late = new Promise((resolve) => setTimeout(() => resolve(kept), PATIENCE_MS));
  const asked = fetch(request).catch(() => kept);
  const answer = kept ? await Promise.race([asked, late]) : await asked;
  return answer ?? Response.error();
}

async function fromCacheFirst(request) {
  const kept = await (await caches.open(CACHE)).match(request);
  return kept ?? fetch(request);
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (request.mode === "navigate") {
    if (url.pathname === DOCUMENT) event.respondWith(fromNetworkFirst(request));
  } else if (FILES.includes(url.pathname)) {
    event.respondWith(fromCacheFirst(request));
  }
});

/** What can be done on a notification. */
function actions(conversation) {
  return conversation ? [{ action: "reply", type: "text", title: WORDS.reply, placeholder: WORDS.your_reply }] : [];
}

/** The windows of the inbox, the last used first. */
async function pages() {
  const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  return windows.filter((client) => new URL(client.url).pathname === DOCUMENT);
}

self.addEventListener("notificationclick", (event) => {
  const { notification, action } = event;
  const { data } = notification;
  // Where a notification has no box to type in, the button opens the conversation; where it
  // has one, not every system says by which button the words came.
  const body = (event.reply ?? "").trim();
  if (body && data?.conversation) event.waitUntil(reply(notification, { conversation: data.conversation, id: uuid7(), body }));
  else if (action === "again" && data?.unsent) event.waitUntil(reply(notification, data.unsent));
  else event.waitUntil(open(notification));
});

/** Shows what a notification is about, in a window that is there or in a new one. */
async function open(notification) {
  const { url, conversation, unsent } = notification.data ?? {};
  // What could not be sent stays until the app says that it has it.
  if (!unsent) notification.close();
  const order = { open: conversation, ...(unsent && { draft: unsent.body, reply: unsent.id }) };
  const here = new URL(text(url, DOCUMENT), self.location.href);
  // The relay may know itself by another address than this app was opened by.
  const address = here.origin === self.location.origin ? here.href : DOCUMENT + here.hash;
  const [client] = await pages();
  if (!client) {
    const opened = await self.clients.openWindow(address);
    if (opened && unsent && (await isReady(opened.id))) opened.postMessage(order);
    return;
  }
  await client.focus().catch(() => {});
  if (conversation) client.postMessage(order);
  else await client.navigate(address).catch(() => {});
}

// Windows that were opened by a press on a notification and have not asked yet.
const awaited = new Map();

function isReady(id) {
  return new Promise((resolve) => {
    const late = setTimeout(() => resolve(false), READY_WITHIN_MS);
    awaited.set(id, () => (clearTimeout(late), resolve(true)));
  }).finally(() => awaited.delete(id));
}

// What the app says: `opened`, a conversation that is before the owner's eyes; `ready`, it
// can be told what to show; `drafted`, it has the words of a reply that was not sent.
self.addEventListener("message", (event) => {
  const { opened, ready, drafted } = event.data ?? {};
  if (opened) event.waitUntil(closeAll([opened]));
  if (ready) awaited.get(event.source?.id)?.();
  if (drafted) event.waitUntil(closeAll([`reply ${drafted}`]));
});

/** Sends what the owner has typed into a notification. The relay keeps it once, however often it comes. */
async function reply(notification, message) {
  const status = await post("/inbox/reply", message);
  if (status >= 200 && status < 300) return notification.close();
  const { url, conversation, title } = notification.data;
  await self.registration.showNotification(status === 401 ? WORDS.signed_out : WORDS.not_sent, {
    body: message.body,
    tag: `reply ${message.id}`,
    renotify: true,
    requireInteraction: true,
    icon: ICON,
    dir: "auto",
    actions: [{ action: "again", title: WORDS.again }],
    data: { url, conversation, title, unsent: message },
  });
  // Its words are in the new one; where it was a box to type in, the box waits until it goes.
  if (!notification.data.unsent) notification.close();
}

/** Posts as the inbox does; gives the status, 0 when nothing was answered. */
async function post(path, message) {
  const request = {
    method: "POST",
    credentials: "same-origin",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(message),
    signal: AbortSignal.timeout(REPLY_WITHIN_MS),
  };
  const answer = await fetch(path, request).catch(() => null);
  return answer?.status ?? 0;
}

/** A UUIDv7 (RFC 9562, clause 5.7), as every message has that a device makes. */
function uuid7() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  new DataView(bytes.buffer).setBigUint64(0, (BigInt(Date.now()) << 16n) | BigInt((bytes[6] << 8) | bytes[7]));
  bytes[6] = (bytes[6] & 0x0f) | 0x70;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

// The browser has given up a subscription, or its push service has: the relay hears of the next one.
self.addEventListener("pushsubscriptionchange", (event) => {
  const renew = async () => {
    const { oldSubscription: old, newSubscription: given } = event;
    const fresh = given ?? (old && (await self.registration.pushManager.subscribe(old.options)));
    // Without the old one nobody knows the relay's key here; the app asks anew when it is opened.
    if (!old || !fresh) return;
    const { endpoint, keys } = fresh.toJSON();
    await post("/inbox/push", { old: old.endpoint, endpoint, p256dh: keys.p256dh, auth: keys.auth });
  };
  event.waitUntil(renew());
});
