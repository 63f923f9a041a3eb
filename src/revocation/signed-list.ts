/**
 * The list as it travels over HTTP: two compact JWS. One holds the entries and is the same for as long as the feed is;
 * the other says as of when it is whole, and is made afresh. Times are milliseconds since 1970 on the issuer's clock.
 */
import { createHash } from "node:crypto";
import { segmentOfText } from "../encoding/payload-text.ts";
import { decodeUtf8 } from "../encoding/utf8.ts";
import { isTokenError } from "../errors.ts";
import type { KeySources } from "../jwk/key-sources.ts";
import { openJws } from "../jws/open.ts";
import { signCompactAsync } from "../jws/sign.ts";
import { checkSignatureAsync } from "../jws/verify.ts";
import type { CurrentKey } from "../jwt/signing-source.ts";
import type { FeedCursor } from "../store/revocation-feed.ts";
import { HttpFeedError } from "./feed-fault.ts";

export const LIST_TYP = "revocations+jwt";
export const AS_OF_TYP = "revocations-as-of+jwt";
export const CONTENT_TYPE = "application/jwt";
/** The header field of the second JWS, in every 200 and 304. */
export const AS_OF_FIELD = "revocations-as-of";

export interface SignedShard {
  readonly position: number;
  readonly history: string;
  /** As `formatRevocation` spells them. */
  readonly entries: readonly string[];
}

export interface SignedList {
  readonly iss: string;
  /** Of the feed's place: what the ETag holds, and what the proof of time is bound to. */
  readonly tag: string;
  readonly maxTokenLifeMs: number;
  readonly shards: readonly SignedShard[];
}

export interface AsOf {
  readonly iss: string;
  readonly tag: string;
  readonly asOf: number;
}

/** The same for every server that has read the feed up to the same place. */
export function tagOf(cursors: readonly FeedCursor[], maxTokenLifeMs: number): string {
  const places = cursors.map(({ position, history }) => [position, history]);
  return createHash("sha256")
    .update(JSON.stringify([maxTokenLifeMs, places]))
    .digest("base64url");
}

export async function signPayload({ key, header }: CurrentKey, payload: SignedList | AsOf): Promise<string> {
  return signCompactAsync(key, header, segmentOfText(JSON.stringify(payload)));
}

/** What signed text is checked against. */
export interface Trust {
  readonly keys: KeySources;
  readonly issuer: string;
  readonly maxBytes: number;
}

/** @throws HttpFeedError */
export async function openList(text: string, trust: Trust): Promise<SignedList> {
  const list = (await openSigned(text, LIST_TYP, trust)) as Partial<SignedList>;
  const { shards, maxTokenLifeMs } = list;
  const isWhole = isTag(list.tag) && isCount(maxTokenLifeMs) && Array.isArray(shards) && shards.every(isShard);
  if (!isWhole) throw new HttpFeedError("malformed", "the signed list lacks a member, or has one of another type");
  return list as SignedList;
}

/** @throws HttpFeedError */
export async function openAsOf(text: string, trust: Trust): Promise<AsOf> {
  const asOf = (await openSigned(text, AS_OF_TYP, trust)) as Partial<AsOf>;
  if (isTag(asOf.tag) && isCount(asOf.asOf)) return asOf as AsOf;
  throw new HttpFeedError("malformed", "the signed time lacks a member, or has one of another type");
}

/** The payload of a JWS of the issuer's. Its JSON is read once its signature held: nobody else can have written it. */
async function openSigned(text: string, typ: string, { keys, issuer, maxBytes }: Trust): Promise<object> {
  const payload = await verified(text, typ, keys, maxBytes).catch((error: unknown) => {
    throw isTokenError(error) ? faultOf(error) : error;
  });
  if (typeof payload !== "object" || payload === null) throw new HttpFeedError("malformed", "the payload is no object");
  if ((payload as Partial<AsOf>).iss !== issuer) throw new HttpFeedError("issuer", "the list is of another issuer");
  return payload;
}

async function verified(text: string, typ: string, keys: KeySources, maxBytes: number): Promise<unknown> {
  const opened = openJws(text, { maxBytes, maxDepth: 8 }, {});
  if (opened.header.typ !== typ) throw new HttpFeedError("type", `the signed text has no typ of "${typ}"`);
  const { keys: candidates, outage } = await keys.candidatesAsync(opened.header.alg, opened.header.kid);
  const { payload } = await checkSignatureAsync(opened, candidates, {}).catch((error: unknown) => {
    throw outage ?? error;
  });
  try {
    return JSON.parse(decodeUtf8(payload));
  } catch {
    throw new HttpFeedError("malformed", "the payload is not JSON");
  }
}

function faultOf(error: Error & { readonly code: string }): HttpFeedError {
  const { code, message } = error;
  if (code === "KEYS_UNAVAILABLE") return new HttpFeedError("keys", message, { cause: error });
  const isUnsigned = code === "SIGNATURE" || code === "KEY_UNKNOWN" || code === "ALG";
  return new HttpFeedError(isUnsigned ? "signature" : "malformed", message, { cause: error });
}

function isShard(value: unknown): boolean {
  const { position, history, entries } = (value ?? {}) as Partial<SignedShard>;
  return isCount(position) && typeof history === "string" && Array.isArray(entries) && entries.every(isText);
}

function isText(value: unknown): boolean {
  return typeof value === "string";
}

function isTag(value: unknown): boolean {
  return typeof value === "string" && /^[\w-]{1,64}$/.test(value);
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
