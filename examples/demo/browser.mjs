/** A browser, as far as the demo needs one: it keeps the refresh cookie, shows what it sends and what it gets. */
import { print } from "./print.mjs";

const origin = "https://shop.example";

export class Browser {
  accessToken;
  refreshCookie;

  constructor(name) {
    this.name = name;
  }

  async login(auth, email, password) {
    return this.#keep(await this.#send("POST", `${auth.url}/login`, { json: { email, password } }));
  }

  async refresh(auth, { loseReply = false } = {}) {
    const answer = await this.#send("POST", `${auth.url}/refresh`, { cookie: this.refreshCookie });
    if (!loseReply) return this.#keep(answer);
    print.note("the reply is lost on the way: the browser never sees it");
    return answer;
  }

  async logout(auth) {
    return this.#keep(await this.#send("POST", `${auth.url}/logout`, { cookie: this.refreshCookie }));
  }

  async call(api, token = this.accessToken) {
    return this.#send("GET", `${api.url}/orders`, { token });
  }

  async #send(method, url, { json, cookie, token }) {
    const headers = { origin };
    if (json !== undefined) headers["content-type"] = "application/json";
    if (cookie !== undefined) headers.cookie = cookie;
    if (token !== undefined) headers.authorization = `Bearer ${token}`;
    print.sent(this.name, method, url, { cookie, token });
    const response = await fetch(url, { method, headers, body: json && JSON.stringify(json) });
    const text = await response.text();
    const answer = {
      status: response.status,
      body: text === "" ? {} : JSON.parse(text),
      challenge: response.headers.get("www-authenticate"),
      setCookie: response.headers.getSetCookie()[0],
    };
    print.got(answer);
    return answer;
  }

  #keep(answer) {
    if (answer.body.access_token !== undefined) this.accessToken = answer.body.access_token;
    const pair = answer.setCookie?.split(";")[0];
    if (pair !== undefined) this.refreshCookie = /Max-Age=0/i.test(answer.setCookie) ? undefined : pair;
    return answer;
  }
}
