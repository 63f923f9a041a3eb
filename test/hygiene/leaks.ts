/** Looks at a value in every way in which values end up in logs, and says which secrets could be seen. */
import { format, inspect } from "node:util";

export interface Secret {
  readonly name: string;
  /** How the secret may be spelled: as text, hex, base64, base64url. */
  readonly spellings: readonly string[];
}

/** A secret of bytes, with every spelling that a log might show. Buffers are inspected as hex with spaces, the first 50. */
export function secretBytes(name: string, bytes: Uint8Array): Secret {
  const buffer = Buffer.from(bytes);
  const spaced = (buffer.toString("hex").match(/../g) ?? []).join(" ").slice(0, 47);
  const listed = [...buffer].slice(0, 12).join(",");
  return {
    name,
    spellings: [
      ...(["hex", "base64", "base64url", "latin1"] as const).map((encoding) => buffer.toString(encoding).slice(0, 20)),
      ...[spaced, listed, listed.replaceAll(",", ", ")],
    ],
  };
}

export function secretText(name: string, text: string): Secret {
  return { name, spellings: [text] };
}

/** The names of the secrets that can be seen in any of the ways. */
export function leaksOf(value: unknown, secrets: readonly Secret[]): readonly string[] {
  const views = [
    inspect(value),
    inspect(value, {
      depth: 12,
      showHidden: true,
      getters: true,
      showProxy: true,
      maxArrayLength: 500,
      compact: false,
    }),
    format("%s %o %j", value, value, harmless(value)),
    attempt(() => JSON.stringify(value)),
    attempt(() => String(value)),
    ...(typeof value === "object" && value !== null ? [attempt(() => inspect({ ...value }, { depth: 12 }))] : []),
    ...(value instanceof Error ? [value.message, String(value.stack), inspect(value.cause, { depth: 12 })] : []),
  ];
  // Arrays of numbers are shown in columns.
  const flat = views.map((view) => view.replace(/\s+/g, " "));
  const seen = secrets.filter(({ spellings }) =>
    [...views, ...flat].some((view) => spellings.some((text) => view.includes(text))),
  );
  return seen.map(({ name }) => name);
}

/** `%j` throws for what JSON cannot carry. */
function harmless(value: unknown): unknown {
  return attempt(() => JSON.stringify(value)) === "" ? "" : value;
}

function attempt(run: () => string | undefined): string {
  try {
    return run() ?? "";
  } catch {
    return "";
  }
}
