/** A headless Chromium for tests, from the system's package manager. */
import { existsSync } from "node:fs";
import { build } from "esbuild";
import { type Browser, chromium } from "playwright-core";
import { requireService, type ServiceSuite } from "../services.ts";

const executablePath = "/usr/bin/chromium";

/** The second argument of `describe` for a suite that needs a browser. */
export function requireChromium(): Partial<ServiceSuite> {
  const { skip, ...rest } = requireService("chromium", "apt-get install chromium", existsSync(executablePath));
  return skip ? { skip, ...rest } : rest;
}

export function openChromium(): Promise<Browser> {
  const flags = ["headless", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run"];
  const quiet = ["disable-background-networking", "disable-component-update", "disable-sync"];
  return chromium.launch({ executablePath, args: [...flags, ...quiet].map((flag) => `--${flag}`) });
}

/** A module and all that it imports as one script for a page. */
export async function bundleForPage(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    write: false,
  });
  return outputFiles[0]?.text ?? "";
}
