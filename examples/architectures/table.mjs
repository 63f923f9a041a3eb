/** What was measured, as rows of text, and what of it must hold. */

/** @returns `{ question, answers }`: an answer for each architecture */
export function rowsOf(told) {
  const row = (question, answer) => ({ question, answers: told.map(answer) });
  const outage = (answer) => (story) => (story.outage === undefined ? "–" : answer(story.outage, story));
  return [
    row("", ({ letter, name }) => `(${letter}) ${name}`),
    row("20 requests, two servers in turn", ({ turns }) => statuses(turns)),
    row("network calls per request", ({ calls }) => calls.toFixed(2)),
    row("time of a request, p50 / p99", ({ p50, p99 }) => `${p50.toFixed(1)} / ${p99.toFixed(1)} ms`),
    row("a thief's copy, used after the victim's", ({ theft }) =>
      theft.isNoticed ? `${theft.thief}: noticed, both copies die` : `${theft.thief}: not noticed`,
    ),
    row("… the access token then passes for", ({ theft }) => (theft.isNoticed ? seconds(theft.refusedAfter) : "–")),
    row("logged out everywhere, passes for", ({ banned, accessLife, bound }) => {
      const limit = bound ? ` (bound ${bound} s)` : accessLife ? ` (life ${accessLife} s)` : "";
      return `${passed(banned.refusedAfter, banned.samples)}${limit}`;
    }),
    row(
      "store stopped: the first request",
      outage(({ orders }) => orders),
    ),
    row(
      "… requests pass for",
      outage(({ keptFor, samples }, { acceptFor }) => {
        return `${passed(keptFor, samples)}${acceptFor ? ` (acceptFor ${acceptFor} s)` : ""}`;
      }),
    ),
    row(
      "… after that",
      outage(({ late }) => [late.status, late.code].filter(Boolean).join(" ")),
    ),
    row(
      "… refresh",
      outage(({ refresh }) => (refresh.status === 404 ? "there is none" : refresh.status)),
    ),
    row(
      "store back: passes again after",
      outage(({ back }) => (back === undefined ? "never" : seconds(back))),
    ),
  ];
}

/** For a terminal. */
export function textTable(rows) {
  const cells = rows.map(({ question, answers }) => [question, ...answers.map(String)]);
  const widths = cells[0].map((_, column) => Math.max(...cells.map((row) => row[column].length)));
  return cells
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** Seconds that a measurement may be late: polls, and a dozen processes on a machine that may have other things to do. */
const SLACK = 1.5;

/** What the table is meant to show. Anything else is a failure, not a finding. */
export function checksOf(told) {
  const checks = [];
  const check = (what, holds, got) => checks.push({ what, holds, got: JSON.stringify(got) });
  const [a, b, c, d] = ["a", "b", "c", "d"].map((letter) => told.find((story) => story.letter === letter));
  const knowsEveryWhere = ({ turns }) => turns[200] === 20;

  check("(a) the second server answers 403", a.turns[200] === 10 && a.turns[403] === 10, a.turns);
  check(
    "(a) a logout that reached the other server ends nothing",
    a.banned.refusedAfter > SLACK,
    a.banned.refusedAfter,
  );
  if (b !== undefined) {
    const { orders, late } = b.outage;
    check("(b) every server knows the user", knowsEveryWhere(b), b.turns);
    check("(b) every request is a call", b.calls === 1, b.calls);
    check("(b) a user can be logged out at once", b.banned.refusedAfter < SLACK, b.banned.refusedAfter);
    check("(b) nothing works while Redis is stopped", orders === 503 && late.status === 503, b.outage);
  }
  check("(c) every server knows the user, without a call", knowsEveryWhere(c) && c.calls === 0, [c.turns, c.calls]);
  check(
    "(c) a token that should be dead still passes",
    c.banned.refusedAfter > c.accessLife / 2,
    c.banned.refusedAfter,
  );
  for (const { letter, theft } of [a, b, c].filter(Boolean)) {
    check(`(${letter}) a stolen copy works, and nobody notices`, theft.thief === 200 && !theft.isNoticed, theft);
  }

  const { theft, banned, outage, bound, acceptFor } = d;
  const isWithinBound = (seconds) => seconds <= bound + SLACK;
  check("(d) every server knows the user, without a call", knowsEveryWhere(d) && d.calls === 0, [d.turns, d.calls]);
  check("(d) a stolen copy is noticed, and both die", theft.isNoticed && theft.own === 401, theft);
  check("(d) the thief's access token dies within the bound", isWithinBound(theft.refusedAfter), theft.refusedAfter);
  check("(d) a user can be logged out within the bound", isWithinBound(banned.refusedAfter), banned.refusedAfter);
  if (outage !== undefined) {
    const { orders, keptFor, late, refresh, back } = outage;
    // acceptFor counts from the list's last answer, which was up to `bound` before the outage.
    const isAsPromised = orders === 200 && keptFor <= acceptFor + SLACK && keptFor >= acceptFor - bound - SLACK;
    check("(d) tokens pass while Redis is stopped, for acceptFor", isAsPromised, keptFor);
    check("(d) then the answer is 503, not 401", late.status === 503 && late.code === "REVOCATIONS_STALE", late);
    check("(d) refresh is 503 meanwhile, which logs nobody out", refresh.status === 503, refresh);
    check("(d) all is well when it is back, in the same session", back !== undefined, back);
    check("(c) a plain JWT does not mind", c.outage.orders === 200, c.outage.orders);
  }
  return checks;
}

function statuses(counts) {
  return Object.entries(counts)
    .map(([status, count]) => `${count} × ${status}`)
    .join(", ");
}

function seconds(value) {
  return `${value.toFixed(1)} s`;
}

/** How long something was accepted, and whether that was only because nobody watched longer. */
function passed(lastAccepted, samples) {
  const stillPassed = samples.slice(-2).some(({ status }) => status === 200);
  return `${seconds(lastAccepted)}${stillPassed ? ", and on" : ""}`;
}
