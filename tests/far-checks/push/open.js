// Opens pushes and verifies who sent them, by implementations that are not ours: http_ece
// (RFC 8188, RFC 8291), jose (RFC 7515, RFC 7519) and Node's own cryptography.
// In: a list of what reached a browser, each with the browser's keys. Out: what was in it.
import { createECDH, createPublicKey } from "node:crypto";
import { json } from "node:stream/consumers";
import ece from "http_ece";
import { importJWK, jwtVerify } from "jose";

const bytes = (text) => Buffer.from(text, "base64url");

/** What is sealed in the body. */
function opened({ body, privateKey, auth }) {
  const browser = createECDH("prime256v1");
  browser.setPrivateKey(bytes(privateKey));
  return ece.decrypt(bytes(body), { version: "aes128gcm", privateKey: browser, authSecret: auth }).toString("utf8");
}

/** The claims of the token, when the named key has signed it for this push service. */
async function sender({ authorization, audience, now }) {
  const [, token, key] = /^vapid t=([^,]+), k=([\w-]+)$/.exec(authorization);
  const point = bytes(key);
  const half = (from) => point.subarray(from, from + 32).toString("base64url");
  const jwk = { kty: "EC", crv: "P-256", x: half(1), y: half(33) };
  // Throws when it is not on the curve.
  createPublicKey({ key: jwk, format: "jwk" });
  const options = { algorithms: ["ES256"], typ: "JWT", audience, currentDate: new Date(now), requiredClaims: ["exp", "sub"] };
  const { payload } = await jwtVerify(token, await importJWK(jwk, "ES256"), options);
  return { claims: payload, key };
}

const all = (await json(process.stdin)).map(async (push) => ({ plaintext: opened(push), ...(await sender(push)) }));
console.log(JSON.stringify(await Promise.all(all)));
