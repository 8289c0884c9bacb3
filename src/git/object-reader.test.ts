import { describe, expect, test } from "bun:test";
import { ObjectReader, type ReaderBounds, type ReaderEnded, TooLarge } from "./object-reader.ts";
import { ReaderPool } from "./reader-pool.ts";

/** A reader whose process runs this script: `names` are the lines that it is asked. */
function reader(script: string, bounds: Partial<ReaderBounds> = {}): ObjectReader {
  return new ObjectReader(
    {
      argv: [process.execPath, "-e", `const say = (text) => process.stdout.write(text); ${script}`],
      env: {},
      limits: {},
    },
    { maxObjectBytes: 1000, answerMs: 20_000, ...bounds },
  );
}
const echo = "for await (const name of console) if (name) say(`${name} blob ${name.length}\\n${name}\\n`);";
const outcome = (work: Promise<unknown>): Promise<string> =>
  work.then(
    (value) => Bun.inspect(value),
    (cause: Error) => `${cause.name}: ${cause.message}`,
  );

describe("ObjectReader", () => {
  test("answers come in the order of the questions, in whatever pieces", async () => {
    const slow = reader(
      "for await (const name of console) if (name) for (const byte of `${name} blob ${name.length}\\n${name}\\n`) { say(byte); await Bun.sleep(1); }",
    );
    const answers = await Promise.all(["one", "three", "two"].map((name) => slow.ask(name)));
    expect(answers.map((answer) => (answer.is === "object" ? answer.data.toString() : answer.is))).toEqual([
      "one",
      "three",
      "two",
    ]);
    await slow.close();
  });

  test("an empty object, a missing and an ambiguous one", async () => {
    const each = reader(
      'for await (const name of console) if (name) say(name === "empty" ? "abc blob 0\\n\\n" : `${name} ${name}\\n`);',
    );
    expect(await each.ask("empty")).toMatchObject({ is: "object", id: "abc", type: "blob" });
    expect(await each.ask("missing")).toEqual({ is: "missing" });
    expect(await each.ask("ambiguous")).toEqual({ is: "missing" });
    await each.close();
  });

  test("an object that is too large is refused by its head, and only who asked for it hears so", async () => {
    const large = reader(
      'for await (const name of console) if (name) say(name === "large" ? `large blob 1001\\n` : `${name} blob 1\\nx\\n`);',
    );
    const [first, second] = [large.ask("large"), large.ask("other")];
    expect(await first.catch((cause: unknown) => cause)).toBeInstanceOf(TooLarge);
    expect(await second.catch((cause: unknown) => (cause as ReaderEnded).over)).toBe("something else");
    expect(large.hasEnded).toBe(true);
  });

  test.each([
    ["a size that is no number", "x blob many\\nx\\n"],
    ["a negative size", "x blob -1\\nx\\n"],
    ["words without end", "x".repeat(10_000)],
    ["a size that is too small", "x blob 1\\nxyz\\n"],
    ["an answer that is none", "hello\\n"],
  ])("%s ends it", async (_, text) => {
    const lying = reader(`for await (const name of console) if (name) say("${text}");`);
    expect(await outcome(lying.ask("x"))).toBe("BrokenObject: an answer is not in the format");
    expect(lying.hasEnded).toBe(true);
  });

  test("an answer that nobody asked for ends it", async () => {
    const eager = reader('say("a blob 1\\nx\\nb blob 1\\nx\\n"); await Bun.sleep(20000);');
    const [first] = await Promise.allSettled([eager.ask("a")]);
    while (!eager.hasEnded) await Bun.sleep(5);
    expect(await outcome(eager.ask("c"))).toBe("BrokenObject: an answer came unasked");
    expect(first.status).toBeString();
  });

  test("silence ends it, and its last words are told", async () => {
    expect(await outcome(reader("await Bun.sleep(20000);", { answerMs: 50 }).ask("x"))).toBe(
      "ReaderEnded: it did not answer within 0.05 s",
    );
    expect(await outcome(reader('console.error("fatal: no such folder"); process.exit(3);').ask("x"))).toBe(
      "ReaderEnded: fatal: no such folder",
    );
    expect(
      await outcome(reader('process.kill(process.pid, "SIGKILL"); await Bun.sleep(20000);').ask("x")),
    ).toBe("ReaderEnded: its process ended with SIGKILL");
  });
});

test("a process that listens no more is told of by its last words, not by the pipe", async () => {
  const deaf = new ObjectReader(
    {
      argv: ["/bin/sh", "-c", "exec 0<&-; sleep 0.5; echo 'fatal: the disk went away' >&2; exit 3"],
      env: { PATH: "/usr/bin:/bin" },
      limits: {},
    },
    { maxObjectBytes: 1000, answerMs: 20_000 },
  );
  // Without a turn of the loop in which its end could be noticed.
  Bun.sleepSync(250);
  expect(await outcome(deaf.ask("x"))).toBe("ReaderEnded: fatal: the disk went away");
});

describe("ReaderPool", () => {
  const ask = (pool: ReaderPool, place: string, name = "x"): Promise<string> =>
    pool
      .use(
        place,
        1,
        () => reader(echo),
        (lent) => lent.ask(name),
      )
      .then((answer) => answer.is);

  test("keeps so many open, and closes the one used longest ago", async () => {
    const pool = new ReaderPool(2, 60_000);
    const opened: string[] = [];
    const use = (place: string): Promise<unknown> =>
      pool.use(
        place,
        1,
        () => {
          opened.push(place);
          return reader(echo);
        },
        (lent) => lent.ask("x"),
      );
    for (const place of ["a", "b", "a", "c", "a", "b"]) await use(place);
    expect(opened).toEqual(["a", "b", "c", "b"]);
    expect(pool.size).toBe(2);
    await pool.stop();
    expect(pool.size).toBe(0);
  });

  test("who finds all busy waits for a place", async () => {
    const pool = new ReaderPool(1, 60_000);
    const answers = await Promise.all(["a", "b", "c", "a"].map((place) => ask(pool, place)));
    expect(answers).toEqual(["object", "object", "object", "object"]);
    await pool.stop();
  });

  test("one that nobody asks is closed after a while, and opened again", async () => {
    const pool = new ReaderPool(2, 20);
    expect(await ask(pool, "a")).toBe("object");
    while (pool.size > 0) await Bun.sleep(5);
    expect(await ask(pool, "a")).toBe("object");
    await pool.stop();
  });

  test("what another question ended is asked again, and what ended over its own is not", async () => {
    const pool = new ReaderPool(2, 60_000);
    let opened = 0;
    const open = (): ObjectReader => {
      opened++;
      return reader(
        'for await (const name of console) if (name) { if (name === "bad") process.exit(1); say(`${name} blob 1\\nx\\n`); }',
      );
    };
    const use = (name: string): Promise<string> => outcome(pool.use("a", 1, open, (lent) => lent.ask(name)));
    const [bad, good] = await Promise.all([use("bad"), use("good")]);
    expect(bad).toBe("ReaderEnded: its process ended with code 1");
    expect(good).toContain('"good"');
    expect(opened).toBe(2);
    await pool.stop();
  });

  test("close() ends what lies below a place too", async () => {
    const pool = new ReaderPool(4, 60_000);
    for (const place of ["/s/one", "/s/one/x", "/s/onetwo"]) await ask(pool, place);
    await pool.close("/s/one");
    expect(pool.size).toBe(1);
    await pool.stop();
  });
});
