/** Counts what a request causes on other sockets than its own: the network calls that it has to wait for. */
import { AsyncLocalStorage } from "node:async_hooks";
import { Socket } from "node:net";

const requests = new AsyncLocalStorage();
const outgoing = new WeakSet();

const { connect, write } = Socket.prototype;
Socket.prototype.connect = function (...args) {
  outgoing.add(this);
  return connect.apply(this, args);
};
Socket.prototype.write = function (...args) {
  const counter = outgoing.has(this) ? requests.getStore() : undefined;
  if (counter !== undefined) counter.calls++;
  return write.apply(this, args);
};

/** Express middleware: the answer says how many there were. What a timer or a feed sends belongs to no request. */
export function countOutgoingCalls(_request, response, next) {
  const counter = { calls: 0 };
  const { writeHead } = response;
  response.writeHead = (...args) => {
    response.setHeader("x-network-calls", String(counter.calls));
    return writeHead.apply(response, args);
  };
  requests.run(counter, next);
}
