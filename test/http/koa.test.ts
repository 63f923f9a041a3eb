/** The table of answers, on Koa. */
import { serveKoa } from "./serve-koa.ts";
import { describeTable } from "./table.ts";

describeTable([["Koa", serveKoa]], [["Koa behind a parser", (site) => serveKoa(site, "parsed")]]);
