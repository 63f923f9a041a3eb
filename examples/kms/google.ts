/** A key in Google Cloud KMS, made with algorithm EC_SIGN_P256_SHA256. */
import { createHash } from "node:crypto";
import type { KeyManagementServiceClient } from "@google-cloud/kms";
import { type ExternalKey, externalKey, importPem } from "rejwt";

const TIMEOUT_MS = 2000;

/** @param name of one version: projects/…/locations/…/keyRings/…/cryptoKeys/…/cryptoKeyVersions/1 */
export async function googleKey(kms: KeyManagementServiceClient, name: string): Promise<ExternalKey> {
  const [{ pem }] = await kms.getPublicKey({ name });
  if (typeof pem !== "string") throw new Error("Google Cloud KMS answered without a public key");

  return externalKey({
    publicKey: importPem(pem, { alg: "ES256" }),
    ecdsaFormat: "der",
    timeoutMs: TIMEOUT_MS,
    async sign(signingInput) {
      const sha256 = createHash("sha256").update(signingInput).digest();
      const [{ signature }] = await kms.asymmetricSign({ name, digest: { sha256 } }, { timeout: TIMEOUT_MS });
      // Over REST the client answers base64, over gRPC bytes.
      if (typeof signature === "string") return Buffer.from(signature, "base64");
      if (!signature) throw new Error("Google Cloud KMS answered without a signature");
      return signature;
    },
  });
}
