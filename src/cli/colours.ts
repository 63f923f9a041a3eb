/** Colours where a terminal shows them: NO_COLOR (https://no-color.org) wins over FORCE_COLOR, and that over the terminal. */

const CODES = {
  bold: 1,
  dim: 2,
  red: 31,
  green: 32,
  yellow: 33,
  magenta: 35,
  cyan: 36,
} as const;

export type Colour = keyof typeof CODES;

export type Paint = (colour: Colour, text: string) => string;

/** @param isTerminal whether a screen is at the other end */
export function wantsColour(env: Readonly<Record<string, string | undefined>>, isTerminal: boolean): boolean {
  if (isSet(env.NO_COLOR)) return false;
  if (env.FORCE_COLOR === "0") return false;
  return isSet(env.FORCE_COLOR) || (isTerminal && env.TERM !== "dumb");
}

export function createPaint(colours: boolean): Paint {
  return (colour, text) => (colours ? `\u001b[${CODES[colour]}m${text}\u001b[0m` : text);
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== "";
}
