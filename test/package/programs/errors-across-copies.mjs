/** An error of one copy of the package (ES module, CommonJS, an entry point of its own) is an error to every other. */
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import * as esm from "rejwt";
import * as esmJws from "rejwt/jws";

const require = createRequire(import.meta.url);
const cjs = require("rejwt");
const cjsJws = require("rejwt/jws");

for (const jws of [esmJws, cjsJws]) {
  const error = thrownBy(() => jws.splitCompact("not a token"));
  assert.equal(error.code, "MALFORMED");
  // What a stack trace begins with: bundlers rename classes that mention themselves.
  assert.equal(error.constructor.name, "TokenError");
  assert.ok(esm.isTokenError(error));
  assert.ok(cjs.isTokenError(error));
}
for (const { isTokenError } of [esm, cjs]) {
  assert.ok(!isTokenError(new Error("MALFORMED")));
  assert.ok(!isTokenError({ name: "TokenError", code: "MALFORMED" }));
}
// Within one format there is one copy, so that `instanceof` holds as well.
assert.ok(thrownBy(() => cjsJws.splitCompact("not a token")) instanceof cjs.TokenError);
assert.ok(thrownBy(() => esmJws.splitCompact("not a token")) instanceof esm.TokenError);
console.log("ok");

function thrownBy(run) {
  try {
    run();
  } catch (error) {
    return error;
  }
  return assert.fail("nothing was thrown");
}
