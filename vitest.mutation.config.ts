/** The tests that are run once for each mutant: those that import src/ and are quick. */
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: [
      "test/{package,types,vectors,docs,demo,examples}/**",
      "test/architecture.test.ts",
      "test/services.test.ts",
    ],
  },
});
