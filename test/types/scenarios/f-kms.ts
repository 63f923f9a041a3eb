// (f) AWS KMS signs; everything else stays the same.
import { createPublicKey } from "node:crypto";
import { GetPublicKeyCommand, KMSClient, SignCommand } from "@aws-sdk/client-kms";
import { createSigner, createVerifier, externalKey, importJwk, importPem, keyRing } from "rejwt";

const kms = new KMSClient();
const KeyId = "alias/jwt-2026-05";
const { PublicKey } = await kms.send(new GetPublicKeyCommand({ KeyId }));
const spki = createPublicKey({ key: Buffer.from(PublicKey!), format: "der", type: "spki" });

const key = externalKey({
  publicKey: importJwk(spki.export({ format: "jwk" }), { alg: "ES256" }),
  ecdsaFormat: "der", // what AWS and Google answer; JWS wants r‖s
  timeoutMs: 2_000,
  sign: async (signingInput) => {
    const { Signature } = await kms.send(
      new SignCommand({ KeyId, Message: signingInput, MessageType: "RAW", SigningAlgorithm: "ECDSA_SHA_256" }),
    );
    if (!Signature) throw new Error("KMS answered without a signature");
    return Signature;
  },
});
const issuer = "https://auth.example";
const old = importPem(process.env.OLD_PEM ?? "", { alg: "ES256" });
const ring = keyRing([old, { key, signsFrom: new Date("2026-06-01") }], { tokenLife: "15m" });
const signer = createSigner({ key: ring, issuer, audience: issuer, expiresIn: "15m" });
const token = await signer.signAsync({ sub: "user_42" });
const verifier = createVerifier({ keys: ring, issuer, audience: issuer });
export const claims = verifier.verify(token).claims; // public half is here: synchronous
