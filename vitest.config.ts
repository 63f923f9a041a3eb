/** The tests, and how much of each floor they must reach. */
import { defineConfig } from "vitest/config";

const floor = { lines: 95, branches: 95 };
const floors = ["encoding", "jwa", "jwk", "jws", "jwt", "session", "store"];

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    reporters: ["default", "./test/reporter.ts"],
    // Making a large RSA key takes seconds, and packing the package too.
    testTimeout: 30_000,
    hookTimeout: 30_000,
    coverage: {
      provider: "v8",
      include: ["src/**/*.ts"],
      reporter: ["text", "html"],
      thresholds: Object.fromEntries(floors.map((name) => [`src/${name}/**`, floor])),
    },
  },
});
