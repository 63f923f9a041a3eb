/** Checking a DPoP proof: RFC 9449 §4.3, its twelve steps in order. */
import { createHash } from "node:crypto";
import { parseJsonObject } from "../encoding/json.ts";
import { isTokenError, tokenError } from "../errors.ts";
import type { AsymmetricAlg } from "../jwa/algorithm.ts";
import { importJwk, type Jwk } from "../jwk/jwk.ts";
import { type Key, materialOf } from "../jwk/key.ts";
import { thumbprint } from "../jwk/thumbprint.ts";
import type { ParsedHeader } from "../jws/header.ts";
import { openJws } from "../jws/open.ts";
import { checkSignatureAsync } from "../jws/verify.ts";
import { checkTyp } from "../jwt/media-type.ts";
import { markUsed } from "../jwt/single-use.ts";
import { now } from "../time.ts";
import type { DpopPolicy } from "./dpop-options.ts";
import { isTarget } from "./dpop-target.ts";
import type { HttpRequest } from "./exchange.ts";

export interface DpopProof {
  /** The RFC 7638 thumbprint of the key that signed it. */
  readonly jkt: string;
  /** To be called when everything else held, so that what is refused fills no store. @throws PROOF_INVALID the second time */
  use(): Promise<void>;
}

/** Of the whole proof: an RSA key of 4096 bits and its signature take 1,500 characters. */
const LIMITS = { maxBytes: 4096, maxDepth: 4 };
const MOST_JTI_CHARACTERS = 256;
const TYP = "application/dpop+jwt";

/**
 * The proof of a request, checked; undefined where it has no `DPoP` header.
 * @param accessToken that comes with it, whose hash the proof must then hold
 * @throws PROOF_INVALID, PROOF_NONCE
 */
export async function checkProof(
  request: HttpRequest,
  policy: DpopPolicy,
  accessToken?: string,
): Promise<DpopProof | undefined> {
  const [text, ...more] = request.values("dpop");
  if (text === undefined) return undefined;
  if (more.length > 0) throw invalid("there is more than one");
  const { jkt, claims } = await verifyProof(text, policy);
  const { jti, htm, htu, iat, ath, nonce } = claims;

  if (typeof jti !== "string" || jti === "" || jti.length > MOST_JTI_CHARACTERS) {
    throw invalid(`jti must be text of 1 to ${MOST_JTI_CHARACTERS} characters`);
  }
  if (htm !== request.method) throw invalid("htm is another method");
  if (typeof htu !== "string" || !isTarget(htu, request.target, policy.origins))
    throw invalid("htu is another address");
  // Before iat: a client whose clock is wrong learns the nonce first, and may set its clock by the answer's Date.
  if (policy.nonces !== undefined && !(typeof nonce === "string" && policy.nonces.accepts(nonce))) {
    throw tokenError("PROOF_NONCE", "the DPoP proof has no nonce of this server, or an old one");
  }
  const time = now(policy.clock);
  if (typeof iat !== "number" || !Number.isFinite(iat) || Math.abs(time - iat) > policy.window) {
    throw invalid(`iat is not within ${policy.window} s of this server's clock`);
  }
  if (accessToken !== undefined && ath !== hash(accessToken)) throw invalid("ath is the hash of another token");

  return {
    jkt,
    use: async () => {
      // One fixed length, whatever the client chose; another key's proofs are others.
      const id = `dpop ${hash(`${jkt} ${jti}`)}`;
      const until = new Date((iat + policy.window) * 1000);
      if (!(await markUsed(policy.usedProofs, id, until))) throw invalid("it was used before");
    },
  };
}

type Claims = Readonly<Record<string, unknown>>;

/** Whatever is wrong with what the client wrote is wrong with the proof, and no programmer's mistake. */
async function verifyProof(
  text: string,
  policy: DpopPolicy,
): Promise<{ readonly jkt: string; readonly claims: Claims }> {
  try {
    const opened = openJws(text, LIMITS, {});
    checkTyp(opened.header.typ, TYP);
    const key = keyOf(opened.header, policy.algs);
    const { payload } = await checkSignatureAsync(opened, [key], {});
    return { jkt: thumbprint(materialOf(key).verifying), claims: parseJsonObject(payload, LIMITS.maxDepth, "payload") };
  } catch (cause) {
    if (isTokenError(cause)) throw invalid(cause.code, cause);
    throw cause;
  }
}

/** @throws TokenError for an alg that is not asked for, and for a key that is not public, sound and of that alg */
function keyOf({ alg, jwk }: ParsedHeader, algs: readonly AsymmetricAlg[]): Key {
  const allowed = algs.find((one) => one === alg);
  if (allowed === undefined) throw tokenError("ALG", "the proof's alg is not one of those asked for");
  const key = importJwk(jwk as Jwk, { alg: allowed });
  if (key.canSign || materialOf(key).verifying.type !== "public") {
    throw tokenError("KEY_INVALID", "the proof's jwk holds the private key, which is nobody's own any more");
  }
  return key;
}

/** RFC 9449 §4.2: SHA-256 of the ASCII text, base64url. */
function hash(text: string): string {
  return createHash("sha256").update(text).digest("base64url");
}

function invalid(problem: string, cause?: unknown): Error {
  return tokenError("PROOF_INVALID", `the DPoP proof is refused: ${problem}`, { cause });
}
