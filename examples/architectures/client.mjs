/** The client, the same for all: it keeps what it is given, and sends it with every request. */

export class Client {
  #cookies = new Map();
  #accessToken;

  constructor(url) {
    this.url = url;
  }

  async login(user) {
    return this.#send("POST", "/login", { user });
  }

  async orders() {
    return this.#send("GET", "/orders");
  }

  /** Renews what can be renewed; 404 where nothing can. */
  async refresh() {
    return this.#send("POST", "/refresh", {});
  }

  async ban(user) {
    return this.#send("POST", "/ban", { user });
  }

  /** One who has copied everything that this client holds. */
  copy() {
    const thief = new Client(this.url);
    thief.#cookies = new Map(this.#cookies);
    thief.#accessToken = this.#accessToken;
    return thief;
  }

  async #send(method, path, body) {
    const headers = { origin: "https://shop.example" };
    if (body !== undefined) headers["content-type"] = "application/json";
    if (this.#cookies.size > 0) headers.cookie = [...this.#cookies].map((pair) => pair.join("=")).join("; ");
    if (this.#accessToken !== undefined) headers.authorization = `Bearer ${this.#accessToken}`;
    const start = performance.now();
    const response = await fetch(`${this.url}${path}`, { method, headers, body: body && JSON.stringify(body) });
    const text = await response.text();
    const ms = performance.now() - start;
    const json = response.headers.get("content-type")?.includes("json") ? JSON.parse(text) : {};
    if (json.access_token !== undefined) this.#accessToken = json.access_token;
    for (const cookie of response.headers.getSetCookie()) this.#keep(cookie);
    const calls = Number(response.headers.get("x-network-calls") ?? Number.NaN);
    return { status: response.status, code: json.code ?? json.error, ms, calls };
  }

  #keep(cookie) {
    const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie);
    if (/Max-Age=0/i.test(cookie)) this.#cookies.delete(name);
    else this.#cookies.set(name, value);
  }
}
