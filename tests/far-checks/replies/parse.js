// What npm's email-reply-parser shows of each mail. It takes text; where a mail has none, its HTML is
// written as text first, as html-to-text does it by default: what stands in a quote begins with "> ".

import EmailReplyParser from "email-reply-parser";
import { convert } from "html-to-text";

const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const mails = JSON.parse(Buffer.concat(chunks).toString("utf8"));
const said = mails.map(({ text, html }) => {
  const made = text === null;
  const plain = made ? convert(html ?? "", { wordwrap: false }) : text;
  return { made, text: plain, reply: new EmailReplyParser().parseReply(plain) };
});
process.stdout.write(JSON.stringify(said));
