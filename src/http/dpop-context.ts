/** What an answer tells of DPoP: RFC 9449 §7.1 and §8. */
import type { DpopContext } from "./answers.ts";
import type { DpopPolicy } from "./dpop-options.ts";
import { fieldValue, type HttpRequest } from "./exchange.ts";

export function dpopContext(request: HttpRequest, { algs, required, nonces }: DpopPolicy): DpopContext {
  // A refresh by cookie has no scheme; its proof says which is meant.
  const authorization = fieldValue(request, "authorization") ?? (request.values("dpop").length > 0 ? "DPoP" : "");
  return {
    algs: algs.join(" "),
    schemes: required ? ["DPoP"] : ["Bearer", "DPoP"],
    presented: /^dpop\b/i.test(authorization) ? "DPoP" : "Bearer",
    nonce: nonces?.current(),
  };
}
