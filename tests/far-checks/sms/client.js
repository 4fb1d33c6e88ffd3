// Twilio's own client against the tests' provider: `node client.js URL ACCOUNT TOKEN NUMBER`.
// Prints what came of each call as one line of JSON.
import twilio from "twilio";

const [url, account, token, number] = process.argv.slice(2);

function client(secret) {
  const client = twilio(account, secret);
  client.api.baseUrl = url;
  return client;
}

async function outcome(call) {
  try {
    const { sid, status, to, body, errorCode, friendlyName } = await call();
    return { sid, status, to, body, errorCode, friendlyName };
  } catch ({ code, status, message }) {
    return { code, status, message };
  }
}

const send = (message) => client(token).messages.create({ from: number, to: "+351912345678", body: "Hello", ...message });

console.log(
  JSON.stringify({
    sent: await outcome(() => send({})),
    badNumber: await outcome(() => send({ to: "912345678" })),
    badSender: await outcome(() => send({ from: "+15005550001" })),
    empty: await outcome(() => send({ body: "" })),
    badToken: await outcome(() => client("wrong").messages.create({ from: number, to: "+351912345678", body: "Hello" })),
    account: await outcome(() => client(token).api.v2010.accounts(account).fetch()),
  }),
);
