import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { Failure } from "../core/model/failure.ts";
import { SqliteConnection } from "./sqlite-connection.ts";

function connection() {
  const database = new Database(":memory:");
  database.run("CREATE TABLE facts (name TEXT PRIMARY KEY)");
  const opened = new SqliteConnection(database, "/data/holdfast.db", {
    look: () => ({ is: "sound" }),
  } as never);
  const put = (name: string): void => opened.run("INSERT INTO facts VALUES (?)", name);
  const names = (): unknown[] =>
    opened.all<{ name: string }>("SELECT name FROM facts").map(({ name }) => name);
  return { database, opened, put, names };
}

/** As SQLite does by itself where the disk is full. */
function failsWhole(database: Database): never {
  database.run("ROLLBACK");
  throw new Error("the disk is full");
}

describe("a transaction that SQLite ended by itself while a part of it was written", () => {
  test.each(["one alone", "one that others share"])("keeps nothing of what comes after: %s", (how) => {
    const { database, opened, put, names } = connection();
    const lost: string[] = [];
    if (how !== "one alone")
      opened.soon(
        () => put("shared"),
        () => void lost.push("shared"),
      );
    const work = (): void =>
      opened.atomically(() => {
        put("before");
        // Whoever shows a status goes on whatever became of what it notes.
        expect(() => opened.atomically(() => failsWhole(database))).toThrow("the disk is full");
        expect(() => put("after")).toThrow(Failure);
        opened.atomically(() => put("in a part of it"));
      });
    expect(work).toThrow(
      "/data/holdfast.db: cannot write the store: what this is a part of could not be written",
    );
    expect([names(), lost]).toEqual([[], how === "one alone" ? [] : ["shared"]]);
    opened.atomically(() => put("later"));
    expect(names()).toEqual(["later"]);
    opened.close();
  });
});
