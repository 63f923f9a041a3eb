/** Runs each recipe: AWS's SDK against a stand-in of the service on loopback, the others with a stand-in of their client. */
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { KMS } from "@aws-sdk/client-kms";
import type { KeyClient } from "@azure/keyvault-keys";
import type { KeyManagementServiceClient } from "@google-cloud/kms";
import { p256 } from "@noble/curves/nist.js";
import { createSigner, createVerifier, type ExternalKey } from "rejwt";
import { awsKey } from "./aws.ts";
import { azureKey } from "./azure.ts";
import { googleKey } from "./google.ts";

const pair = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
const ARN = "arn:aws:kms:eu-west-1:111122223333:key/1";

/** Signs a digest as the services do; node:crypto signs messages only. */
function signDigest(digest: Uint8Array, format: "der" | "compact" = "der"): Uint8Array {
  const { d = "" } = pair.privateKey.export({ format: "jwk" });
  return p256.sign(digest, Buffer.from(d, "base64url"), { prehash: false, format });
}

async function check(name: string, key: ExternalKey): Promise<void> {
  const policy = { issuer: "https://auth.example", audience: "api" };
  const signer = createSigner({ key, ...policy, expiresIn: "5m" });
  // Longer than what AWS takes as a raw message.
  const token = await signer.signAsync({ sub: "user_42", note: "x".repeat(5000) });
  assert.equal(createVerifier({ keys: key, ...policy }).verify(token).claims.sub, "user_42");
  console.log(`${name}: signed and verified`);
}

const service = createServer(async (request, response) => {
  const input = (await json(request)) as { KeyId: string; Message?: string; MessageType?: string };
  const answer = String(request.headers["x-amz-target"]).endsWith(".GetPublicKey")
    ? { PublicKey: pair.publicKey.export({ format: "der", type: "spki" }).toString("base64") }
    : { Signature: Buffer.from(signDigest(Buffer.from(input.Message ?? "", "base64"))).toString("base64") };
  if (input.Message !== undefined) assert.deepEqual([input.KeyId, input.MessageType], [ARN, "DIGEST"]);
  response.setHeader("content-type", "application/x-amz-json-1.1");
  response.end(JSON.stringify({ KeyId: ARN, ...answer }));
}).listen(0, "127.0.0.1");
await once(service, "listening");
const aws = new KMS({
  region: "eu-west-1",
  endpoint: `http://127.0.0.1:${(service.address() as AddressInfo).port}`,
  credentials: { accessKeyId: "id", secretAccessKey: "key" },
});
await check("AWS", await awsKey(aws, "alias/jwt-2026-05"));
service.close();
service.closeAllConnections();

const google = {
  getPublicKey: async () => [{ pem: pair.publicKey.export({ format: "pem", type: "spki" }) }],
  asymmetricSign: async ({ digest }: { digest: { sha256: Uint8Array } }) => [{ signature: signDigest(digest.sha256) }],
};
await check("Google", await googleKey(google as unknown as KeyManagementServiceClient, "cryptoKeyVersions/1"));

const { x = "", y = "" } = pair.publicKey.export({ format: "jwk" });
const azure = {
  getKey: async () => ({ key: { kty: "EC-HSM", x: Buffer.from(x, "base64url"), y: Buffer.from(y, "base64url") } }),
  getCryptographyClient: () => ({
    sign: async (_alg: string, digest: Uint8Array) => ({ result: signDigest(digest, "compact") }),
  }),
};
await check("Azure", await azureKey(azure as unknown as KeyClient, "jwt", "1"));
