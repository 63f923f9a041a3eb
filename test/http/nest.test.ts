/** The table of answers, on both platforms of Nest, whose own parsers come before the handlers. */
import { serveNest } from "./serve-nest.ts";
import { describeTable } from "./table.ts";

describeTable(
  [
    ["Nest on Express", (site) => serveNest("express", site)],
    ["Nest on Fastify", (site) => serveNest("fastify", site)],
  ],
  [
    ["Nest on Express, unparsed", (site) => serveNest("express", site, "unparsed")],
    ["Nest on Fastify, unparsed", (site) => serveNest("fastify", site, "unparsed")],
  ],
);
