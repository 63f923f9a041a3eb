/**
 * `npm run bench:timing`: does the time of a refusal tell how much of a MAC was right? Where secrets are compared, wrong in
 * the first byte and wrong in the last must take the same time. The control, a comparison that stops at the first
 * difference, must be told apart, or the measurement proves nothing.
 */
import { createSessions, createSigner, createVerifier, memoryStore, secretKey } from "../../dist/index.js";
import { samples, THRESHOLD, welch } from "./welch.mjs";

const ROUNDS = Number(process.env.ROUNDS ?? 4000);
const common = { issuer: "https://auth.example", audience: "https://api.example" };

/** The text with one character in the bytes of its last segment changed; `at` counts from the segment's start. */
function changed(text, at) {
  const start = text.lastIndexOf(".") + 1;
  const index = start + at;
  return text.slice(0, index) + (text[index] === "A" ? "B" : "A") + text.slice(index + 1);
}

function refuses(run) {
  return () => {
    try {
      run();
    } catch {
      return;
    }
    throw new Error("this must be refused");
  };
}

function ofVerifier(alg) {
  const key = secretKey("x".repeat(64), { alg });
  const token = createSigner({ key, ...common, expiresIn: "15m" }).sign({ sub: "user_42" });
  const verifier = createVerifier({ keys: key, ...common });
  const length = token.length - token.lastIndexOf(".") - 1;
  const [early, late] = [changed(token, 0), changed(token, length - 3)];
  return [refuses(() => verifier.verify(early)), refuses(() => verifier.verify(late))];
}

/** Refresh tokens end with their MAC of 32 bytes: 43 characters. */
async function ofRefreshTokens() {
  const signer = createSigner({ key: secretKey("x".repeat(64), { alg: "HS256" }), ...common, expiresIn: "15m" });
  const sessions = createSessions({
    signer,
    store: memoryStore(),
    refreshSecrets: ["y".repeat(32)],
    idle: "14d",
    absolute: "90d",
  });
  const { refreshToken } = await sessions.start({ subject: "user_42" });
  const [early, late] = [
    changed(refreshToken, refreshToken.length - 42),
    changed(refreshToken, refreshToken.length - 2),
  ];
  // The MAC is judged before the first await; that the promise is rejected is looked at outside the measurement.
  const run = (text) => () => void sessions.refresh(text).catch(() => {});
  return [run(early), run(late)];
}

/** Stops at the first difference, as `===` over the decoded bytes would. */
function ofControl() {
  const secret = Buffer.alloc(32, 7);
  const [early, late] = [Buffer.from(secret), Buffer.from(secret)];
  early[0] ^= 1;
  late[31] ^= 1;
  const compare = (given) => {
    for (let at = 0; at < secret.length; at++) {
      if (given[at] !== secret[at]) return at;
    }
    return secret.length;
  };
  return [() => compare(early), () => compare(late)];
}

const cases = [
  { name: "control: a comparison that stops early", pair: ofControl(), batch: 200, leaks: true },
  { name: "verify, HS256", pair: ofVerifier("HS256"), batch: 5, leaks: false },
  { name: "verify, HS512", pair: ofVerifier("HS512"), batch: 5, leaks: false },
  { name: "refresh token, MAC", pair: await ofRefreshTokens(), batch: 5, leaks: false },
];

let failed = false;
for (const { name, pair, batch, leaks } of cases) {
  // Chance alone passes the threshold now and then, on a busy machine more often: twice in three is no chance.
  const scores = [1, 2, 3].map(() => welch(...samples(pair[0], pair[1], ROUNDS, batch)));
  const told = scores.filter((score) => score > THRESHOLD).length >= 2;
  failed ||= told !== leaks;
  const verdict = told ? "the two can be told apart" : "the two cannot be told apart";
  console.log(
    `${name.padEnd(42)} |t| ${scores.map((score) => score.toFixed(1)).join(", ")}: ${verdict}${told === leaks ? "" : "  <-- WRONG"}`,
  );
  await new Promise((resolve) => setImmediate(resolve));
}
process.exitCode = failed ? 1 : 0;
