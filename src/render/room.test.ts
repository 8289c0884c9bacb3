import { describe, expect, test } from "bun:test";
import { FEWER_FETCHED, Room, SMALLER_FOLDER } from "./room.ts";

describe("how much one render may hold", () => {
  test("bytes are one sum, and the file that does not fit is named with what to do", () => {
    const room = new Room({ bytes: 3 << 20, files: 10 });
    room.take(2 << 20, "a.yaml", SMALLER_FOLDER);
    expect(() => room.take((1 << 20) + 1, "b.tgz", FEWER_FETCHED)).toThrow(
      `b.tgz: cannot render: with it the inputs are larger than 3 MiB. ${FEWER_FETCHED}`,
    );
  });

  test("empty files are counted", () => {
    const room = new Room({ bytes: 3 << 20, files: 2 });
    room.take(0, "a", SMALLER_FOLDER);
    room.take(0, "b", SMALLER_FOLDER);
    expect(() => room.take(0, "c", SMALLER_FOLDER)).toThrow("with it the inputs are more than 2 files");
  });
});
