/** What `sign` may be asked for: the checks of jsonwebtoken, in its words. */
import { isUint8Array } from "node:util/types";
import { isAlgorithm } from "./jsonwebtoken-key.ts";
import type { SignOptions } from "./jsonwebtoken-types.ts";

type Check = readonly [isValid: (value: unknown) => boolean, message: string];

const isText = (value: unknown): boolean => typeof value === "string";
const isFlag = (value: unknown): boolean => typeof value === "boolean";
const isSpan = (value: unknown): boolean => Number.isInteger(value) || (typeof value === "string" && value !== "");
const isPlain = (value: unknown): value is Record<string, unknown> => {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
};
const span = (name: string): Check => [
  isSpan,
  `"${name}" should be a number of seconds or string representing a timespan`,
];
const text = (name: string): Check => [isText, `"${name}" must be a string`];
const flag = (name: string): Check => [isFlag, `"${name}" must be a boolean`];

const CHECKS: Readonly<Record<keyof SignOptions, Check>> = {
  algorithm: [isAlgorithm, '"algorithm" must be a valid string enum value'],
  expiresIn: span("expiresIn"),
  notBefore: span("notBefore"),
  audience: [
    (value) => isText(value) || (Array.isArray(value) && value.every(isText)),
    '"audience" must be a string or array',
  ],
  header: [isPlain, '"header" must be an object'],
  encoding: [(value) => value === "utf8" || value === "utf-8", '"encoding" must be "utf8"'],
  issuer: text("issuer"),
  subject: text("subject"),
  jwtid: text("jwtid"),
  keyid: text("keyid"),
  noTimestamp: flag("noTimestamp"),
  mutatePayload: flag("mutatePayload"),
  allowInsecureKeySizes: flag("allowInsecureKeySizes"),
};

const FOR_OBJECTS = ["expiresIn", "notBefore", "noTimestamp", "audience", "issuer", "subject", "jwtid"] as const;

/** @throws Error for an option that is unknown, undefined or of the wrong type, or that a text payload cannot have */
export function checkSignOptions(options: SignOptions, payload: unknown): void {
  if (!isPlain(options)) throw new Error('Expected "options" to be a plain object.');
  for (const [name, value] of Object.entries(options)) {
    const check = Object.hasOwn(CHECKS, name) ? CHECKS[name as keyof SignOptions] : undefined;
    if (check === undefined) throw new Error(`"${name}" is not allowed in "options"`);
    if (!check[0](value)) throw new Error(check[1]);
  }
  checkHeader(options);
  if (payload === undefined) throw new Error("payload is required");
  if (typeof payload === "object" && !isUint8Array(payload)) return;
  const wrong = FOR_OBJECTS.filter((name) => options[name] !== undefined);
  if (wrong.length > 0) throw new Error(`invalid ${wrong.join(",")} option for ${typeof payload} payload`);
  if (typeof payload !== "string" && !isUint8Array(payload))
    throw new Error("payload must be an object, text or bytes");
}

/** Members that would change what the token means are this package's to write. */
function checkHeader({ header = {}, algorithm = "HS256" }: SignOptions): void {
  if (header.alg !== undefined && header.alg !== algorithm) {
    throw new Error(`"header.alg" must be the algorithm, ${algorithm}: set "algorithm"`);
  }
  for (const name of ["crit", "b64"]) {
    if (Object.hasOwn(header, name)) throw new Error(`"header.${name}" is not supported`);
  }
}

const TIMES = ["iat", "exp", "nbf"] as const;
const SET_BY = {
  exp: "expiresIn",
  nbf: "notBefore",
  aud: "audience",
  iss: "issuer",
  sub: "subject",
  jti: "jwtid",
} as const;

/** @throws Error for a payload that is no plain object, times that are no numbers, and a claim that is set twice */
export function checkClaims(payload: unknown, options: SignOptions): asserts payload is Record<string, unknown> {
  if (!isPlain(payload)) throw new Error('Expected "payload" to be a plain object.');
  for (const name of TIMES) {
    if (payload[name] !== undefined && !Number.isFinite(payload[name])) {
      throw new Error(`"${name}" should be a number of seconds`);
    }
  }
  for (const [claim, option] of Object.entries(SET_BY)) {
    if (payload[claim] === undefined || options[option] === undefined) continue;
    const said = option === "expiresIn" || option === "notBefore" ? "the payload" : "The payload";
    throw new Error(
      `Bad "options.${option}" option${said === "the payload" ? "" : "."} ${said} already has an "${claim}" property.`,
    );
  }
}
