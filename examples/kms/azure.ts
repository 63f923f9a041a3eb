/** A key in Azure Key Vault or Managed HSM, of type EC or EC-HSM on the curve P-256. */
import { createHash } from "node:crypto";
import type { KeyClient } from "@azure/keyvault-keys";
import { type ExternalKey, externalKey, importJwk } from "rejwt";

const TIMEOUT_MS = 2000;

/** @param version of the key: without one the newest would sign, and verifiers would know another */
export async function azureKey(vault: KeyClient, name: string, version: string): Promise<ExternalKey> {
  const { key } = await vault.getKey(name, { version });
  if (key?.x === undefined || key.y === undefined) throw new Error("Azure Key Vault answered without a public key");
  const publicJwk = { kty: "EC", crv: "P-256", x: base64url(key.x), y: base64url(key.y) };
  const signer = vault.getCryptographyClient(name, { keyVersion: version });

  return externalKey({
    publicKey: importJwk(publicJwk, { alg: "ES256" }),
    // Azure answers r‖s, as JWS wants it.
    ecdsaFormat: "raw",
    timeoutMs: TIMEOUT_MS,
    async sign(signingInput) {
      const digest = createHash("sha256").update(signingInput).digest();
      const { result } = await signer.sign("ES256", digest, { abortSignal: AbortSignal.timeout(TIMEOUT_MS) });
      return result;
    },
  });
}

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64url");
}
