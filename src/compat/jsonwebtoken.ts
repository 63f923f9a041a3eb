/**
 * `rejwt/compat/jsonwebtoken`: the interface of jsonwebtoken 9 over this package's core, so that moving over is changing
 * an import. Strict where jsonwebtoken is not; docs/guides/jsonwebtoken-compat.md lists every difference.
 */
import { decode } from "./jsonwebtoken-decode.ts";
import { JsonWebTokenError, NotBeforeError, TokenExpiredError } from "./jsonwebtoken-errors.ts";
import { sign } from "./jsonwebtoken-sign.ts";
import { verify } from "./jsonwebtoken-verify.ts";

export type {
  Algorithm,
  DecodeOptions,
  GetPublicKeyOrSecret,
  Jwt,
  JwtHeader,
  JwtPayload,
  PrivateKey,
  PublicKey,
  Secret,
  SignCallback,
  SigningKeyCallback,
  SignOptions,
  VerifyCallback,
  VerifyErrors,
  VerifyOptions,
} from "./jsonwebtoken-types.ts";
export { decode, JsonWebTokenError, NotBeforeError, sign, TokenExpiredError, verify };

/** What `import jwt from "jsonwebtoken"` gives. */
const jsonwebtoken: {
  readonly decode: typeof decode;
  readonly sign: typeof sign;
  readonly verify: typeof verify;
  readonly JsonWebTokenError: typeof JsonWebTokenError;
  readonly NotBeforeError: typeof NotBeforeError;
  readonly TokenExpiredError: typeof TokenExpiredError;
} = { decode, sign, verify, JsonWebTokenError, NotBeforeError, TokenExpiredError };

export default jsonwebtoken;
