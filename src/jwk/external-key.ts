/** Keys whose private half is elsewhere: a KMS, an HSM, an agent. They sign there, and verify here. */
import { tokenError } from "../errors.ts";
import type { AsymmetricAlg } from "../jwa/algorithm.ts";
import { algorithm } from "../jwa/algorithms.ts";
import { rawFromDer } from "../jwa/ecdsa-der.ts";
import { checkDefined, checkFunction, checkNames, configError, isBytes, timeoutOption } from "../options.ts";
import { createExternalKey, type Key, materialOf } from "./key.ts";

/** Signs asynchronously, elsewhere; verifies synchronously, here. */
export interface ExternalKey {
  readonly alg: AsymmetricAlg;
  readonly kid: string;
  readonly canSign: true;
  readonly "~signs": "async";
  readonly "~verifies": "sync";
}

export interface ExternalKeyOptions {
  /** From importPem or importJwk; `alg` and `kid` are this key's. */
  readonly publicKey: Key;
  /** Gets the signing input itself, not a digest; answers the signature. */
  readonly sign: (signingInput: Uint8Array) => Promise<Uint8Array>;
  /** How the signer spells ECDSA signatures. Default "raw" (r‖s); AWS KMS and Google Cloud KMS answer "der". */
  readonly ecdsaFormat?: "raw" | "der";
  /** Default 5000. */
  readonly timeoutMs?: number;
}

const NAMES = ["publicKey", "sign", "ecdsaFormat", "timeoutMs"] as const;
const WHERE = "externalKey";

/**
 * A key that signs through `sign`. Its first signature is verified with the public key before it is used, so that a
 * wrong key, algorithm or format is found at once and not by everybody's verifiers.
 * @throws CONFIG at creation for wrong options, and when signing where the signature is not this key's;
 *   SIGNER_UNAVAILABLE when signing where `sign` throws or takes too long
 */
export function externalKey(options: ExternalKeyOptions): ExternalKey {
  checkNames(WHERE, options, NAMES);
  checkDefined(WHERE, options, NAMES);
  const { publicKey, sign, ecdsaFormat = "raw", timeoutMs = 5000 } = options;
  const { verifying } = materialOf(publicKey);
  if (verifying.type !== "public") throw configError(WHERE, 'option "publicKey" must be a key of a key pair');
  checkFunction(WHERE, "sign", sign);
  if (ecdsaFormat !== "raw" && ecdsaFormat !== "der") {
    throw configError(WHERE, 'option "ecdsaFormat" must be "raw" or "der"');
  }
  timeoutOption(WHERE, "timeoutMs", timeoutMs);
  const row = algorithm(publicKey.alg);
  const size = row.signatureSize(verifying);
  let proven = false;

  const signElsewhere = async (input: Uint8Array): Promise<Uint8Array> => {
    const answer = await answerInTime(sign, input, timeoutMs);
    const isDer = ecdsaFormat === "der" && row.kty === "EC";
    const signature = isDer ? rawFromDer(answer, size / 2) : answer;
    if (signature?.length !== size)
      throw misconfigured(`an answer of ${answer.length} bytes in format "${ecdsaFormat}"`);
    if (!proven && !row.verify(verifying, input, signature)) {
      throw misconfigured(
        "a signature that the public key does not verify: is it the right key, version and algorithm?",
      );
    }
    proven = true;
    return signature;
  };
  return createExternalKey(publicKey, signElsewhere) as ExternalKey;
}

async function answerInTime(
  sign: ExternalKeyOptions["sign"],
  input: Uint8Array,
  timeoutMs: number,
): Promise<Uint8Array> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(unavailable(`did not answer within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    const answer: unknown = await Promise.race([attempt(sign, input), timeout]);
    if (!isBytes(answer)) throw misconfigured("something else than bytes");
    return answer;
  } finally {
    clearTimeout(timer);
  }
}

async function attempt(sign: ExternalKeyOptions["sign"], input: Uint8Array): Promise<Uint8Array> {
  try {
    return await sign(input);
  } catch (cause) {
    throw unavailable("failed", cause);
  }
}

function unavailable(what: string, cause?: unknown): Error {
  return tokenError("SIGNER_UNAVAILABLE", `the external signer ${what}: nothing was signed`, { cause });
}

function misconfigured(what: string): Error {
  return configError(WHERE, `the signer answered ${what}`);
}
