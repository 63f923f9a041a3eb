/** What the demo shows: each step, what was sent and got, what each party saw, and the table at the end. */

const colours = process.stdout.isTTY && process.env.NO_COLOR === undefined;
const paint = (code) => (text) => (colours ? `\u001b[${code}m${text}\u001b[0m` : text);
const bold = paint(1);
const dim = paint(2);
const red = paint(31);
const green = paint(32);
const cyan = paint(36);

/** A token is shown by its ends: enough to tell two apart, not enough to use one. */
const short = (token) => `${token.slice(0, 4)}…${token.slice(-6)}`;

/** A cookie with its token shown so; one without a token is being cleared. */
const shortCookie = (cookie) => cookie.replace(/=(rjt1[\w-]+)/, (_, token) => `=${short(token)}`);

export const print = {
  step(number, title) {
    console.log(`\n${bold(`${number}. ${title}`)}`);
  },
  note(text) {
    console.log(`   ${dim(text)}`);
  },
  sent(who, method, url, { cookie, token }) {
    const { port, pathname } = new URL(url);
    const shown = [cookie && `Cookie: ${shortCookie(cookie)}`, token && `Authorization: Bearer ${short(token)}`];
    console.log(`   ${cyan("→")} ${who}: ${method} :${port}${pathname} ${dim(shown.filter(Boolean).join("  "))}`);
  },
  got({ status, body, challenge, setCookie }) {
    const shown = [
      body.access_token && `access_token ${short(body.access_token)}`,
      body.orders && `orders of ${body.of}`,
      body.error && `error ${body.error}`,
      challenge,
      setCookie && `Set-Cookie: ${shortCookie(setCookie)}`,
    ];
    const colour = status < 400 ? green : red;
    console.log(`   ${colour(`← ${status}`)} ${dim(shown.filter(Boolean).join("  "))}`);
  },
  saw(servers) {
    for (const { name, sightings } of servers) {
      for (const saw of sightings()) console.log(`     ${name} saw: ${saw.startsWith("THEFT") ? red(saw) : saw}`);
    }
  },
  /** @returns how many checks failed */
  table(checks) {
    console.log(`\n${bold("What was checked")}`);
    for (const { what, holds, got } of checks) {
      console.log(`  ${holds ? green("ok  ") : red("FAIL")} ${what}${holds ? "" : `: ${got}`}`);
    }
    const failed = checks.filter(({ holds }) => !holds).length;
    console.log(`\n${checks.length - failed} of ${checks.length} checks hold`);
    return failed;
  },
};
