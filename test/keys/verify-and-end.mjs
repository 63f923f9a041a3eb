/** Verifies a token with fetched keys, and then has nothing more to do: the process must end by itself. */
import { createVerifier } from "rejwt";
import { remoteKeys } from "rejwt/jwks";

const { URL: url, TOKEN: token = "", ISSUER: issuer, CLOSE: close } = process.env;
const keys = remoteKeys(url, { algs: ["ES256"], allowHttp: true, timeoutMs: 60_000 });
const verifier = createVerifier({ keys, issuer, audience: false, expiry: "optional" });
const result = verifier.safeVerifyAsync(token);
// While the fetch is under way.
if (close) setTimeout(() => keys.close(), Number(close));
const { ok, error } = await result;
console.log(ok ? "verified" : error.code);
