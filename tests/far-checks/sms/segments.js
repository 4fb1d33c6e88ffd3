// How many segments Twilio's counter finds: reads a JSON array of texts, prints one of numbers.
import { readFileSync } from "node:fs";
import { SegmentedMessage } from "sms-segments-calculator";

const texts = JSON.parse(readFileSync(0, "utf8"));
console.log(JSON.stringify(texts.map((text) => new SegmentedMessage(text, "auto").segmentsCount)));
