/** The form that asks for a key, and what comes of it. */
import { unwrap } from "../../src/jwt/unwrap.ts";
import { now, systemClock } from "../../src/time.ts";
import { element, make } from "./dom.ts";
import { verdictOn } from "./verify.ts";
import { signExample, WEB_ALGS } from "./web-crypto.ts";

const key = element<HTMLTextAreaElement>("key");
const alg = element<HTMLSelectElement>("alg");
const issuer = element<HTMLInputElement>("issuer");
const audience = element<HTMLInputElement>("audience");
const typ = element<HTMLInputElement>("typ");
const verdict = element("verdict");

let tell: (holds: boolean) => void = () => {};
/** The latest question; an answer to an earlier one comes too late. */
let asked = 0;

alg.append(...WEB_ALGS.map((name) => make("option", "", name)));
element("verify").addEventListener("submit", (event) => {
  event.preventDefault();
  if (key.value.trim() === "") say("Paste a key first.", "warning");
  else void verify();
});
for (const field of [key, alg, issuer, audience, typ]) field.addEventListener("input", () => say("", ""));

/** @param listener is told each verdict */
export function onVerdict(listener: (holds: boolean) => void): void {
  tell = listener;
}

/** After the token has changed: with a key the verdict follows, without one there is none. */
export function verifyAgain(): void {
  say("", "");
  if (key.value.trim() !== "" && token() !== "") void verify();
}

/** Makes a key pair, shows its public half in the form, and answers a token of it for 12 minutes. */
export async function fillExample(): Promise<string> {
  const iat = Math.floor(now(systemClock));
  const { token, publicJwk } = await signExample({
    sub: "user_42",
    role: "admin",
    iss: "https://auth.example",
    aud: "https://api.example",
    iat,
    exp: iat + 12 * 60,
  });
  key.value = JSON.stringify(publicJwk, null, 2);
  alg.value = "ES256";
  issuer.value = "https://auth.example";
  audience.value = "https://api.example";
  typ.value = "";
  return token;
}

async function verify(): Promise<void> {
  const question = ++asked;
  const { holds, text } = await verdictOn({
    token: token(),
    key: key.value,
    alg: WEB_ALGS.find((name) => name === alg.value) ?? "HS256",
    issuer: issuer.value,
    audience: audience.value,
    typ: typ.value,
  });
  if (question !== asked) return;
  say(text, holds ? "good" : "danger");
  tell(holds);
}

function token(): string {
  return unwrap(element<HTMLTextAreaElement>("token").value);
}

function say(text: string, className: string): void {
  verdict.textContent = text;
  verdict.className = className;
}
