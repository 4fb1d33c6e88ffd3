// Tries the tests' own Telegram with a client that somebody else wrote for the real one: what the two
// agree on is not only our reading of the documentation.

import assert from "node:assert/strict";
import { Api, Bot, GrammyError } from "grammy";

const [url, token, person, forum, group] = process.argv.slice(2);
const PERSON = Number(person);
const FORUM = Number(forum);
const GROUP = Number(group);
const api = new Api(token, { apiRoot: url });

/** The call is refused with this code, and words in which these stand. */
async function refused(call, code, words) {
  const error = await call.then(() => assert.fail(`it was not refused: ${words}`), (error) => error);
  assert.ok(error instanceof GrammyError, String(error));
  assert.equal(error.error_code, code, error.description);
  assert.match(error.description, words);
  return error;
}

const me = await api.getMe();
assert.equal(me.is_bot, true);
assert.equal(me.id, Number(token.split(":")[0]));
await refused(new Api("1:wrong", { apiRoot: url }).getMe(), 401, /Unauthorized/);
await refused(new Api("wrong", { apiRoot: url }).getMe(), 404, /Not Found/);

// Files.
await refused(api.getFile("nothing"), 400, /wrong file_id/);
await refused(api.getFile(""), 400, /file_id not specified/);
const nowhere = await fetch(`${url}/file/bot${token}/photos/nothing.jpg`);
assert.equal(nowhere.status, 404);
assert.deepEqual(await nowhere.json(), { ok: false, error_code: 404, description: "Not Found" });

// Messages.
const first = await api.sendMessage(PERSON, "😀 bold", {
  entities: [{ type: "bold", offset: 3, length: 4 }],
  link_preview_options: { is_disabled: true },
  reply_markup: { inline_keyboard: [[{ text: "Open", url: "https://relay.example/" }]] },
});
assert.equal(first.chat.id, PERSON);
assert.equal(first.text, "😀 bold");
assert.deepEqual(first.entities, [{ type: "bold", offset: 3, length: 4 }]);
const reply = await api.sendMessage(PERSON, "reply", { reply_parameters: { message_id: first.message_id } });
assert.equal(reply.reply_to_message.message_id, first.message_id);
await api.sendMessage(PERSON, "x".repeat(4096));
await api.sendMessage(PERSON, "😀".repeat(2048));
await refused(api.sendMessage(PERSON, "x".repeat(4097)), 400, /message is too long/);
await refused(api.sendMessage(PERSON, "😀".repeat(2049)), 400, /message is too long/);
await refused(api.sendMessage(PERSON, ""), 400, /message text is empty/);
await refused(api.sendMessage(PERSON, " \n "), 400, /text must be non-empty/);
await refused(api.sendMessage(123456, "nobody"), 400, /chat not found/);
const parted = [{ type: "bold", offset: 1, length: 2 }];
await refused(api.sendMessage(PERSON, "😀 x", { entities: parted }), 400, /UTF-16/);
const outside = [{ type: "bold", offset: 0, length: 9 }];
await refused(api.sendMessage(PERSON, "short", { entities: outside }), 400, /entity/);
const noReply = { reply_parameters: { message_id: 1 } };
await refused(api.sendMessage(PERSON, "x", noReply), 400, /message to be replied not found/);
await api.sendMessage(PERSON, "x", { reply_parameters: { message_id: 1, allow_sending_without_reply: true } });
const local = { reply_markup: { inline_keyboard: [[{ text: "Open", url: "http://localhost/" }]] } };
await refused(api.sendMessage(PERSON, "x", local), 400, /inline keyboard button URL/);

// Reactions, and deleting.
assert.equal(await api.setMessageReaction(PERSON, first.message_id, [{ type: "emoji", emoji: "👀" }]), true);
await refused(api.setMessageReaction(PERSON, 1, [{ type: "emoji", emoji: "👀" }]), 400, /message to react not found/);
const words = [{ type: "emoji", emoji: "x" }];
await refused(api.setMessageReaction(PERSON, first.message_id, words), 400, /REACTION_INVALID/);
assert.equal(await api.deleteMessage(PERSON, reply.message_id), true);
await refused(api.deleteMessage(PERSON, reply.message_id), 400, /message to delete not found/);

// Topics.
const topic = await api.createForumTopic(FORUM, "Nora");
assert.equal(topic.name, "Nora");
const inTopic = await api.sendMessage(FORUM, "hello", { message_thread_id: topic.message_thread_id });
assert.equal(inTopic.message_thread_id, topic.message_thread_id);
assert.equal(inTopic.is_topic_message, true);
assert.equal(await api.closeForumTopic(FORUM, topic.message_thread_id), true);
await refused(api.sendMessage(FORUM, "x", { message_thread_id: topic.message_thread_id }), 400, /TOPIC_CLOSED/);
assert.equal(await api.reopenForumTopic(FORUM, topic.message_thread_id), true);
assert.equal(await api.deleteForumTopic(FORUM, topic.message_thread_id), true);
await refused(api.sendMessage(FORUM, "x", { message_thread_id: topic.message_thread_id }), 400, /thread not found/);
await refused(api.sendMessage(FORUM, "x", { message_thread_id: 1 }), 400, /thread not found/);
await refused(api.createForumTopic(FORUM, ""), 400, /topic name/);
await refused(api.createForumTopic(FORUM, "x".repeat(129)), 400, /topic name/);
await refused(api.createForumTopic(PERSON, "Nora"), 400, /not a forum/);

// A group that went elsewhere.
const moved = await refused(api.sendMessage(GROUP, "x"), 400, /upgraded to a supergroup/);
assert.equal(moved.parameters.migrate_to_chat_id, FORUM);

// Parameters in the other ways: a form, parts, the address; and methods in any case.
const method = (name) => `${url}/bot${token}/${name}`;
const entities = JSON.stringify([{ type: "bold", offset: 0, length: 1 }]);
const form = new URLSearchParams({ chat_id: String(PERSON), text: "form ü", entities });
const parts = new FormData();
for (const [name, value] of Object.entries({ chat_id: String(PERSON), text: "parts ü", entities })) {
  parts.append(name, value);
}
for (const [name, options] of [
  ["SENDMESSAGE", { method: "POST", body: form }],
  ["sendmessage", { method: "POST", body: parts }],
  [`sendMessage?${form}`, {}],
]) {
  const answer = await (await fetch(method(name), options)).json();
  assert.equal(answer.ok, true, answer.description);
  assert.deepEqual(answer.result.entities, JSON.parse(entities));
  assert.match(answer.result.text, /ü$/);
}
await refused(api.raw.sendMessage({ text: "x" }), 400, /chat_id/);
const unknown = await (await fetch(method("makeCoffee"))).json();
assert.deepEqual([unknown.ok, unknown.error_code], [false, 404]);

// Updates: what is not confirmed comes again.
const waiting = await api.getUpdates({ limit: 1 });
assert.equal(waiting.length, 1);
assert.equal(waiting[0].message.text, "/start");
const same = await api.getUpdates({ timeout: 0 });
assert.equal(same[0].update_id, waiting[0].update_id);
const rest = await api.getUpdates({ offset: waiting[0].update_id + 1 });
assert.ok(rest.every((update) => update.update_id > waiting[0].update_id));
const last = rest.at(-1).update_id;
assert.deepEqual(await api.getUpdates({ offset: last + 1 }), []);
assert.deepEqual(await api.getUpdates(), []);
// A second question ends the first, as soon as that one has begun.
let isHeld = true;
const ended = refused(api.getUpdates({ timeout: 50 }), 409, /terminated by other getUpdates/);
ended.finally(() => { isHeld = false; });
while (isHeld) await api.getUpdates({ timeout: 0 }).catch(() => {});
await ended;

// Webhooks.
await refused(api.setWebhook("http://plain.example/"), 400, /HTTPS/);
await refused(api.setWebhook("https://relay.example:444/"), 400, /ports/);
await refused(api.setWebhook("https://relay.example/", { secret_token: "a b" }), 400, /unallowed characters/);
await refused(api.setWebhook("https://relay.example/", { secret_token: "a".repeat(257) }), 400, /too long/);
const webhook = { secret_token: "a-Z_9", allowed_updates: ["message"], max_connections: 1 };
assert.equal(await api.setWebhook("https://relay.invalid/hook", webhook), true);
assert.equal((await api.getWebhookInfo()).url, "https://relay.invalid/hook");
await refused(api.getUpdates(), 409, /webhook is active/);
assert.equal(await api.deleteWebhook(), true);
assert.equal((await api.getWebhookInfo()).url, "");

// The client's own loop starts and stops.
const bot = new Bot(token, { client: { apiRoot: url } });
await new Promise((resolve, reject) => {
  bot.start({ onStart: resolve }).catch(reject);
});
await bot.stop();

console.log("all agreed");
