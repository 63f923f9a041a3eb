/** What users write, compiled against the packed declarations by every compiler that is named. */
import {
  type ClaimsOf,
  createSessions,
  createSigner,
  createVerifier,
  generateKey,
  isTokenError,
  memoryStore,
  secretKey,
  type TokenErrorCode,
} from "rejwt";
import jwt, { type JwtPayload, TokenExpiredError } from "rejwt/compat/jsonwebtoken";
import { remoteKeys } from "rejwt/jwks";
import { decodeBase64url, signJws, verifyJws } from "rejwt/jws";
import { manualClock } from "rejwt/testing";

const key = secretKey("a secret of at least thirty-two bytes, I hope", { alg: "HS256" });
const common = { issuer: "https://auth.example", audience: "https://api.example" } as const;
const clock = manualClock("2026-05-01T12:00:00Z");
const signer = createSigner({ key, ...common, expiresIn: "15m", clock });
const verifier = createVerifier({ keys: key, ...common, required: ["sub"], clock });
type Auth = ClaimsOf<typeof verifier>;

const { claims } = verifier.verify(signer.sign({ sub: "user_42" }));
const subject: string = claims.sub;
const also: Auth = claims;
const result = verifier.safeVerify("rubbish");
const code: TokenErrorCode | undefined = result.ok ? undefined : result.error.code;
if (subject !== "user_42" || also.exp - 900 !== Date.UTC(2026, 4, 1, 12) / 1000 || code !== "MALFORMED")
  throw new Error("wrong");

const bytes: Uint8Array = verifyJws(key, signJws(key, decodeBase64url("aGk"))).payload;
const payload: JwtPayload | string = jwt.verify(jwt.sign({ a: 1 }, "x".repeat(32)), "x".repeat(32));
if (bytes.length !== 2 || typeof payload === "string" || payload.a !== 1) throw new Error("wrong");

async function main(): Promise<void> {
  const sessions = createSessions({
    signer,
    store: memoryStore({ clock }),
    refreshSecrets: ["y".repeat(32)],
    idle: "14d",
    absolute: "90d",
    clock,
  });
  const tokens = await sessions.start({ subject });
  const next: { readonly refreshToken: string } = await sessions.refresh(tokens.refreshToken);
  if (next.refreshToken === tokens.refreshToken) throw new Error("wrong");
  const ring = await generateKey("ES256");
  const remote = createVerifier({ keys: remoteKeys("https://auth.example/jwks", { algs: ["ES256"] }), ...common });
  // @ts-expect-error keys that are fetched verify asynchronously only
  void remote.verify;
  if (ring.alg !== "ES256" || isTokenError(new TokenExpiredError("", new Date()))) throw new Error("wrong");
  console.log("ok");
}
void main();
