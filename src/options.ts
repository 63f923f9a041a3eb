/** What a caller may pass: unknown names and half-set options are refused by name, at once. */

import { tokenError } from "./errors.ts";

/** Where an option stands, for the message: `createVerifier: option "audience" …`. */
export function configError(where: string, problem: string, cause?: unknown): Error {
  return tokenError("CONFIG", `${where}: ${problem}`, { cause });
}

/** Refuses anything but an object, whatever names it has. @throws CONFIG */
export function checkObject(where: string, options: unknown): asserts options is object {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw configError(where, "the options must be an object");
  }
}

/**
 * Refuses anything but an options object of its own members whose every name is known. What somebody put on a prototype,
 * such as `Object.prototype.expiry`, sets no option.
 * @throws CONFIG
 */
export function checkNames(where: string, options: unknown, known: readonly string[]): void {
  checkObject(where, options);
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) {
      throw configError(where, `there is no option "${name}". The options are: ${known.join(", ")}`);
    }
  }
  for (const name of known) {
    if (name in options && !Object.hasOwn(options, name)) {
      throw configError(where, `option "${name}" is inherited. Give it as the object's own: { ...options, ${name} }`);
    }
  }
}

/**
 * Refuses `{ name: undefined }` for options that tighten: `{ subject: process.env.SUBJECT }` must not turn a check off.
 * Without exactOptionalPropertyTypes, TypeScript lets it through.
 * @throws CONFIG
 */
export function checkDefined(where: string, options: object, names: readonly string[]): void {
  for (const name of names) {
    if (Object.hasOwn(options, name) && (options as Record<string, unknown>)[name] === undefined) {
      throw configError(where, `option "${name}" is undefined. Is its environment variable set?`);
    }
  }
}

/** The value of an option that must be non-empty text. @throws CONFIG */
export function textOption(where: string, name: string, value: unknown): string {
  if (typeof value !== "string" || value === "") {
    throw configError(where, `option "${name}" must be non-empty text`);
  }
  return value;
}

/** Non-empty text, or an array of it, as a new array; undefined for anything else. A hole in an array is no text. */
export function textsOf(value: unknown): readonly string[] | undefined {
  const texts: unknown[] = Array.isArray(value) ? [...value] : [value];
  const isTexts = texts.length > 0 && texts.every((text) => typeof text === "string" && text !== "");
  return isTexts ? (texts as string[]) : undefined;
}

/** The value of an option that is off unless it is said to be on. @throws CONFIG */
export function flagOption(where: string, name: string, value: unknown): boolean {
  if (value !== undefined && typeof value !== "boolean") throw configError(where, `option "${name}" must be a boolean`);
  return value === true;
}

// The getter reads what the engine knows: no object passes for bytes by its prototype, and bytes of another realm do pass.
const typedArrayName = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype),
  Symbol.toStringTag,
)?.get;

/** True for a Uint8Array, of whatever realm. */
export function isBytes(value: unknown): value is Uint8Array {
  return typedArrayName?.call(value) === "Uint8Array";
}

/** Refuses anything but bytes. @throws CONFIG */
export function checkBytes(where: string, what: string, value: unknown): void {
  if (!isBytes(value)) throw configError(where, `the ${what} must be bytes (a Uint8Array)`);
}

/** The value of an option that must be a function. @throws CONFIG */
export function checkFunction(where: string, name: string, value: unknown): void {
  if (typeof value !== "function") throw configError(where, `option "${name}" must be a function`);
}

/** The value of an option that must be a whole number from `least` up. @throws CONFIG */
export function countOption(where: string, name: string, value: unknown, least: number): number {
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < least) {
    throw configError(where, `option "${name}" must be a whole number of at least ${least}`);
  }
  return value;
}

/** The longest time that a timer counts to, about 25 days: a longer one would end at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** The value of an option that is a timeout in milliseconds. @throws CONFIG */
export function timeoutOption(where: string, name: string, value: unknown): number {
  const ms = countOption(where, name, value, 1);
  if (ms > MAX_TIMER_MS) throw configError(where, `option "${name}" must be at most ${MAX_TIMER_MS} ms`);
  return ms;
}
