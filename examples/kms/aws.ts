/** A key in AWS KMS, made with key spec ECC_NIST_P256 and key usage SIGN_VERIFY. */
import { createHash, createPublicKey } from "node:crypto";
import type { KMS } from "@aws-sdk/client-kms";
import { type ExternalKey, externalKey, importPem } from "rejwt";

const TIMEOUT_MS = 2000;

/** @param id the key's id, ARN or alias; an alias is followed once, here */
export async function awsKey(kms: KMS, id: string): Promise<ExternalKey> {
  // The answer names the key itself: an alias that is moved later must not change which key signs under this kid.
  const { PublicKey, KeyId } = await kms.getPublicKey({ KeyId: id });
  if (PublicKey === undefined || KeyId === undefined) throw new Error("AWS KMS answered without a public key");
  const spki = createPublicKey({ key: Buffer.from(PublicKey), format: "der", type: "spki" });

  return externalKey({
    publicKey: importPem(spki.export({ format: "pem", type: "spki" }).toString(), { alg: "ES256" }),
    ecdsaFormat: "der",
    timeoutMs: TIMEOUT_MS,
    async sign(signingInput) {
      const { Signature } = await kms.sign(
        {
          KeyId,
          // A message of type RAW may have 4,096 bytes, and a token more: the digest is made here.
          Message: createHash("sha256").update(signingInput).digest(),
          MessageType: "DIGEST",
          SigningAlgorithm: "ECDSA_SHA_256",
        },
        { abortSignal: AbortSignal.timeout(TIMEOUT_MS) },
      );
      if (Signature === undefined) throw new Error("AWS KMS answered without a signature");
      return Signature;
    },
  });
}
