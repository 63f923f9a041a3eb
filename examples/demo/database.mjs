/** Opens a SQLite file with what this machine has: node:sqlite (Node 22.13 and later), or libsql. */

export async function openDatabase(path) {
  // Node prints that node:sqlite is new; the walk-through has other things to say.
  process.removeAllListeners("warning");
  try {
    const { DatabaseSync } = await import("node:sqlite");
    return new DatabaseSync(path);
  } catch {
    const { default: Database } = await import("libsql");
    return new Database(path);
  }
}
