/** The proof of a key that comes with a login, so that the session can be bound to it: RFC 9449 §4.3, §5. */
import { tokenError } from "../errors.ts";
import { answering, type Check } from "./check.ts";
import { dpopContext } from "./dpop-context.ts";
import { type DpopOptions, readDpop } from "./dpop-options.ts";
import { checkProof } from "./dpop-proof.ts";

/** For `sessions.start({ binding })`. */
export interface ProvenKey {
  /** RFC 7638 thumbprint of the key, base64url. */
  readonly jkt: string;
}

/** @throws CONFIG for an option that is unknown, missing, undefined or malformed */
export function proofCheck(options: DpopOptions): Check<ProvenKey> {
  const policy = { ...readDpop("proofGuard", options), required: true };
  return answering(
    async (request) => {
      const proof = await checkProof(request, policy);
      if (proof === undefined) throw tokenError("PROOF_INVALID", "the request has no DPoP header");
      await proof.use();
      return { jkt: proof.jkt };
    },
    (request) => ({ realm: "session", dpop: dpopContext(request, policy) }),
  );
}
