import { expect, test } from "bun:test";
import { readMessage } from "./terminal-line.ts";

test.each([
  ['{"is":"size","columns":80,"rows":24}', { is: "size", columns: 80, rows: 24 }],
  ['{"is":"shown","bytes":4096}', { is: "shown", bytes: 4096 }],
  ['{"is":"size","columns":0,"rows":24}', undefined],
  ['{"is":"size","columns":1001,"rows":24}', undefined],
  ['{"is":"size","columns":"80","rows":24}', undefined],
  ['{"is":"size","columns":80.5,"rows":24}', undefined],
  ['{"is":"shown","bytes":-1}', undefined],
  ['{"is":"shown","bytes":1e400}', undefined],
  ['{"is":"stdin","data":"rm"}', undefined],
  ["[]", undefined],
  ["null", undefined],
  ["{", undefined],
  [`{"is":"shown","bytes":1,"more":"${"x".repeat(300)}"}`, undefined],
])("readMessage() reads %s", (text, message) => {
  expect(readMessage(text)).toEqual(message as never);
});
