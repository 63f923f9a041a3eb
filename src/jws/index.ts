/** `rejwt/jws`: the steps by which a token is made and checked, for learners, tools and test vectors. */
export { decodeBase64url, encodeBase64url } from "../encoding/base64url.ts";
export type { CompactToken } from "./compact.ts";
export { splitCompact } from "./compact.ts";
export type { Header } from "./header.ts";
export type { JwsHeader } from "./header-segment.ts";
export { signBytes, signJws } from "./sign.ts";
export { verifyBytes, verifyJws } from "./verify.ts";
