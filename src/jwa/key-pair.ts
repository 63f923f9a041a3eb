/** New key pairs, made on libuv's pool. Not with node:util: to load that takes half as long again as node:crypto does. */
import { generateKeyPair, type KeyObject } from "node:crypto";

// Its types know neither ML-DSA nor a type that is not written out.
type Generate = (
  type: string,
  options: object,
  done: (error: Error | null, publicKey: KeyObject, privateKey: KeyObject) => void,
) => void;

/** @param type node:crypto's name @returns the private half, which holds the public one. It rejects as node:crypto throws. */
export function generatePrivateKey(type: string, options: object): Promise<KeyObject> {
  return new Promise((resolve, reject) => {
    (generateKeyPair as unknown as Generate)(type, options, (error, _publicKey, privateKey) => {
      if (error) reject(error);
      else resolve(privateKey);
    });
  });
}
