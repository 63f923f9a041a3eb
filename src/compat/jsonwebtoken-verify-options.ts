/** What `verify` may be asked for. An option that is misspelled or undefined would be a check that is not made. */
import { JsonWebTokenError } from "./jsonwebtoken-errors.ts";
import { ALGORITHMS, isAlgorithm } from "./jsonwebtoken-key.ts";
import { secondsOf } from "./jsonwebtoken-timespan.ts";
import type { VerifyOptions } from "./jsonwebtoken-types.ts";

type Check = readonly [isValid: (value: unknown) => boolean, message: string];

const isText = (value: unknown): boolean => typeof value === "string" && value.trim() !== "";
const isTexts = (value: unknown): boolean =>
  isText(value) || (Array.isArray(value) && value.length > 0 && value.every(isText));
const isTime = (value: unknown): boolean => Number.isFinite(value) && (value as number) >= 0;
const isFlag = (value: unknown): boolean => typeof value === "boolean";
const optional = ([isValid, message]: Check): Check => [(value) => value === undefined || isValid(value), message];
const text = (name: string): Check => [isText, `${name} must be a non-empty string`];
const texts = (name: string): Check => [
  isTexts,
  `${name} must be a non-empty string, or an array of them: patterns are not supported`,
];
const flag = (name: string): Check => optional([isFlag, `${name} must be a boolean`]);

const CHECKS: Readonly<Record<keyof VerifyOptions, Check>> = {
  algorithms: [
    (value) => Array.isArray(value) && value.length > 0 && value.every(isAlgorithm),
    `algorithms must be an array of ${ALGORITHMS.join(", ")}`,
  ],
  audience: texts("audience"),
  issuer: texts("issuer"),
  subject: text("subject"),
  jwtid: text("jwtid"),
  nonce: text("nonce"),
  maxAge: [
    (value) => isTime(secondsOf(value)),
    '"maxAge" should be a number of seconds or string representing a timespan eg: "1d", "20h", 60',
  ],
  clockTolerance: optional([isTime, "clockTolerance must be a number of seconds"]),
  clockTimestamp: optional([isTime, "clockTimestamp must be a number"]),
  ignoreExpiration: flag("ignoreExpiration"),
  ignoreNotBefore: flag("ignoreNotBefore"),
  complete: flag("complete"),
  allowInsecureKeySizes: flag("allowInsecureKeySizes"),
};

/** @throws JsonWebTokenError for an option that is unknown, of the wrong type, or undefined where it would check something */
export function checkVerifyOptions(options: VerifyOptions): void {
  if (typeof options !== "object" || options === null) throw new JsonWebTokenError("options must be an object");
  for (const [name, value] of Object.entries(options)) {
    const check = Object.hasOwn(CHECKS, name) ? CHECKS[name as keyof VerifyOptions] : undefined;
    if (check === undefined) {
      throw new JsonWebTokenError(
        `"${name}" is no option of verify. The options are: ${Object.keys(CHECKS).join(", ")}`,
      );
    }
    if (!check[0](value)) throw new JsonWebTokenError(check[1]);
  }
}
