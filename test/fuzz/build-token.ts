/** From an attacker's draft to the token that is sent. */
import type { Key } from "../../src/index.ts";
import { segment, signatureOf } from "../fixtures/tokens.ts";
import { type Draft, docText, type Edit } from "./drafts.ts";

/** @param key of the draft's algorithm; `other` signs where the draft says that the signature is another's */
export function buildToken(draft: Draft, key: Key, other: Key): string {
  const header = segment(docText(draft.header));
  const payload = segment(docText(draft.payload));
  const signature = signatureOf(draft.signed ? key : other, header, payload);
  return draft.edits.reduce(applyEdit, `${header}.${payload}.${signature}`);
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

function applyEdit(token: string, edit: Edit): string {
  const segments = token.split(".");
  const index = edit.segment % segments.length;
  const old = segments[index] ?? "";
  const at = old === "" ? 0 : edit.at % old.length;
  const withText = (text: string): string => segments.map((one, i) => (i === index ? text : one)).join(".");
  switch (edit.what) {
    case "pad":
      return withText(old.padEnd(Math.ceil(old.length / 4) * 4, "=").padEnd(old.length + 1, "="));
    case "standard alphabet":
      return withText(old.replaceAll("-", "+").replaceAll("_", "/"));
    case "white space":
      return withText(`${old.slice(0, at)}${" \n\t\r"[edit.at % 4]}${old.slice(at)}`);
    case "spare bits":
      return withText(old.slice(0, -1) + (ALPHABET[ALPHABET.indexOf(old.at(-1) ?? "A") ^ 1] ?? "B"));
    case "cut":
      return withText(old.slice(0, at));
    case "extend":
      return withText(old + "A".repeat(1 + (edit.at % 4)));
    case "flip":
      return withText(old.slice(0, at) + (ALPHABET[edit.at % 64] ?? "A") + old.slice(at + 1));
    case "zero":
      return withText("A".repeat(old.length));
    case "double":
      return [...segments.slice(0, index), old, ...segments.slice(index)].join(".");
    case "drop":
      return segments.filter((_one, i) => i !== index).join(".");
    case "swap":
      return segments.toReversed().join(".");
    case "prefix":
      return `${["Bearer ", " ", "\ufeff", "."][edit.at % 4]}${token}`;
    case "suffix":
      return `${token}${["\n", " ", "=", "."][edit.at % 4]}`;
    case "odd character":
      return withText(
        `${old.slice(0, at)}${["é", "\ud800", "\u2024", "\u0000", "%2E"][edit.at % 5]}${old.slice(at + 1)}`,
      );
  }
}
