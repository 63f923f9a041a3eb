/** The table of answers, on Fastify. */
import { serveFastify } from "./serve-fastify.ts";
import { describeTable } from "./table.ts";

describeTable(
  [["Fastify", serveFastify]],
  [["Fastify with a parser of forms", (site) => serveFastify(site, "parsed")]],
);
