// Fills a shop with conversations, through the relay's own door.
const DIGITS = "0123456789abcdef";
let made = 0;

function digits(count) {
  return Array.from({ length: count }, () => DIGITS[Math.floor(Math.random() * 16)]).join("");
}

function id() {
  made += 1;
  const time = (Date.now() + made).toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-7${digits(3)}-8${digits(3)}-${digits(12)}`;
}

/** Says these in one exchange, as one visitor. */
async function exchange(relay, shop, credential, bodies) {
  const frames = [{ hello: { shop, credential } }, ...bodies.map((body) => ({ send: { id: id(), body } }))];
  const answer = await fetch(`http://127.0.0.1:${relay.port}/exchange?speaker=visitor`, {
    method: "POST",
    headers: { origin: `http://127.0.0.1:${relay.port}` },
    body: JSON.stringify(frames),
  });
  const kept = (await answer.json()).filter((frame) => frame.kept);
  if (kept.length !== bodies.length) throw new Error(`${bodies.length - kept.length} messages were not kept`);
}

const newcomer = () => ({ conversation: id(), secret: digits(64) });

/** So many conversations of one message each; the text says which one it is. */
export async function conversations(relay, shop, count, text) {
  const numbers = Array.from({ length: count }, (_, number) => number);
  const hand = async () => {
    for (let number = numbers.shift(); number !== undefined; number = numbers.shift())
      await exchange(relay, shop, newcomer(), [text(number)]);
  };
  await Promise.all(Array.from({ length: 48 }, hand));
}

/** One conversation of so many messages. */
export async function messages(relay, shop, count, text) {
  const credential = newcomer();
  for (let first = 0; first < count; first += 60) {
    const numbers = Array.from({ length: Math.min(60, count - first) }, (_, number) => first + number);
    await exchange(relay, shop, credential, numbers.map(text));
  }
  return credential;
}
