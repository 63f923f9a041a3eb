/** A request as a guard sees it, from Node and from fetch: which fields there are, and that none is overlooked. */
import { describe, expect, it } from "vitest";
import { fieldValue, fromFetch, fromNode, type NodeRequest } from "../../src/http/exchange.ts";

const node = (request: Partial<NodeRequest>) => fromNode({ headers: {}, ...request });
const authorization = (rawHeaders: readonly string[], headers: NodeRequest["headers"] = {}): readonly string[] =>
  node({ headers, rawHeaders }).values("authorization");

describe("a field of Node's request", () => {
  it("has every line that came, though `headers` holds the first alone", () => {
    expect(authorization(["Authorization", "a", "Host", "h", "AUTHORIZATION", "b"], { authorization: "a" })).toEqual([
      "a",
      "b",
    ]);
  });

  it("is what `headers` holds where one line came, or none did: a middleware may have set it", () => {
    expect(authorization(["Authorization", "a"], { authorization: "b" })).toEqual(["b"]);
    expect(authorization([], { authorization: "b" })).toEqual(["b"]);
    expect(node({ headers: { authorization: "b" } }).values("authorization")).toEqual(["b"]);
    expect(authorization(["Authorization", "a"])).toEqual([]);
  });

  it("may be a list, and is none where it is not there", () => {
    expect(authorization([], { authorization: ["a", "b"] })).toEqual(["a", "b"]);
    expect(authorization(["Host", "h"])).toEqual([]);
    expect(node({}).values("authorization")).toEqual([]);
  });

  it("is no value that reads like its name, and no name that is as long", () => {
    expect(authorization(["x-a", "authorization", "authorization", "b"], { authorization: "b" })).toEqual(["b"]);
    expect(authorization(["x-as-long-as", "c", "x-as-long-too", "c", "authorization", "b"])).toEqual([]);
    expect(authorization(["x-as-long-too", "c", "x-as-long-two", "c"], { authorization: "b" })).toEqual(["b"]);
  });

  it("is no name without a value, however the lines end", () => {
    expect(authorization(["authorization", "a", "authorization"], { authorization: "a" })).toEqual(["a"]);
    const others = ["a", "b", "c"].flatMap((value) => ["Authorization", value]);
    expect(authorization([...others, "authorization"], {})).toEqual(["a", "b", "c"]);
  });

  it("of cookies is the one that Node has joined", () => {
    const rawHeaders = ["Cookie", "a=1", "Cookie", "b=2"];
    expect(node({ headers: { cookie: "a=1; b=2" }, rawHeaders }).values("cookie")).toEqual(["a=1; b=2"]);
  });
});

describe("the target of Node's request", () => {
  it("is what the client sent, whatever a router has cut off", () => {
    expect(node({ originalUrl: "/api/orders?page=2", url: "/orders?page=2" }).target).toBe("/api/orders?page=2");
    expect(node({ url: "/orders?page=2" }).target).toBe("/orders?page=2");
  });

  it("is empty where nothing tells it, as the method is", () => {
    expect(node({}).target).toBe("");
    expect(node({}).method).toBe("");
    expect(node({ method: "PUT" }).method).toBe("PUT");
  });
});

describe("a request of fetch", () => {
  const request = fromFetch(new Request("https://api.example/orders?page=2#top", { headers: { "X-One": "1" } }));

  it("has path and query, and the fields that there are", () => {
    expect(request.target).toBe("/orders?page=2");
    expect(request.method).toBe("GET");
    expect(request.values("x-one")).toEqual(["1"]);
    expect(request.values("x-two")).toEqual([]);
  });
});

it("several lines as one value cannot be taken for one of them: RFC 9110 §5.3", () => {
  const request = { method: "GET", target: "/", values: () => ["a", "b"] };
  expect(fieldValue(request, "origin")).toBe("a, b");
  expect(fieldValue({ ...request, values: () => ["a"] }, "origin")).toBe("a");
  expect(fieldValue({ ...request, values: () => [] }, "origin")).toBeUndefined();
});
