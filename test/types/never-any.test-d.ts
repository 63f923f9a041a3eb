/** Nothing that a user gets from the package is silently `any`, which would fit everywhere and check nothing. */
import {
  createRevocationList,
  createSessions,
  createSigner,
  createVerifier,
  decode,
  generateKey,
  inspect,
  isTokenError,
  type Key,
  keyRing,
  memoryStore,
  seconds,
  secretKey,
  verifierByIssuer,
} from "rejwt";
import { guard as expressGuard } from "rejwt/express";
import { guard as fetchGuard, httpFeed, revocationsHandler } from "rejwt/http";
import { remoteKeys } from "rejwt/jwks";
import { decodeBase64url, signBytes, signJws, splitCompact, verifyBytes, verifyJws } from "rejwt/jws";
import { decideRotation, decideStart, endReasonOf } from "rejwt/store";
import { manualClock, spoil } from "rejwt/testing";
import { z } from "zod";

type IsAny<T> = 0 extends 1 & T ? true : false;

/** Compiles for every value but an `any`. */
declare function known<T>(value: IsAny<T> extends true ? never : T): void;

declare const any: ReturnType<typeof JSON.parse>;
// @ts-expect-error this check can fail: an `any` is refused
known<typeof any>(any);

declare const key: Key;
declare const token: string;
const issuer = "https://auth.example";
const policy = { issuer, audience: issuer } as const;
const signer = createSigner({ key, ...policy, expiresIn: "15m" });
const verifier = createVerifier({ keys: key, ...policy, required: ["sub"] });
const typed = createVerifier({ keys: key, ...policy, schema: z.object({ role: z.string() }) });
const distant = createVerifier({ keys: remoteKeys(issuer, { algs: ["ES256"] }), ...policy });

known(secretKey("", { alg: "HS256" }));
known(await generateKey("ES256"));
known(keyRing([key], { tokenLife: "15m" }).jwksResponse().body);
known(seconds("15m"));

known(signer.sign({ sub: "ann" }));
known(await signer.signAsync({ sub: "ann" }));

const verified = verifier.verify(token);
known(verified);
known(verified.claims);
known(verified.claims.sub);
known(verified.claims.exp);
known(verified.claims.tenant);
known(verified.header);
known(verified.header.tenant);
known(verified.key.kid);
known(typed.verify(token).claims.role);
known((await distant.verifyAsync(token)).claims);
known((await distant.verifyAsync(token)).claims.sub);
known(verifierByIssuer([typed, distant]));
known((await verifierByIssuer([typed, distant]).verifyAsync(token)).claims);
const result = verifier.safeVerify(token);
if (result.ok) known(result.value.claims.sub);
else known(result.error.code);

known(decode(token).unverifiedClaims.sub);
known(decode(token).unverifiedHeader.alg);
for (const segment of inspect(token).segments) known(segment.json);
try {
  verifier.verify(token);
} catch (error) {
  if (isTokenError(error)) {
    known(error);
    known(error.reason);
  }
}

const store = memoryStore();
const sessions = createSessions({ signer, store, refreshSecrets: [undefined], idle: "14d", absolute: "90d" });
known(store);
known(sessions);
const tokens = await sessions.start({ subject: "ann", metadata: { device: "Pixel 11" } });
known(tokens.refreshToken);
known((await sessions.refresh(tokens.refreshToken)).outcome);
for (const session of (await sessions.list("ann")).sessions) {
  known(session);
  known(session.metadata.device);
}
known(await store.read(tokens.sessionId));
known(decideRotation);
known(decideStart);
known(endReasonOf);

known(expressGuard(typed).of);
const checked = await fetchGuard(typed)(new Request(issuer));
if (checked.ok) known(checked.auth.claims.role);
else known(checked.error);

known(splitCompact(token).payload);
known(decodeBase64url(token));
known(signBytes(key, decodeBase64url(token)));
known(verifyBytes(key, decodeBase64url(token), decodeBase64url(token)));
known(signJws(key, decodeBase64url(token)));
known(verifyJws(key, token).header);
known(manualClock("2026-05-01T12:00:00Z")());
known(spoil(token, "payload"));

const list = createRevocationList({ feed: memoryStore(), bound: "5s", duringOutage: "reject" });
known(list);
known(list.status().state);
known(await list.ready());
known(list.isRevoked(verified.claims));

const feed = httpFeed({ url: "https://auth.example/revocations", issuer, keys: key });
known(feed);
known(revocationsHandler({ feed, key, issuer }));
