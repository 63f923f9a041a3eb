/** `rejwt/client`: `fetch` that carries the access token, for browsers and Node. It needs nothing else of this package. */
export type { AuthFetch } from "./auth-fetch.ts";
export { createAuthFetch } from "./auth-fetch.ts";
export type { Dpop, DpopKeyPair, DpopOptions, ProofInput } from "./dpop.ts";
export { createDpop } from "./dpop.ts";
export { RefreshError } from "./error.ts";
export type { AuthFetchOptions } from "./options.ts";
