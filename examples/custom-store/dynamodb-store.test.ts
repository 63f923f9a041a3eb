/** The proof: the rules of every store, on a table of dynalite, which answers as DynamoDB does. */
import { after, test } from "node:test";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import dynalite from "dynalite";
import { manualClock, storeConformance } from "rejwt/testing";
import { dynamoDbStore } from "./dynamodb-store.ts";

const server = dynalite({ createTableMs: 0 });
const port: number = await new Promise((resolve) => server.listen(0, () => resolve(server.address().port)));
const credentials = { accessKeyId: "none", secretAccessKey: "none" };
const client = new DynamoDBClient({ endpoint: `http://127.0.0.1:${port}`, region: "local", credentials });
after(() => {
  client.destroy();
  server.close();
});

const clock = manualClock("2026-05-01T12:00:00Z");
let tables = 0;

storeConformance({
  test,
  makeStore: async () => dynamoDbStore(client, { table: `sessions-${++tables}`, clock }),
  advance: (milliseconds) => clock.advance(milliseconds / 1000),
  rotations: 200,
});
