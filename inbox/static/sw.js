// Keeps the inbox's shell for when there is no network. It keeps the app itself
// and nothing that anybody has said: no conversation, no answer of the relay.
const SHELL = /*SHELL*/[];
const VERSION = /*VERSION*/"";
const CACHE = `shopbell-inbox-${VERSION}`;
const DOCUMENT = "/inbox";
// How long a line that hardly moves is waited for, when the app opens.
const PATIENCE_MS = 4000;

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
