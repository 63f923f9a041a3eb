/** The inspector page: what is typed into it is inspected, shown, and verified where there is a key. */
import { visible, visibleJson } from "../../src/cli/visible.ts";
import { whyNotAToken } from "../../src/cli/why-not-a-token.ts";
import { inspect } from "../../src/jwt/inspect.ts";
import { systemClock } from "../../src/time.ts";
import { showBytes } from "./bytes-view.ts";
import { element, make } from "./dom.ts";
import { segmentOf } from "./payload.ts";
import { showTimes } from "./times-view.ts";
import { fillExample, onVerdict, verifyAgain } from "./verify-view.ts";

const token = element<HTMLTextAreaElement>("token");
const payload = element<HTMLTextAreaElement>("payload");
const summary = element("summary");
const seal = element("seal");

/** The token as it was pasted: what its signature was made for, as far as anybody knows. */
let pasted: { readonly segments: readonly string[]; readonly json: unknown } | undefined;
/** Whether the payload was changed since. */
let isEdited = false;

const SEALED = "Made for exactly these bytes. Whether with the right key, only a key can tell: verify below.";
const UNSIGNED = "There is none: anybody can write such a token, and change it.";
const BROKEN = "Broken: it was made for another payload, and nobody without the key can make a new one.";

/** @param keepPayload while somebody types in it, the payload's field is left alone */
function show({ keepPayload = false } = {}): void {
  const report = inspect(token.value);
  const isToken = report.kind === "jws" || report.kind === "jwe";
  for (const id of ["bytes-section", "parts"]) element(id).hidden = !isToken;
  element("findings-section").hidden = report.findings.length === 0 || token.value === "";
  element("restore").hidden = !isEdited;
  summary.textContent = sentence(report);

  showBytes(isToken ? report.segments : [], isEdited);
  showTimes(report.times, systemClock());
  element("findings").replaceChildren(
    ...report.findings.map(({ severity, message }) =>
      make("li", "", make("span", `severity ${severity}`, severity), " ", visible(message)),
    ),
  );
  const [header, body, signature] = report.segments;
  element("header").textContent = header?.json === undefined ? "not a JSON object" : visibleJson(header.json);
  if (!keepPayload) payload.value = body?.json === undefined ? "" : visibleJson(body.json);
  // Only a JWS has a payload that can be read.
  payload.disabled = report.kind !== "jws" || body?.bytes === undefined;
  element("signature").textContent = report.kind === "jws" ? `${signature?.bytes?.length ?? 0} bytes` : "";
  if (report.kind !== "jws") tellSeal("", "");
  else if (signature?.text === "") tellSeal(UNSIGNED, "danger");
  else tellSeal(isEdited ? BROKEN : SEALED, isEdited ? "danger" : "");
  if (!keepPayload) {
    pasted =
      report.kind === "jws" ? { segments: report.segments.map(({ text }) => text), json: body?.json } : undefined;
  }
  verifyAgain();
}

function sentence(report: ReturnType<typeof inspect>): string {
  if (token.value.trim() === "") return "Paste a token, or make an example.";
  if (report.kind === "not-a-token") return `${whyNotAToken(report)}.`;
  if (report.kind === "jwe") return "An encrypted token (JWE): only its header can be read.";
  if (report.kind === "refresh-token") {
    return "A refresh token of rejwt. It says nothing to anybody but the server that made it.";
  }
  return "A signed token. Anybody can read it, and nothing of it is proved until it is verified.";
}

function tellSeal(text: string, className: string): void {
  seal.textContent = text;
  seal.className = `seal ${className}`;
}

function setToken(text: string): void {
  isEdited = false;
  token.value = text;
  show();
}

token.addEventListener("input", () => setToken(token.value));
element("clear").addEventListener("click", () => {
  setToken("");
  token.focus();
});
element("restore").addEventListener("click", () => {
  setToken(pasted?.segments.join(".") ?? "");
  payload.focus();
});
element("example").addEventListener("click", () => void fillExample().then(setToken));

payload.addEventListener("input", () => {
  if (pasted === undefined) return;
  const [header, text = "", signature] = pasted.segments;
  const segment = segmentOf(payload.value, { text, json: pasted.json });
  isEdited = segment !== text;
  token.value = `${header}.${segment}.${signature}`;
  show({ keepPayload: true });
});

onVerdict((holds) => {
  if (holds && !isEdited) tellSeal("Holds: the key below made it, for exactly these bytes.", "good");
});

// "in 12 minutes" is true for a minute.
setInterval(() => {
  if (!document.hidden && token.value !== "") showTimes(inspect(token.value).times, systemClock());
}, 10_000);

show();
