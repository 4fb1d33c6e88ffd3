// Draws the bell on a shop's page and opens the relay's frame at the first click.
// It stores nothing, connects to nothing before the click except for a
// preconnect on hover or focus, and never throws into the page it is on.
(() => {
  const w = window;
  const d = document;
  const stub = w.shopbell;
  const current = d.currentScript;
  // A module has no current script.
  const tag = current?.dataset.shop ? current : d.querySelector("script[data-shop]");
  // A second tag on the same page changes nothing.
  if (!tag || stub?.runs) return;

  const attr = tag.dataset;
  const relay = new URL(tag.src).origin;
  // The relay puts in the owners of the shops of the page that asks, by shop.
  const owner = new Map(SHOPBELL_OWNERS).get(attr.shop);
  const words = {
    write: attr.label || "Write to " + (owner || "us"),
    close: "Close",
    conversation: (owner) => `Conversation with ${owner}`,
    unread: (n) => n + (n > 1 ? " new messages" : " new message"),
  };
  const color = /^#([\da-f]{3}){1,2}$/i.test(attr.color) && attr.color;
  const side = attr.position == "left" ? "left" : "right";
  const css = `:host{all:initial!important;position:fixed!important;z-index:2147483647!important;color-scheme:light dark!important}
*{box-sizing:border-box}
[hidden]{display:none}
button{border:0;padding:0;cursor:pointer;display:grid;place-items:center}
:focus-visible{outline:3px solid CanvasText;outline-offset:2px}
.bell{position:fixed;bottom:max(20px,env(safe-area-inset-bottom));${side}:20px;width:60px;height:60px;border-radius:50%;background:var(--color);color:var(--ink);box-shadow:0 3px 14px #0005}
.bell::before{content:"";width:24px;height:24px;scale:1.2;background:currentColor;forced-color-adjust:none;clip-path:path("M12 2a2 2 0 0 1 2 2a6 6 0 0 1 4 6c0 4 1 5 3 7v1H3v-1c2-2 3-3 3-7a6 6 0 0 1 4-6a2 2 0 0 1 2-2M9 19.5h6a3 3 0 0 1-6 0")}
.badge{position:absolute;top:-4px;right:-4px;min-width:24px;padding:0 6px;border-radius:12px;background:#b3261e;color:#fff;border:2px solid #fff;font:700 13px/20px system-ui}
.panel{position:fixed;left:0;top:var(--top,0);width:100%;height:var(--height,100%);visibility:hidden;opacity:0;translate:0 16px;background:Canvas}
.open{visibility:visible;opacity:1;translate:0}
iframe{display:block;width:100%;height:100%;border:0;border-radius:inherit}
.close{position:absolute;top:max(10px,env(safe-area-inset-top));right:10px;width:44px;height:44px;border-radius:50%;background:none;color:CanvasText;font:30px system-ui}
.said{position:absolute;clip-path:inset(50%)}
@media(min-width:600px) and (min-height:440px){.panel{inset:auto;bottom:96px;${side}:20px;width:400px;height:min(640px,100vh - 116px);border-radius:18px;box-shadow:0 3px 14px #0005}}
@media(prefers-reduced-motion:no-preference){.panel{transition:opacity .2s,translate .2s,visibility 0s .2s}.open{transition-delay:0s}}
@media print{:host{display:none!important}}`;

  const seen = w.visualViewport;
  // Ends what listens to the page.
  const life = new AbortController();
  const calls = stub?.q || [];
  const listeners = {};
  // What the frame has to know, by kind; said again whenever it starts anew.
  const facts = {};
  let host, bell, badge, said, panel, frame, live, opened, opener, near;
  let mark = "";

  const make = (name, parent, set) => parent.appendChild(Object.assign(d.createElement(name), set));
  const set = (name, value) => host.style.setProperty("--" + name, value);
  const name = (node, text) => node.setAttribute("aria-label", text);
  const title = () => d.title.slice(d.title.startsWith(mark) ? mark.length : 0);

  // Runs what may throw. What goes wrong is told in the console and nowhere else.
  const guarded = (action, ...more) => {
    try {
      return action(...more);
    } catch (error) {
      console.error(error);
    }
  };

  const post = (message) => guarded(() => frame.contentWindow.postMessage(message, relay));

  const heardBy = (event) => listeners[event] || [];
  const tell = (event, detail) =>
    heardBy(event).forEach((listener) => guarded(listener, detail));

  const say = (shopbell, more) => {
    facts[shopbell] = { shopbell, ...more };
    if (live) post(facts[shopbell]);
  };

  const count = (n) => {
    const plain = title();
    mark = n ? `(${n}) ` : "";
    if (d.title != mark + plain) d.title = mark + plain;
    badge.hidden = !n;
    badge.textContent = n;
    said.textContent = n ? words.unread(n) : "";
  };

  const connectSoon = () => {
    near ||= make("link", d.head, { rel: "preconnect", href: relay });
  };

  // A frame that never came to life, as without a network, is asked for anew.
  const load = () => {
    if (live) return;
    frame?.remove();
    const query = new URLSearchParams({ frame: 1 });
    if (color) query.set("color", color);
    if (attr.locale) query.set("locale", attr.locale);
    frame = d.createElement("iframe");
    frame.title = words.write;
    frame.src = `${relay}/talk/${encodeURIComponent(attr.shop)}?${query}`;
    panel.prepend(frame);
  };

  const show = (yes) => {
    opened = yes;
    panel.classList.toggle("open", yes);
    bell.setAttribute("aria-expanded", yes);
  };

  // A phone's keyboard covers the page without making it smaller.
  const fit = () => {
    if (seen.scale > 1) return;
    set("height", seen.height + "px");
    set("top", seen.offsetTop + "px");
  };

  const commands = {
    open() {
      if (opened) return;
      load();
      opener ||= bell.hidden ? d.activeElement : bell;
      show(true);
      frame.focus();
      delete facts.close;
      say("open", { url: location.origin + location.pathname, title: title() });
      tell("open");
    },
    close() {
      if (!opened) return;
      const inside = d.activeElement == host;
      show(false);
      if (inside) opener.focus();
      opener = 0;
      delete facts.open;
      say("close");
      tell("close");
    },
    toggle: () => commands[opened ? "close" : "open"](),
    show() {
      bell.hidden = false;
    },
    hide() {
      bell.hidden = true;
    },
    context: (context) => say("context", { context }),
    identify: (token) => say("identify", { token }),
    on(event, listener) {
      listeners[event] = [...heardBy(event), listener];
      if (event == "ready") guarded(listener);
    },
    off(event, listener) {
      listeners[event] = heardBy(event).filter((other) => listener && other != listener);
    },
    // Only the frame can reach what is stored, so this one connects.
    reset() {
      load();
      say("reset");
      if (live) delete facts.reset;
    },
    destroy() {
      count(0);
      life.abort();
      host.remove();
      near?.remove();
      w.shopbell = function () {
        (w.shopbell.q = w.shopbell.q || []).push(arguments);
      };
    },
  };

  const heard = {
    ready() {
      live = true;
      // What a page gave us may be nothing that can be passed on.
      Object.values(facts).forEach((fact) => guarded(post, fact));
      delete facts.reset;
    },
    owner(it) {
      frame.title = words.conversation(it.owner);
      name(panel, frame.title);
    },
    close: commands.close,
    unread(it) {
      count(it.count | 0);
    },
  };

  const hear = (event) => {
    if (!frame || event.source != frame.contentWindow || event.origin != relay) return;
    const { shopbell, ...it } = event.data || {};
    if (Object.hasOwn(heard, shopbell)) guarded(heard[shopbell], it);
    if (/^(unread|sent|message|status)$/.test(shopbell)) tell(shopbell, it);
  };

  const follow = (event) => {
    const link = event.target.closest?.("a[data-shopbell]");
    // With a modifier key a link is followed, as everywhere.
    const other = event.defaultPrevented || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey;
    if (!link || other) return;
    event.preventDefault();
    opener = link;
    guarded(commands.open);
  };

  const run = (command, ...more) => {
    if (!host) calls.push([command, ...more]);
    else if (Object.hasOwn(commands, command)) return guarded(commands[command], ...more);
  };

  const start = () => {
    host = d.createElement("shop-bell");
    const root = host.attachShadow({ mode: "open" });
    try {
      // Not held back by a strict style-src of the page's.
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(css);
      root.adoptedStyleSheets = [sheet];
    } catch {
      make("style", root, { nonce: attr.nonce || "", textContent: css });
    }
    const hex = color || "#7b4b2e";
    const [r, g, b] = hex.match(hex[4] ? /\w\w/g : /\w/g).map((x) => parseInt(x + x, 16) & 255);
    set("color", hex);
    set("ink", r * 3 + g * 6 + b > 1500 ? "#1c1612" : "#fff");

    bell = make("button", root, { className: "bell", type: "button", onclick: () => run("toggle"), onpointerenter: connectSoon, onfocus: connectSoon });
    // As text, so that the number in the badge is part of the bell's name.
    make("span", bell, { className: "said", textContent: words.write });
    badge = make("span", bell, { className: "badge", hidden: true });
    bell.hidden = attr.launcher == "none";
    said = make("p", root, { className: "said" });
    said.setAttribute("role", "status");

    panel = make("section", root, { className: "panel" });
    panel.setAttribute("role", "dialog");
    name(panel, owner ? words.conversation(owner) : words.write);
    name(make("button", panel, { className: "close", type: "button", textContent: "\u00d7", onclick: () => run("close") }), words.close);
    root.addEventListener("keydown", (event) => event.key == "Escape" && run("close"));
    show(false);

    d.body.append(host);
    w.addEventListener("message", hear, life);
    d.addEventListener("click", follow, life);
    seen.addEventListener("resize", fit, life);
    for (const call of calls) run(...call);
  };

  run.runs = true;
  w.shopbell = run;
  if (d.body) guarded(start);
  else d.addEventListener("DOMContentLoaded", () => guarded(start));
})();
