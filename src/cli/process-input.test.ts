import { expect, test } from "bun:test";
import { PassThrough } from "node:stream";
import { processInput } from "./process-input.ts";

function terminal() {
  const modes: boolean[] = [];
  const stream = Object.assign(new PassThrough(), {
    isTTY: true,
    setRawMode: (mode: boolean) => modes.push(mode),
  });
  return { stream, modes };
}

test("lines of a pipe come one after another, and what one chunk brought too much is kept", async () => {
  const stream = new PassThrough();
  const input = processInput(stream, () => undefined);
  stream.write("one\ntw");
  expect(await input.line()).toBe("one");
  const second = input.line();
  stream.end("o\r\nlast");
  expect(await second).toBe("two");
  expect(await input.hiddenLine()).toBe("last");
  expect(await input.line()).toBe("");
});

test("a hidden line: nothing is echoed meanwhile, erase and Ctrl-U count, and the mode is given back", async () => {
  const { stream, modes } = terminal();
  const input = processInput(stream, () => undefined);
  stream.write("ann\n");
  expect(await input.line()).toBe("ann");
  expect(modes).toEqual([]);
  stream.write("oh no\x15secrx\x7fet\r");
  expect(await input.hiddenLine()).toBe("secret");
  expect(modes).toEqual([true, false]);
});

test("Ctrl-C in a hidden line interrupts, and the mode is given back", async () => {
  const { stream, modes } = terminal();
  let interrupts = 0;
  const input = processInput(stream, () => {
    interrupts++;
  });
  stream.write("sec\x03");
  expect(await input.hiddenLine().then(String, String)).toBe("Error: interrupted");
  expect([interrupts, modes]).toEqual([1, [true, false]]);
});
