/**
 * The tests that are run once for each mutant: quick ones that import src/, with no server, process or build of their own.
 * MUTATION_TESTS narrows them for a run over one folder: `MUTATION_TESTS=test/jws npm run mutation -- --mutate 'src/jws/*'`.
 */
import { defineConfig } from "vitest/config";

const folders = process.env.MUTATION_TESTS?.split(",");

export default defineConfig({
  test: {
    include: folders?.map((folder) => `${folder}/**/*.test.ts`) ?? [
      "test/{encoding,jwa,jwk,jws,jwt,keys,session,store,revocation,http,compat}/**/*.test.ts",
      "test/conformance/memory.test.ts",
      "test/*.test.ts",
    ],
    exclude: [
      "test/{architecture,services}.test.ts",
      "test/**/*process*.test.ts",
      "test/keys/{openid-issuer,key-file,jwks-outages,remote-*}.test.ts",
      "test/{store,revocation}/{redis,postgres}*",
      "test/{store,revocation}/{redis,postgres}*/**",
    ],
  },
});
