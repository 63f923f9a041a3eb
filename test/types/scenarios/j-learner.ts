// (j) a learner: make and check a token by hand, each step visible, then compare with the real thing.
import { createSigner, createVerifier, decode, inspect, secretKey } from "rejwt";
import { decodeBase64url, encodeBase64url, signBytes, splitCompact, verifyBytes } from "rejwt/jws";

const utf8 = new TextEncoder();
const key = secretKey("correct horse battery staple, 32+ bytes", { alg: "HS256", kid: "lesson-1" });

const header = encodeBase64url(utf8.encode(JSON.stringify({ alg: "HS256", typ: "JWT", kid: "lesson-1" })));
const payload = encodeBase64url(
  utf8.encode(JSON.stringify({ iss: "me", aud: "you", sub: "42", iat: 1, exp: 4102444800 })),
);
const signature = signBytes(key, utf8.encode(`${header}.${payload}`));
const token = `${header}.${payload}.${encodeBase64url(signature)}`;

const parts = splitCompact(token);
console.log(new TextDecoder().decode(decodeBase64url(parts.payload)));
console.log(verifyBytes(key, utf8.encode(`${parts.header}.${parts.payload}`), decodeBase64url(parts.signature)));

console.log(decode(token).unverifiedClaims["sub"]); // unknown: nothing is proved yet
for (const finding of inspect(token).findings) console.log(finding.severity, finding.message);
console.log(createVerifier({ keys: key, issuer: "me", audience: "you" }).verify(token).claims.sub);
console.log(createSigner({ key, issuer: "me", audience: "you", expiresIn: "1h" }).sign({ sub: "42" }));
