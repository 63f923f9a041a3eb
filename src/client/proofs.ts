/** The token and its proof on a request, and the nonces that servers ask for: RFC 6750 §2.1, RFC 9449 §7, §8. */
import type { AccessToken } from "./access-token.ts";
import { errorOf } from "./answer.ts";
import type { Dpop } from "./dpop.ts";

export interface Proofs {
  /** Sets `DPoP`, for this request alone. */
  sign(request: Request, token: AccessToken | undefined): Promise<void>;
  /** Keeps the nonce that an answer brings. True where the request was refused for want of one, and may be sent again. */
  asksForNonce(request: Request, response: Response): Promise<boolean>;
}

/** The last nonce of each origin: RFC 9449 §8.2. */
export function proofsOf(dpop: Dpop): Proofs {
  const nonces = new Map<string, string>();
  return {
    sign: async (request, token) => {
      const { method, url } = request;
      const nonce = nonces.get(new URL(url).origin);
      const proof = await dpop.proof({ method, url, nonce, ...(token && { accessToken: token.text }) });
      request.headers.set("DPoP", proof);
    },
    asksForNonce: async (request, response) => {
      const nonce = response.headers.get("dpop-nonce");
      if (nonce === null || nonce === "") return false;
      nonces.set(new URL(request.url).origin, nonce);
      const refused = response.status === 401 || response.status === 400;
      return refused && (await errorOf(response)) === "use_dpop_nonce";
    },
  };
}

/** Puts the token on a request, and its proof where it is bound to a key. */
export async function authorize(request: Request, token: AccessToken, proofs: Proofs | undefined): Promise<void> {
  request.headers.set("Authorization", `${token.scheme} ${token.text}`);
  if (token.scheme === "DPoP" && proofs !== undefined) await proofs.sign(request, token);
}
