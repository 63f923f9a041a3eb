/** The table as a page, with what it cannot show: how long each thing took, and what was answered when. */

const WIDTH = 640;
const ROW = 34;
const LABEL = 210;
const COLOURS = { 200: "var(--yes)", 503: "var(--wait)" };

export function page(told, rows) {
  const [head, ...body] = rows;
  const cells = (tag, { question, answers }) =>
    `<tr><th scope="row">${asText(question)}</th>${answers.map((text) => `<${tag}>${asText(text)}</${tag}>`).join("")}</tr>`;
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Four ways to keep people logged in</title>
<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">
<style>
:root { --yes: #1a7f37; --no: #b3261e; --wait: #b26a00; --bar: #00639b; --faint: #8884; }
@media (prefers-color-scheme: dark) { :root { --yes: #56d364; --no: #ff8a80; --wait: #f0b357; --bar: #7cc7ff; } }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 72rem; margin: 1rem auto; padding: 0 1rem; }
table { border-collapse: collapse; } th, td { text-align: left; padding: .3rem .7rem; border-bottom: 1px solid var(--faint); vertical-align: top; }
th[scope=row] { font-weight: 400; } svg { max-width: 100%; height: auto; } svg text { fill: currentColor; font: 13px system-ui, sans-serif; }
.key span { display: inline-block; width: .8em; height: .8em; margin: 0 .3em 0 1em; }
</style>
<h1>Four ways to keep people logged in</h1>
<p>The same client against each, on loopback: real servers, a real load balancer, a real outage. Written by
<code>npm run demo:architectures -- --html FILE</code>, ${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}.</p>
<table>${cells("th", head)}${body.map((row) => cells("td", row)).join("")}</table>
<h2>Time of a request</h2>
${bars(told)}
<p>The bar is the median, the line the 99th of a hundred.</p>
<h2>After a user was logged out everywhere</h2>
<p>Each mark is a request, at the second when it was answered.</p>
<p class="key"><span style="background:var(--yes)"></span>200 <span style="background:var(--no)"></span>401, 403
<span style="background:var(--wait)"></span>503</p>
${strips(told, ({ banned }) => banned.samples)}
${told.some(({ outage }) => outage) ? `<h2>While the store is stopped</h2>${strips(told, ({ outage }) => outage?.samples ?? [])}` : ""}
</html>
`;
}

/** p50 as a bar, p99 as a line behind it. */
function bars(told) {
  const most = Math.max(...told.map(({ p99 }) => p99));
  const x = (ms) => LABEL + ((WIDTH - LABEL - 110) * ms) / most;
  return svg(
    told.map((story, at) => {
      const y = at * ROW;
      return `${label(story, y)}<rect x="${LABEL}" y="${y + 8}" width="${x(story.p99) - LABEL}" height="4" fill="var(--faint)"/>
<rect x="${LABEL}" y="${y + 12}" width="${x(story.p50) - LABEL}" height="10" fill="var(--bar)"/>
<text x="${x(story.p99) + 8}" y="${y + 20}">${story.p50.toFixed(1)} / ${story.p99.toFixed(1)} ms</text>`;
    }),
  );
}

/** One mark for each request, at the second when it was answered, in the colour of its answer. */
function strips(told, samplesOf) {
  const all = told.flatMap(samplesOf);
  const last = Math.max(1, ...all.map(({ at }) => at));
  const x = (at) => LABEL + ((WIDTH - LABEL - 60) * at) / last;
  const rows = told.map((story, row) => {
    const y = row * ROW;
    const marks = samplesOf(story).map(
      ({ at, status }) =>
        `<rect x="${x(at).toFixed(1)}" y="${y + 7}" width="3" height="18" fill="${COLOURS[status] ?? "var(--no)"}"/>`,
    );
    return label(story, y) + marks.join("");
  });
  const axis = told.length * ROW;
  const ticks = Array.from({ length: Math.floor(last) + 1 }, (_, second) => second);
  return svg([
    ...rows,
    ...ticks.map((second) => `<text x="${x(second)}" y="${axis + 14}" text-anchor="middle">${second}</text>`),
    `<text x="${WIDTH - 58}" y="${axis + 14}">seconds</text>`,
  ]);
}

function label({ letter, name }, y) {
  return `<text x="0" y="${y + 20}">(${letter}) ${asText(name)}</text>`;
}

function svg(parts) {
  return `<svg viewBox="0 0 ${WIDTH} ${4 * ROW + 24}" width="${WIDTH}" role="img" aria-label="The figures of the table, drawn">${parts.join("\n")}</svg>`;
}

function asText(text) {
  return String(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
