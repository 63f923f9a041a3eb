/** The token's text in the colours of its parts, with the bytes that each four characters spell. */
import type { InspectedSegment } from "../../src/jwt/finding.ts";
import { element, make } from "./dom.ts";

/** Characters. Beyond, the browser would be busy with spans that nobody looks at. */
const MOST_SHOWN = 16_384;
const CHARACTERS = 4;
const BYTES = 3;

const view = element("bytes");
const line = element("byte-line");
let chosen: HTMLElement | undefined;

/** @param broken whether the signature was made for other bytes than these */
export function showBytes(segments: readonly InspectedSegment[], broken: boolean): void {
  chosen = undefined;
  line.textContent = "";
  view.removeAttribute("aria-activedescendant");
  const length = segments.reduce((sum, { text }) => sum + text.length, 0);
  view.replaceChildren(
    ...(length > MOST_SHOWN
      ? [`${length} characters: too many to be shown one by one.`]
      : segments.flatMap((segment, at) => [...(at === 0 ? [] : ["."]), part(segment, broken)])),
  );
}

function part({ name, text, bytes }: InspectedSegment, broken: boolean): HTMLElement {
  const groups: HTMLElement[] = [];
  for (let at = 0; at * CHARACTERS < text.length; at++) {
    const group = make("span", "group", text.slice(at * CHARACTERS, (at + 1) * CHARACTERS));
    group.role = "option";
    group.id = `${name}-${at}`;
    const meaning = bytes === undefined ? "not base64url" : describe(bytes.subarray(at * BYTES, (at + 1) * BYTES));
    group.ariaLabel = `${name}: ${group.textContent} = ${meaning}`;
    groups.push(group);
  }
  const whole = make("span", name === "signature" && broken ? "signature broken" : name, ...groups);
  whole.role = "group";
  whole.ariaLabel = name;
  return whole;
}

/** `7b 22 61  {"a` */
function describe(bytes: Uint8Array): string {
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
  const text = [...bytes].map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : "·")).join("");
  return `${hex}   ${text}`;
}

function choose(group: HTMLElement | undefined): void {
  if (group === undefined || group === chosen) return;
  chosen?.classList.remove("chosen");
  chosen = group;
  group.classList.add("chosen");
  view.setAttribute("aria-activedescendant", group.id);
  line.textContent = group.ariaLabel;
}

view.addEventListener("pointerover", ({ target }) => {
  if (target instanceof HTMLElement && target.classList.contains("group")) choose(target);
});

view.addEventListener("focus", () => {
  if (chosen === undefined) choose(groupsOf()[0]);
});

/** How far each key moves, in groups. */
const STEPS: Readonly<Record<string, number>> = {
  ArrowRight: 1,
  ArrowLeft: -1,
  ArrowDown: 16,
  ArrowUp: -16,
  Home: Number.NEGATIVE_INFINITY,
  End: Number.POSITIVE_INFINITY,
};

view.addEventListener("keydown", (event) => {
  const step = STEPS[event.key];
  if (step === undefined) return;
  event.preventDefault();
  const groups = groupsOf();
  const at = chosen === undefined ? -1 : groups.indexOf(chosen);
  choose(groups[Math.max(0, Math.min(groups.length - 1, at + step))]);
});

function groupsOf(): readonly HTMLElement[] {
  return [...view.querySelectorAll<HTMLElement>(".group")];
}
