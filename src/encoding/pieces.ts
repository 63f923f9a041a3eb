/** Bytes that come a piece at a time, from whoever may send too many. */

/** All of them, or undefined where they are more than `mostBytes`: then the rest is not read, and none is held. */
export async function readPieces(
  pieces: AsyncIterable<Uint8Array | string> | Iterable<Uint8Array>,
  mostBytes: number,
): Promise<Buffer | undefined> {
  const read: Uint8Array[] = [];
  let length = 0;
  for await (const piece of pieces) {
    const bytes = typeof piece === "string" ? Buffer.from(piece) : piece;
    length += bytes.length;
    if (length > mostBytes) return undefined;
    read.push(bytes);
  }
  return Buffer.concat(read);
}
