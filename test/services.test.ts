/** What a suite does where the service program that it needs is not installed. */
import { afterEach, describe, expect, it, vi } from "vitest";
import { requireService } from "./services.ts";

describe("a suite that needs a service program", () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it("runs where the program is installed", () => {
    vi.stubEnv("REQUIRE_SERVICES", "1");
    expect(requireService("a-server", "apt-get install a-server", true)).toEqual({ skip: false, meta: {} });
  });

  it("is skipped where it is not, with the command that installs it", () => {
    vi.stubEnv("REQUIRE_SERVICES", undefined);
    expect(requireService("a-server", "apt-get install a-server", false)).toEqual({
      skip: true,
      meta: { missingService: "a-server is not installed; install it with: apt-get install a-server" },
    });
  });

  it("fails where it is not and services are required", () => {
    vi.stubEnv("REQUIRE_SERVICES", "1");
    expect(() => requireService("a-server", "apt-get install a-server", false)).toThrow("a-server is not installed");
  });
});
