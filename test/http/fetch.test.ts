/** The table of answers, from the handlers of fetch themselves, with no server between. */
import { serveFetch } from "./serve-fetch.ts";
import { describeTable } from "./table.ts";

describeTable([["fetch", serveFetch]]);
