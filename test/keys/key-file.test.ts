/** Key files: complete, for their owner alone, and never written over another. */
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it, vi } from "vitest";
import { generateKey } from "../../src/jwk/generate.ts";
import { exportJwk, importJwk } from "../../src/jwk/jwk.ts";
import type { Key } from "../../src/jwk/key.ts";
import { type KeyFileOptions, keyText, saveKey, thumbprintOf } from "../../src/jwk/key-file.ts";
import { importPem } from "../../src/jwk/pem.ts";
import { secretKey } from "../../src/jwk/secret-key.ts";
import { createSigner } from "../../src/jwt/signer.ts";
import { createVerifier } from "../../src/jwt/verifier.ts";
import { refusal, refusalOf } from "./refusal.ts";

const folder = mkdtempSync(join(tmpdir(), "key-file-"));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;
const fresh = (): string => {
  files += 1;
  return join(folder, `${files}`);
};
const key = await generateKey("ES256");
const secret = secretKey("0123456789abcdef0123456789abcdef", { alg: "HS256", kid: "1" });
const options = { issuer: "me", audience: "you" };

const signs = (signing: Key, verifying: Key): boolean => {
  const token = createSigner({ ...options, key: signing, expiresIn: "1m" }).sign({});
  return createVerifier({ ...options, keys: verifying }).safeVerify(token).ok;
};

describe("a saved key", () => {
  it.each<[string, KeyFileOptions, (text: string) => Key]>([
    ["private PEM", { private: true }, (text) => importPem(text, { alg: "ES256" })],
    [
      "private PEM with a passphrase",
      { private: true, passphrase: "open" },
      (text) => importPem(text, { alg: "ES256", passphrase: "open" }),
    ],
    ["private JWK", { private: true, format: "jwk" }, (text) => importJwk(JSON.parse(text))],
  ])("as %s signs when it is read again", async (_name, how, read) => {
    const path = fresh();
    await saveKey(path, key, how);
    const loaded = read(readFileSync(path, "utf8"));
    expect(loaded.kid).toBe(key.kid);
    expect(signs(loaded, key)).toBe(true);
  });

  it.each<[string, KeyFileOptions, (text: string) => Key]>([
    ["public PEM", {}, (text) => importPem(text, { alg: "ES256" })],
    ["public JWK", { format: "jwk", private: false }, (text) => importJwk(JSON.parse(text))],
  ])("as %s verifies and cannot sign", async (_name, how, read) => {
    const path = fresh();
    await saveKey(path, key, how);
    const text = readFileSync(path, "utf8");
    expect(read(text).canSign).toBe(false);
    expect(signs(key, read(text))).toBe(true);
    expect(text).not.toContain(exportJwk(key, { private: true }).d);
  });

  it("that is a secret is a JWK", async () => {
    const path = fresh();
    await saveKey(path, secret, { format: "jwk", private: true });
    expect(signs(importJwk(JSON.parse(readFileSync(path, "utf8"))), secret)).toBe(true);
  });

  it("ends with a newline, in every form", () => {
    for (const how of [{}, { private: true }, { format: "jwk" }] as const)
      expect(keyText(key, how)).toMatch(/[^\n]\n$/);
  });

  it("with a passphrase cannot be read without it", () => {
    const text = keyText(key, { private: true, passphrase: "open" });
    expect(text).toContain("ENCRYPTED");
    expect(refusal(() => importPem(text, { alg: "ES256" })).code).toBe("KEY_INVALID");
  });
});

describe("a file that exists is never written over", () => {
  it("be it a key", async () => {
    const path = fresh();
    await saveKey(path, key, { private: true });
    const before = readFileSync(path, "utf8");
    const error = await refusalOf(saveKey(path, await generateKey("ES256"), { private: true }));
    expect(error.code).toBe("CONFIG");
    expect(error.message).toContain("exists");
    expect(readFileSync(path, "utf8")).toBe(before);
  });

  it("be it empty, or a link to where nothing is", async () => {
    const [empty, link, target] = [fresh(), fresh(), fresh()];
    writeFileSync(empty, "");
    symlinkSync(target, link);
    for (const path of [empty, link]) expect((await refusalOf(saveKey(path, key))).code).toBe("CONFIG");
    expect(existsSync(target)).toBe(false);
  });
});

describe("its rights", () => {
  const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8);

  it.each([
    [0o000, "600", "644"],
    [0o022, "600", "644"],
    [0o077, "600", "600"],
    [0o377, "600", "400"],
  ])("with umask %o: a private key's file is %s, a public one's %s", async (umask, forPrivate, forPublic) => {
    const [privateFile, publicFile] = [fresh(), fresh()];
    const before = process.umask(umask);
    try {
      await saveKey(privateFile, key, { private: true });
      await saveKey(publicFile, key);
    } finally {
      process.umask(before);
    }
    expect([mode(privateFile), mode(publicFile)]).toEqual([forPrivate, forPublic]);
  });

  it("are those of its owner alone before anything is in it", async () => {
    const seen: string[] = [];
    const path = fresh();
    await withFileHandle(
      "writeFile",
      async function (this: FileHandle, ...written) {
        seen.push(mode(path));
        return this.appendFile(...(written as [string]));
      },
      () => saveKey(path, key, { private: true }),
    );
    expect(seen).toEqual(["600"]);
    expect(readFileSync(path, "utf8")).toBe(keyText(key, { private: true }));
  });
});

describe("a disk that fails leaves no half of a key behind", () => {
  it.each(["writeFile", "sync"] as const)("at %s", async (method) => {
    const path = fresh();
    const full = Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
    const saving = withFileHandle(
      method,
      () => Promise.reject(full),
      () => saveKey(path, key, { private: true }),
    );
    const error = await refusalOf(saving);
    expect(error.message).toContain("cannot be written: ENOSPC");
    expect(existsSync(path)).toBe(false);
  });
});

/** Runs something while one method of every open file does something else. */
async function withFileHandle<T>(
  method: "writeFile" | "sync",
  instead: (this: FileHandle, ...given: unknown[]) => Promise<void>,
  run: () => Promise<T>,
): Promise<T> {
  const file = await open(fresh(), "w");
  await file.close();
  const spy = vi.spyOn(Object.getPrototypeOf(file) as FileHandle, method).mockImplementation(instead);
  return run().finally(() => spy.mockRestore());
}

describe("refused with CONFIG, and no file is made", () => {
  it.each<[string, Key, unknown]>([
    ["another option", key, { mode: 0o777 }],
    ["another format", key, { format: "der" }],
    ["an undefined passphrase", key, { private: true, passphrase: undefined }],
    ["an empty passphrase", key, { private: true, passphrase: "" }],
    ["a passphrase for a public key", key, { passphrase: "open" }],
    ["a passphrase for a JWK", key, { format: "jwk", private: true, passphrase: "open" }],
    ["the private half of a public key", importJwk(exportJwk(key)), { private: true }],
    ["the public half of a secret", secret, { format: "jwk" }],
    ["the PEM of a secret", secret, { private: true }],
    ["what is no key", "key" as never, {}],
  ])("%s", async (_name, given, how) => {
    const path = fresh();
    expect((await refusalOf(saveKey(path, given, how as KeyFileOptions))).code).toBe("CONFIG");
    expect(existsSync(path)).toBe(false);
  });

  it("a folder that is not there", async () => {
    const error = await refusalOf(saveKey(join(folder, "none", "key.pem"), key));
    expect(error).toMatchObject({ code: "CONFIG", cause: { code: "ENOENT" } });
  });
});

describe("the thumbprint", () => {
  it("is the kid that the key would have by itself, and the same for both halves", () => {
    const named = importJwk({ ...exportJwk(key), kid: "2026-05" });
    for (const one of [key, named]) expect(thumbprintOf(one)).toBe(key.kid);
  });

  it("of a secret is not told", () => {
    expect(thumbprintOf(secret)).toBeUndefined();
  });
});
