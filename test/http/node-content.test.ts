/** Bodies of Node's requests: unread, as a parser left them, broken off, and gone. */
import { PassThrough, Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { fastifyContent } from "../../src/http/fastify-exchange.ts";
import { nodeContent } from "../../src/http/node-content.ts";

const LIMIT = 16;
const textOf = (content: unknown): string => Buffer.from(content as Uint8Array).toString();

async function readStream(): Promise<Readable> {
  const stream = Readable.from([Buffer.from("token=x")]);
  for await (const chunk of stream) expect(chunk).toBeDefined();
  return stream;
}

describe("an unread body", () => {
  it("is read, whatever a parser that had no part in it has left", async () => {
    for (const parsed of [undefined, {}, null]) {
      const stream = Readable.from([Buffer.from("token"), Buffer.from("=x")]);
      expect(textOf(await nodeContent(stream, parsed, LIMIT))).toBe("token=x");
    }
  });

  it("is read as text too, where somebody has set an encoding", async () => {
    const stream = Readable.from([Buffer.from("token=é")]).setEncoding("utf8");
    expect(textOf(await nodeContent(stream, undefined, LIMIT))).toBe("token=é");
  });

  it("of just the limit is read, and one byte more is too long", async () => {
    const ofLength = (length: number) => nodeContent(Readable.from([Buffer.alloc(length)]), undefined, LIMIT);
    expect(await ofLength(LIMIT)).toHaveLength(LIMIT);
    expect(await ofLength(LIMIT + 1)).toBeUndefined();
  });

  it("that is too long is not read to its end, and its connection stays open for the answer", async () => {
    const stream = new PassThrough();
    stream.write(Buffer.alloc(LIMIT + 1));
    expect(await nodeContent(stream, undefined, LIMIT)).toBeUndefined();
    expect(stream.destroyed).toBe(false);
    stream.destroy();
  });

  it("that breaks off is the client's fault", async () => {
    const stream = new PassThrough();
    stream.write("tok");
    const content = nodeContent(stream, undefined, LIMIT);
    const cause = new Error("aborted");
    stream.destroy(cause);
    await expect(content).rejects.toMatchObject({
      code: "REQUEST_INVALID",
      message: "the body ended before its end",
      cause,
    });
  });
});

describe("a body that a parser has read", () => {
  it("is what it left: text, bytes or an object", async () => {
    expect(textOf(await nodeContent(await readStream(), "token=x", LIMIT))).toBe("token=x");
    expect(textOf(await nodeContent(await readStream(), Buffer.from("token=x"), LIMIT))).toBe("token=x");
    expect(await nodeContent(await readStream(), { token: "x" }, LIMIT)).toEqual({ token: "x" });
  });

  it("of just the limit is taken", async () => {
    const text = "x".repeat(LIMIT);
    const object = { token: "x".repeat(LIMIT - '{"token":""}'.length) };
    for (const parsed of [text, Buffer.from(text), object]) {
      expect(await nodeContent(await readStream(), parsed, LIMIT)).toHaveProperty(
        parsed === object ? "token" : "length",
      );
    }
  });

  it("is too long where it is longer than the limit", async () => {
    const long = "x".repeat(LIMIT + 1);
    // Two bytes each, as sent: in characters the object would just be within the limit.
    for (const parsed of [long, Buffer.from(long), { token: long }, { t: "é".repeat(8) }]) {
      expect(await nodeContent(await readStream(), parsed, LIMIT)).toBeUndefined();
    }
  });

  it("and left nowhere is the programmer's mistake", async () => {
    for (const parsed of [undefined, null, true]) {
      await expect(nodeContent(await readStream(), parsed, LIMIT)).rejects.toMatchObject({
        code: "CONFIG",
        message: "createOauthHandlers: the body was read already, and no parser of forms has left what was in it",
      });
    }
  });
});

describe("Fastify's body", () => {
  const contentOf = (request: { readonly body: unknown; readonly raw: Readable }) =>
    fastifyContent(request as never, LIMIT);

  it("is the stream that a hook has made of the client's, which unpacks it, say", async () => {
    const body = Readable.from([Buffer.from("token=x")]);
    expect(textOf(await contentOf({ body, raw: await readStream() }))).toBe("token=x");
  });

  it("is the client's own stream where nothing has looked at it", async () => {
    for (const body of [undefined, null]) {
      expect(textOf(await contentOf({ body, raw: Readable.from([Buffer.from("token=x")]) }))).toBe("token=x");
    }
  });

  it("is what a parser has left of it", async () => {
    expect(await contentOf({ body: { token: "x" }, raw: await readStream() })).toEqual({ token: "x" });
  });
});
