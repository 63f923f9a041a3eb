/** One story: a session from its start to its end and a little further, told by one seed. */
import { Agenda } from "./agenda.ts";
import { chanceOf } from "./chance.ts";
import { Device } from "./device.ts";
import type { Place } from "./network.ts";
import type { Server } from "./server.ts";
import { drawTerms, type Terms } from "./terms.ts";
import { Thief } from "./thief.ts";
import { statements, type Violation, Witness } from "./witness.ts";

export type MakeServer = (terms: Terms, storeMs: () => number, trueMs: () => number) => Server;

export interface Story {
  readonly terms: Terms;
  /** Presentations that reached the store. */
  readonly trace: readonly string[];
  readonly seen: ReadonlyMap<string, number>;
  readonly violations: readonly Violation[];
}

const MOST_PRESENTATIONS = 120;
/** So much may still happen when the session is over. */
const AFTER_THE_END = 64;

export async function tell(seed: number, makeServer: MakeServer): Promise<Story> {
  const chance = chanceOf(seed);
  const terms = drawTerms(chance);
  const agenda = new Agenda();
  const startedMs = agenda.nowMs;
  const witness = new Witness(terms, startedMs);
  const server = makeServer(
    terms,
    () => agenda.nowMs - witness.behindMs,
    () => agenda.nowMs,
  );
  const trace: string[] = [];
  let loggedOut = false;
  const place: Place = { terms, chance, agenda, server, witness, trace };

  const device = new Device(place, await server.start());
  if (terms.thief) new Thief(place, device);
  for (let failover = 0; failover < terms.failovers; failover++) {
    agenda.in(chance.between(1, 20 * terms.intervalMs), () => {
      witness.behindMs += chance.between(1, 20_000);
      trace.push(`${agenda.nowMs} the store fails over: its clock is ${witness.behindMs} ms behind`);
    });
  }
  if (terms.logout !== undefined) {
    const how = terms.logout;
    agenda.in(chance.between(1, 40 * terms.intervalMs), async () => {
      if (device.loggedOutBy !== undefined) return;
      await server.logOut(how);
      loggedOut = true;
      witness.over = true;
      trace.push(`${agenda.nowMs} logout (${how})`);
    });
  }

  let afterTheEnd = 0;
  const goesOn = (): boolean => trace.length < MOST_PRESENTATIONS && (!witness.over || afterTheEnd++ < AFTER_THE_END);
  await agenda.run(goesOn);

  // A thief has no part in a bound session, so the promise to the device holds there too.
  const alone = !terms.thief || terms.key !== undefined;
  const outlived = agenda.nowMs >= startedMs + terms.absoluteMs;
  if (alone && device.loggedOutBy !== undefined && !device.tooLate && !loggedOut && !outlived) {
    witness.report(statements.honest, `logged out: ${device.loggedOutBy.outcome}`);
  }
  return { terms, trace, seen: witness.seen, violations: witness.violations };
}
