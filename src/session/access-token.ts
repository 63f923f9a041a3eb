/** The access token that goes with a refresh token: whose it is, and when the store last knew the session to live. */
import { randomUUID } from "node:crypto";
import type { ReservedClaims, SessionMint } from "../jwt/session-mint.ts";
import { configError } from "../options.ts";
import type { Family } from "../store/contract.ts";
import { parseSessionId } from "../store/session-id.ts";
import { sessionOf } from "./session-view.ts";
import type { Session } from "./types.ts";

/** A family as the store had it at one moment of its clock. */
export interface FamilyMoment {
  readonly family: Family;
  readonly nowMs: number;
}

export interface AccessToken {
  readonly text: string;
  /** The store's time that it is stamped with. */
  readonly issuedAtMs: number;
}

/** Makes access tokens for one `createSessions`. */
export interface AccessTokens {
  /** Seconds that each lives. */
  readonly expiresIn: number;
  /** True where nothing about signing can wait or fail, so that it may follow the commit: one call of the store. */
  readonly followsCommit: boolean;
  /** Throws now what `sign` would throw. */
  checkReady(): void;
  /** For `followsCommit` only. */
  sign(moment: FamilyMoment): AccessToken;
  /** Asks `claims`, then signs. Undefined where `claims` denies the session. */
  prepare(moment: FamilyMoment): Promise<AccessToken | undefined>;
}

type AskClaims = (session: Session<never>) => object | null | Promise<object | null>;

/** @throws CONFIG where the signer's tokens never expire: revoking them could never be forgotten */
export function createAccessTokens(mint: SessionMint, claims: AskClaims | undefined): AccessTokens {
  const { expiresIn } = mint;
  if (expiresIn === undefined) {
    throw configError(
      "createSessions",
      'option "signer" was made with `expiresIn: false`: give its access tokens minutes',
    );
  }
  return {
    expiresIn,
    followsCommit: mint.synchronous && claims === undefined,
    checkReady: () => mint.checkReady(),
    sign: (moment) => {
      const text = mint.sign({}, reservedClaims(moment), issuedAt(moment));
      return { text, issuedAtMs: moment.nowMs };
    },
    prepare: async (moment) => {
      const own = claims === undefined ? {} : await claims(sessionOf(moment.family) as Session<never>);
      if (own === null) return undefined;
      // A forgotten `return` must neither end the session nor sign a token without its claims.
      if (own === undefined)
        throw configError("createSessions", "`claims` answered undefined: answer an object, or null to end");
      const text = await mint.signAsync(own, reservedClaims(moment), issuedAt(moment));
      return { text, issuedAtMs: moment.nowMs };
    },
  };
}

/** A NumericDate in whole seconds: RFC 7519 §4.1.6. */
function issuedAt({ nowMs }: FamilyMoment): number {
  return Math.floor(nowMs / 1000);
}

function reservedClaims({ family, nowMs }: FamilyMoment): ReservedClaims {
  const { sessionId, subject, epochs, binding } = family;
  const shard = parseSessionId(sessionId)?.shard ?? 0;
  return {
    sub: subject,
    sid: sessionId,
    jti: randomUUID(),
    rv: { t: nowMs / 1000, s: epochs.subject, e: epochs.everyone, shard },
    ...(binding?.jkt === undefined ? {} : { cnf: { jkt: binding.jkt } }),
  };
}
