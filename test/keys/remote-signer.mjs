/** A signer in a process of its own: it holds the private key, and signs what is posted to it. Stands in for a KMS. */
import { createPrivateKey, sign } from "node:crypto";
import { createServer } from "node:http";
import { text } from "node:stream/consumers";

const jwk = JSON.parse(process.env.PRIVATE_JWK ?? "");
const dsaEncoding = process.env.ECDSA_FORMAT === "raw" ? "ieee-p1363" : "der";
const key = createPrivateKey({ key: jwk, format: "jwk" });

const server = createServer(async (request, response) => {
  const input = Buffer.from(await text(request), "base64");
  response.end(sign("sha256", input, { key, dsaEncoding }).toString("base64"));
});
server.listen(Number(process.env.PORT ?? 0), "127.0.0.1", () => {
  process.send?.(server.address().port);
});
// The parent is gone: nobody will ask any more.
process.on("disconnect", () => process.exit());
