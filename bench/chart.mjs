/** Charts as SVG, readable on a light and on a dark page. */

const WIDTH = 760;
const LABEL = 190;
const BAR = 14;
const STYLE = `<style>text{font:12px system-ui,sans-serif;fill:#57606a}.t{font-weight:600;font-size:14px}.o{fill:#8b949e}.r{fill:#2da44e}.l{fill:none;stroke:#2da44e;stroke-width:2}.a{stroke:#8b949e;stroke-width:1}</style>`;

/** Horizontal bars in groups; those of rejwt stand out. @param {{ group: string, bars: { name: string, perSecond: number }[] }[]} groups */
export function barChart(title, groups) {
  const parts = [];
  let y = 40;
  for (const { group, bars } of groups) {
    const most = Math.max(...bars.map(({ perSecond }) => perSecond));
    parts.push(text(8, y + 11, group, "t"));
    for (const { name, perSecond } of bars) {
      y += BAR + 4;
      const width = Math.max(1, ((WIDTH - LABEL - 90) * perSecond) / most);
      parts.push(text(16, y + 11, name));
      parts.push(
        `<rect class="${name.startsWith("rejwt") ? "r" : "o"}" x="${LABEL}" y="${y}" width="${width.toFixed(1)}" height="${BAR}"/>`,
      );
      parts.push(text(LABEL + width + 6, y + 11, `${(perSecond / 1000).toFixed(1)} k/s`));
    }
    y += BAR + 16;
  }
  return svg(title, y, parts);
}

/** One line, both axes logarithmic. @param {{ x: number, y: number }[]} points */
export function lineChart(title, xName, yName, points) {
  const height = 260;
  const log = (values) => {
    const [low, high] = [Math.log10(Math.min(...values)), Math.log10(Math.max(...values))];
    return (value) => (high - low < 1e-9 ? 0.5 : (Math.log10(value) - low) / (high - low));
  };
  const toX = log(points.map(({ x }) => x));
  // From a hundredth above nothing, so that a flat line looks flat.
  const ys = points.map(({ y }) => y);
  const toY = log([...ys, Math.max(...ys) / 100]);
  const place = ({ x, y }) => [60 + toX(x) * (WIDTH - 120), height - 40 - toY(y) * (height - 90)];
  const parts = [
    `<line class="a" x1="60" y1="${height - 40}" x2="${WIDTH - 60}" y2="${height - 40}"/>`,
    `<polyline class="l" points="${points
      .map((point) =>
        place(point)
          .map((n) => n.toFixed(1))
          .join(","),
      )
      .join(" ")}"/>`,
    ...points.flatMap((point) => {
      const [x, y] = place(point);
      return [text(x - 10, height - 24, String(point.x)), text(x - 14, y - 8, point.y.toFixed(2))];
    }),
    text(WIDTH / 2 - 60, height - 6, xName),
    text(8, 40, yName),
  ];
  return svg(title, height, parts);
}

function text(x, y, content, name) {
  return `<text${name ? ` class="${name}"` : ""} x="${x.toFixed(1)}" y="${y.toFixed(1)}">${content.replace(/&/g, "&amp;").replace(/</g, "&lt;")}</text>`;
}

function svg(title, height, parts) {
  const open = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${title}">`;
  return `${open}\n${STYLE}\n${text(8, 20, title, "t")}\n${parts.join("\n")}\n</svg>\n`;
}
