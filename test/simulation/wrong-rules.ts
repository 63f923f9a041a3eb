/** Rules that real systems have used, each with its mistake: what the simulation must not let pass. */
import type { Family } from "../../src/store/contract.ts";
import { type Decision, decideRotation, type Presentation } from "../../src/store/family.ts";
import type { Rules } from "./server.ts";
import { statements } from "./witness.ts";

interface Mistake {
  readonly mistake: string;
  readonly rules: Rules;
  /** The promise that it breaks. */
  readonly breaks: string;
}

export const mistakes: readonly Mistake[] = [
  {
    mistake: "the first token of a session is exempt for ever",
    rules: (presentation) =>
      presentation.command.generation === 0 && isOld(presentation)
        ? replayed(presentation)
        : decideRotation(presentation),
    breaks: statements.late,
  },
  {
    mistake: "each presentation in the grace window gets a sibling of its own",
    rules: (presentation) => {
      const { outcome, next } = decideRotation(presentation);
      if (outcome.outcome !== "replayed") return { outcome, next };
      return { outcome: { ...outcome, family: { ...outcome.family, salt: presentation.command.proposal.salt } }, next };
    },
    breaks: statements.oneSuccessor,
  },
  {
    mistake: "the grace window slides: each replay opens it anew",
    rules: (presentation) => {
      const { outcome, next } = decideRotation(presentation);
      if (outcome.outcome !== "replayed") return { outcome, next };
      return { outcome, next: { ...outcome.family, rotatedAtMs: presentation.clockMs } };
    },
    breaks: statements.late,
  },
  {
    mistake: "the grace window covers older generations",
    rules: (presentation) => {
      const { family, command, clockMs } = presentation;
      const older = family !== undefined && command.generation < family.generation - 1;
      return older && clockMs - family.rotatedAtMs <= command.graceMs
        ? replayed(presentation)
        : decideRotation(presentation);
    },
    breaks: statements.late,
  },
  {
    mistake: "there is no window: a lost reply is read as theft",
    rules: ({ command, ...presentation }) =>
      decideRotation({ ...presentation, command: { ...command, graceMs: -1, attemptWindowMs: -1 } }),
    breaks: statements.honest,
  },
  {
    mistake: "the window is measured with the app server's clock",
    rules: (presentation, appClockMs) => decideRotation({ ...presentation, clockMs: appClockMs }),
    breaks: statements.inWindow,
  },
  {
    mistake: "a late token is refused, and its session lives on",
    rules: (presentation) => {
      const { outcome, next } = decideRotation(presentation);
      return { outcome, next: outcome.outcome === "reused" ? undefined : next };
    },
    breaks: statements.forEver,
  },
  {
    mistake: "any attempt explains a late retry, whoever made it",
    rules: (presentation) => {
      const { family, command } = presentation;
      const attempt = command.attempt?.verified === true && family?.attempt !== undefined ? family.attempt : undefined;
      if (attempt === undefined) return decideRotation(presentation);
      return decideRotation({ ...presentation, command: { ...command, attempt: { hash: attempt, verified: true } } });
    },
    breaks: statements.late,
  },
  {
    mistake: "a presentation without the session's key consumes the token",
    rules: (presentation) => {
      const { family, command } = presentation;
      const binding = command.generation === family?.generation ? family.binding : command.binding;
      return decideRotation({ ...presentation, command: { ...command, binding } });
    },
    breaks: statements.binding,
  },
  {
    mistake: "each rotation moves the absolute expiry",
    rules: (presentation) => {
      const { outcome, next } = decideRotation(presentation);
      if (next === undefined) return { outcome, next };
      const absoluteExpiresAtMs = presentation.clockMs + (next.absoluteExpiresAtMs - next.createdAtMs);
      return { outcome, next: { ...next, absoluteExpiresAtMs, idleExpiresAtMs: absoluteExpiresAtMs } };
    },
    breaks: statements.life,
  },
];

function isOld({ family, command }: Presentation): boolean {
  return family !== undefined && family.ended === undefined && command.generation < family.generation;
}

function replayed({ family, clockMs }: Presentation): Decision {
  return { outcome: { outcome: "replayed", nowMs: clockMs, family: family as Family }, next: undefined };
}
