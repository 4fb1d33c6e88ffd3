// Shows a visitor the answers that they wanted to be notified of in this browser. It keeps
// nothing and stands in nobody's way: no cache, no fetch. The inbox's `shown.js` stands before
// this in what the relay serves. Its scope is one shop's: `/talk/SHOP/`.
const DOCUMENT = new URL(self.registration.scope).pathname.slice(0, -1);

self.addEventListener("install", () => self.skipWaiting());

function actions() {
  return [];
}

/** The shop's talk page by itself, the last used first. */
async function pages() {
  const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  return windows.filter((client) => client.frameType !== "nested" && new URL(client.url).pathname === DOCUMENT);
}

self.addEventListener("notificationclick", (event) => {
  const open = async () => {
    event.notification.close();
    const [client] = await pages();
    if (client) await client.focus().catch(() => {});
    else await self.clients.openWindow(`${DOCUMENT}#last`);
  };
  event.waitUntil(open());
});
