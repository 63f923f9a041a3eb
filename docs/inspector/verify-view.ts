/** The form that asks for a key, and what comes of it. */
import { ALGS } from "../../src/jwa/alg-names.ts";
import { unwrap } from "../../src/jwt/unwrap.ts";
import { webAlgorithm } from "../../src/web/algorithms.ts";
import { createSigner, importJwk } from "../../src/web/index.ts";
import { element, make } from "./dom.ts";
import { verdictOn } from "./verify.ts";

/** Those that browsers have. */
const WEB_ALGS = ALGS.filter((name) => {
  try {
    return webAlgorithm(name) !== undefined;
  } catch {
    return false;
  }
});

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
  const { privateKey } = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, [
    "sign",
    "verify",
  ]);
  const { kty, crv, x, y, d } = await crypto.subtle.exportKey("jwk", privateKey);
  key.value = JSON.stringify({ kty, crv, x, y }, null, 2);
  alg.value = "ES256";
  issuer.value = "https://auth.example";
  audience.value = "https://api.example";
  typ.value = "";
  const signer = createSigner({
    key: importJwk({ kty, crv, x, y, d }, { alg: "ES256" }),
    issuer: issuer.value,
    audience: audience.value,
    expiresIn: "12m",
  });
  return signer.signAsync({ sub: "user_42", role: "admin" });
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
