/** SQLite beside one UPDATE: a file in WAL mode, and every commit written to the disk (`synchronous = FULL`). */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "libsql";
import { sqliteStore } from "../../src/store/sqlite.ts";
import { CHAINS, type Contender, recordText, startChains } from "./contender.ts";

export async function withLibsql(): Promise<Contender> {
  const folder = mkdtempSync(join(tmpdir(), "rejwt-bench-"));
  const bare = new Database(join(folder, "floor.db"));
  bare.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
  bare.exec("CREATE TABLE floor (chain INTEGER PRIMARY KEY, record TEXT NOT NULL)");
  const insert = bare.prepare("INSERT INTO floor VALUES (?, '')");
  for (let chain = 0; chain < CHAINS; chain++) insert.run(chain);
  const update = bare.prepare("UPDATE floor SET record = ? WHERE chain = ?");
  const database = new Database(join(folder, "sessions.db"));
  let written = 0;
  return {
    name: "SQLite, libsql",
    floorName: "UPDATE",
    floor: async (chain) => void update.run(recordText(written++), chain),
    rotate: await startChains(sqliteStore(database)),
    close: async () => {
      bare.close();
      database.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
