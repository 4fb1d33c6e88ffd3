// Notifications of answers, on the talk page by itself: a page in a frame of another site
// may not ask for them. Nothing is asked and nothing is kept before the visitor presses; from
// then on this browser remembers of which conversation it is notified.
const part = document.getElementById("push");
const link = document.getElementById("push-link");
const shop = document.getElementById("talk").dataset.shop;
const words = part?.dataset;
const MARK = `shopbell:${shop}:notify`;
// The visitor's frame says that nothing of the conversation is to be read back.
const NOTHING = 0xffffffff;

/** Whose conversation the page shows; the way to it is the panel's own private link. */
function credential() {
  const [, conversation, secret] = /\/link\/([\w-]+)\.(\w+)$/.exec(link.getAttribute("href")) ?? [];
  return conversation && { conversation, secret };
}

/** What can be told without asking anybody: what is missing here, as a word of the page's. */
function missing() {
  if (!isSecureContext) return "none";
  if (window.PushManager && window.Notification && navigator.serviceWorker) return null;
  // There, pushes come only to what was put on the home screen.
  return "standalone" in navigator ? "apple" : "none";
}

/** The worker, once it can be subscribed with. */
async function registered() {
  const registration = await navigator.serviceWorker.register("/talk/sw.js", { scope: `/talk/${shop}/` });
  const worker = registration.active ?? registration.waiting ?? registration.installing;
  await new Promise((resolve) => {
    const look = () => worker.state === "activated" && resolve();
    worker.addEventListener("statechange", look);
    look();
  });
  return registration;
}

/** Says a frame as the visitor; gives whether this browser is notified now. */
async function say(notify) {
  const hello = { shop, credential: credential(), after: NOTHING };
  const frames = JSON.stringify([{ hello }, { notify }]);
  const answer = await fetch("/exchange?speaker=visitor", { method: "POST", body: frames });
  const { notified } = (await answer.json()).find((frame) => frame.notified) ?? {};
  if (!notified || notified.refused) throw new Error("The relay did not take it.");
  return notified.on;
}

async function turnOn() {
  if ((await Notification.requestPermission()) !== "granted") return "blocked";
  const { pushManager } = await registered();
  const options = { userVisibleOnly: true, applicationServerKey: words.key };
  const subscribe = () => pushManager.subscribe(options);
  // One that was made for another key of the relay's has to go first.
  const again = async () => {
    await (await pushManager.getSubscription())?.unsubscribe();
    return subscribe();
  };
  const subscription = await subscribe().catch(again);
  await say(subscription.toJSON());
  localStorage.setItem(MARK, credential().conversation);
  return "on";
}

async function turnOff() {
  localStorage.removeItem(MARK);
  const { pushManager } = await registered();
  const subscription = await pushManager.getSubscription();
  // Whatever the relay says: to a subscription that is over nothing comes.
  await subscription?.unsubscribe();
  if (subscription) await say({ endpoint: subscription.endpoint });
  return "off";
}

/** Of which conversation this browser is notified. */
function marked() {
  try {
    return localStorage.getItem(MARK);
  } catch {
    // A browser that keeps nothing is notified of nothing.
    return null;
  }
}

const isOn = () => marked() === credential()?.conversation;

function begin() {
  const button = document.createElement("button");
  const said = document.createElement("span");
  button.type = "button";
  said.setAttribute("role", "status");
  link.hidden = true;
  part.append(button, said);
  const show = (state) => {
    const on = isOn();
    button.textContent = on ? words.stop : link.textContent;
    said.textContent = words[state] ?? "";
  };
  let busy = false;
  const act = async (what) => {
    if (busy) return;
    busy = true;
    button.setAttribute("aria-disabled", "true");
    show(await what().catch(() => "failed"));
    button.removeAttribute("aria-disabled");
    busy = false;
  };
  button.addEventListener("click", () => act(isOn() ? turnOff : turnOn));
  show(isOn() ? "on" : "off");
  // What is looked at here need not stand on the screen any more.
  const look = async () => {
    if (document.hidden || !isOn()) return;
    for (const notification of await (await registered()).getNotifications()) notification.close();
  };
  document.addEventListener("visibilitychange", look);
  look();
  // The browser may have changed where its pushes go, and the relay may have given up on them.
  if (isOn() && Notification.permission === "granted") act(turnOn);
  // The browser lets nothing through any more, or this device has gone on to another conversation,
  // where notifications of the one before would lead astray.
  else if (marked() && credential()) act(turnOff);
}

if (part) {
  const lack = missing();
  if (!lack) begin();
  else part.textContent = words[lack] ?? "";
  part.hidden = !credential() || lack === "none";
}
