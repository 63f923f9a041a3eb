/** What is between a sender and the store: delays, losses both ways, duplicates, crashes after the commit. */
import type { Agenda } from "./agenda.ts";
import type { Chance } from "./chance.ts";
import type { Answer, Request, Server } from "./server.ts";
import type { Terms } from "./terms.ts";
import type { Witness } from "./witness.ts";

export interface Place {
  readonly terms: Terms;
  readonly chance: Chance;
  readonly agenda: Agenda;
  readonly server: Server;
  readonly witness: Witness;
  /** Every presentation that reached the store, for people who read a story. */
  readonly trace: string[];
}

/** Where in the trace a promise was broken. */
export const BROKEN = "↑ broken";

/** Sends a request, which arrives within half of the longest round trip, or never; and so does the reply. */
export function send(
  place: Place,
  who: string,
  request: Omit<Request, "appServer">,
  onReply: (answer: Answer) => void,
) {
  const { terms, chance, agenda } = place;
  const copies = chance.happens(terms.duplicateRate) ? 2 : 1;
  for (let copy = 0; copy < copies; copy++) {
    if (chance.happens(terms.lossRate)) continue;
    const appServer = chance.below(terms.skewsMs.length);
    agenda.in(chance.between(1, terms.maxRoundTripMs / 2), () =>
      arrive(place, who, { ...request, appServer }, onReply),
    );
  }
}

function arrive(place: Place, who: string, request: Request, onReply: (answer: Answer) => void): void | Promise<void> {
  const answered = (answer: Answer): void => {
    const { terms, chance, agenda, witness, trace } = place;
    trace.push(`${agenda.nowMs} ${who} presents ${request.token.generation}: ${answer.outcome}`);
    const broken = witness.violations.length;
    witness.saw(request, answer, agenda.nowMs);
    if (witness.violations.length > broken) trace.push(BROKEN);
    if (chance.happens(terms.lossRate)) return;
    agenda.in(chance.between(1, terms.maxRoundTripMs / 2), () => onReply(answer));
  };
  const answer = place.server.refresh(request);
  if (answer instanceof Promise) return answer.then(answered);
  answered(answer);
}
