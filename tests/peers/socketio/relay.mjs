// A relay on socket.io and SQLite: `node relay.mjs FILE PORT`. A message is acknowledged when it is committed
// and synced. What has come in since the last commit is the next one, so that a sync serves as many as wait for it.

import Database from "better-sqlite3";
import { Server } from "socket.io";

const [file, port] = process.argv.slice(2);

const db = new Database(file);
db.pragma("journal_mode = WAL");
db.pragma("synchronous = FULL");
db.exec(`
  CREATE TABLE IF NOT EXISTS messages (
    conversation TEXT NOT NULL,
    seq INTEGER NOT NULL,
    id TEXT NOT NULL,
    at INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (conversation, seq)
  ) WITHOUT ROWID;
  CREATE UNIQUE INDEX IF NOT EXISTS messages_by_id ON messages (conversation, id);
`);
const insert = db.prepare(
  "INSERT INTO messages (conversation, seq, id, at, body) VALUES (?, ?, ?, ?, ?) ON CONFLICT (conversation, id) DO NOTHING",
);
const placeOf = db.prepare("SELECT seq FROM messages WHERE conversation = ? AND id = ?").pluck();
const lastPlace = db.prepare("SELECT coalesce(max(seq), 0) FROM messages WHERE conversation = ?").pluck();

// The last place of each conversation that was written to since the start.
const places = new Map();

// One commit. Places are taken only when it has succeeded.
const keepAll = db.transaction((batch) => {
  const taken = new Map();
  for (const message of batch) {
    const { conversation, id, body } = message;
    const last = taken.get(conversation) ?? places.get(conversation) ?? lastPlace.get(conversation);
    message.isNew = insert.run(conversation, last + 1, id, message.at, body).changes === 1;
    message.seq = message.isNew ? last + 1 : placeOf.get(conversation, id);
    taken.set(conversation, message.isNew ? message.seq : last);
  }
  return taken;
});

let waiting = [];

// Runs when every socket that had something to say has been read.
function keepWaiting() {
  const batch = waiting;
  waiting = [];
  try {
    for (const [conversation, seq] of keepAll(batch)) places.set(conversation, seq);
  } catch (error) {
    console.error(error);
    for (const { acknowledge } of batch) acknowledge({ error: "not kept" });
    return;
  }
  for (const { socket, acknowledge, isNew, ...message } of batch) {
    acknowledge({ seq: message.seq });
    if (isNew) socket.to(message.conversation).emit("message", message);
  }
}

const io = new Server(Number(port), { transports: ["websocket"], serveClient: false });
io.on("connection", (socket) => {
  socket.on("join", (conversation, acknowledge) => {
    socket.join(conversation);
    acknowledge();
  });
  socket.on("say", ({ conversation, id, body }, acknowledge) => {
    if (waiting.length === 0) setImmediate(keepWaiting);
    waiting.push({ socket, acknowledge, conversation, id, body, at: Date.now() });
  });
});
