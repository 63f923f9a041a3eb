/** One thing worth saying about a token, and what it is said about. */
import type { TokenKind } from "./token-kind.ts";

export interface Finding {
  /** Stable, kebab-case. */
  readonly code: string;
  readonly severity: "info" | "warning" | "danger";
  readonly message: string;
}

export interface InspectedSegment {
  readonly name: "header" | "payload" | "signature" | "other";
  /** As it was given. */
  readonly text: string;
  /** Undefined where the text is not canonical base64url. */
  readonly bytes: Uint8Array | undefined;
  /** Undefined where the bytes are not JSON, or not meant to be. */
  readonly json: unknown;
}

export type Members = Readonly<Record<string, unknown>>;

export interface Examined {
  readonly given: unknown;
  readonly text: string;
  readonly kind: TokenKind;
  readonly segments: readonly InspectedSegment[];
  readonly header: Members | undefined;
  readonly claims: Members | undefined;
  /** Seconds since 1970. */
  readonly now: number;
}
