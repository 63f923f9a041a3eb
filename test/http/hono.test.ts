/** The table of answers, on Hono. */
import { serveHono } from "./serve-hono.ts";
import { describeTable } from "./table.ts";

describeTable([["Hono", serveHono]]);
