// What the service workers of the inbox and of the talk page do alike: show what the relay
// pushes. Each of them says what else it needs: `DOCUMENT`, the page that a notification
// leads to when it names none; `pages()`, the open ones; `actions(conversation)`.

// Bursts whose words one notification shows. Of earlier ones it knows which they were, so that
// one that comes late or again is told from a new one; before those, how many messages there were.
const BURSTS_SHOWN = 5;
const BURSTS_KNOWN = 50;
const ICON = "/inbox/icons/bell-192.png";
const SAID = {
  unknown: "New message",
  hidden: (count) => (count === 1 ? "New message" : `${count} new messages`),
};

// What the relay pushes: see `shown.rs` of its push channel. A browser wants to see a
// notification for every push, also for one that says nothing.
self.addEventListener("push", (event) => {
  let said = null;
  try {
    said = event.data?.json();
  } catch {
    // It is not of this relay's making, or of a later one's.
  }
  const next = () => show(said && typeof said === "object" ? said : {});
  // One after the other: each looks at what the one before has shown.
  turn = turn.then(next, next);
  event.waitUntil(turn);
});

let turn = Promise.resolve();

const text = (value, otherwise) => (typeof value === "string" && value ? value : otherwise);
const number = (value) => (Number.isSafeInteger(value) ? value : 0);

async function show(said) {
  const conversation = text(said.conversation, null);
  const tag = text(said.tag, "unknown");
  const [before] = conversation ? await self.registration.getNotifications({ tag }) : [];
  const fresh = {
    first: number(said.first),
    upto: number(said.upto),
    count: Math.max(1, number(said.count)),
    hidden: said.hidden === true,
    body: text(said.body, ""),
  };
  // One notification tells all that nobody has looked at yet.
  const known = before?.data?.bursts ?? [];
  // What comes again, because its answer was lost on the way, does not ring again.
  const again = known.some((burst) => holds(burst, fresh));
  // Pushes may overtake each other; the words stand as they were said.
  const bursts = again ? known : [...known.filter((burst) => !holds(fresh, burst)), fresh].sort((a, b) => a.first - b.first);
  for (const burst of bursts.slice(0, -BURSTS_SHOWN)) burst.body = "";
  const late = bursts.splice(0, Math.max(0, bursts.length - BURSTS_KNOWN));
  const earlier = (before?.data?.earlier ?? 0) + messages(late);
  await self.registration.showNotification(text(said.title, SAID.unknown), {
    body: conversation ? told(bursts, earlier) : fresh.body,
    tag,
    renotify: !again,
    // The page itself rings when somebody looks at it.
    silent: again || (await pages()).some((client) => client.focused),
    icon: ICON,
    timestamp: number(said.at) || undefined,
    dir: "auto",
    actions: actions(conversation),
    data: { url: text(said.url, DOCUMENT), conversation, title: text(said.title, null), bursts, earlier },
  });
  await closeAll(Array.isArray(said.gone) ? said.gone : []);
}

const holds = (burst, other) => burst.first <= other.first && burst.upto >= other.upto;
const messages = (bursts) => bursts.reduce((sum, burst) => sum + burst.count, 0);

/** The words of these bursts, or how many messages there are when some are not to be seen. */
function told(bursts, earlier) {
  if (bursts.some((burst) => burst.hidden)) return SAID.hidden(earlier + messages(bursts));
  return bursts
    .slice(-BURSTS_SHOWN)
    .map((burst) => burst.body)
    .join("\n");
}

async function closeAll(tags) {
  // Chromium forgets those that the system has not put up yet when it is asked for all of them.
  if (!tags.length) return;
  const shown = await self.registration.getNotifications();
  for (const notification of shown) if (tags.includes(notification.tag)) notification.close();
}
