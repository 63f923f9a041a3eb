/** Signing a JWT with WebCrypto: RFC 7519 §7.1. */
import { joinCompact, signingInput } from "../jws/compact.ts";
import { headerSegment } from "../jws/header-segment.ts";
import { assemble, checkLength } from "../jwt/assemble.ts";
import type { AsyncSigner } from "../jwt/signer.ts";
import { readSignerSettings, type SignerOptions, type SigningKey } from "../jwt/signer-options.ts";
import { encodeBase64url } from "./base64url.ts";
import { checkSigns, readyKey, type WebKey } from "./key.ts";
import { encodeUtf8 } from "./utf8.ts";

export interface WebSignerOptions extends Omit<SignerOptions<SigningKey>, "key"> {
  readonly key: WebKey;
}

/**
 * A signer of one key and one policy.
 * @throws CONFIG for an option that is unknown, missing, undefined or of the wrong type, and for a key that only verifies
 */
export function createSigner(options: WebSignerOptions): AsyncSigner {
  const settings = readSignerSettings(options, undefined);
  const { key } = options;
  checkSigns(key);

  const sign = async (payload: string): Promise<string> => {
    const { row, signing, kid } = await readyKey(key);
    const input = signingInput(
      headerSegment({ alg: key.alg, kid }, { typ: settings.typ }),
      encodeBase64url(encodeUtf8(payload)),
    );
    // Signing was checked at creation, and a key that cannot be read was refused above.
    const signature = await crypto.subtle.sign(row.using, signing as never, encodeUtf8(input));
    return checkLength(joinCompact(input, encodeBase64url(new Uint8Array(signature))), settings);
  };

  return Object.freeze<AsyncSigner>({
    signAsync: async (claims, callOptions) => sign(assemble("signAsync", claims, callOptions, settings)),
  });
}
