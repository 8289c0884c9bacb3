import { describe, expect, test } from "bun:test";
import type { ListedApplication } from "../../core/model/listed-application.ts";
import { readViews, viewIn, withView } from "../components/saved-views.ts";
import { columnsWord, type ListColumn, lengthsOf, shownColumns, trackOf } from "./columns.ts";

const names = (shown: readonly ListColumn[]): string => shown.map(({ name }) => name).join();
const USUAL = "why,sync,health,revision,destination,synced";

describe("columns", () => {
  test.each([
    [null, USUAL],
    ["", USUAL],
    ["constructor,<b>", USUAL],
    // In one order, however they are written.
    ["health,project,health", "project,health"],
  ])("%p of the address are %p", (text, shown) => expect(names(shownColumns(text))).toBe(shown));

  test("one is turned on and off; none, and the usual ones, are no word", () => {
    expect(columnsWord(shownColumns(null), "policy")).toBe(
      "why,sync,health,revision,destination,policy,synced",
    );
    expect(
      columnsWord(shownColumns("why,sync,health,revision,destination,policy,synced"), "policy"),
    ).toBeUndefined();
    expect(columnsWord(shownColumns("why"), "why")).toBeUndefined();
  });

  const listed = (name: string, namespace: string) =>
    ({
      metadata: { name, namespace: "argocd" },
      spec: { project: "default", destination: { name: "production", namespace } },
    }) as ListedApplication;

  test("names and destinations have the room that the longest of them needs, and no more than a share", () => {
    const some = [listed("web", "shop"), listed("paper-production", "paper-production")];
    expect(lengthsOf(some, "one")).toEqual({ name: 16, destination: 29 });
    expect(lengthsOf(some, "shown")).toEqual({ name: 23, destination: 29 });
    expect(lengthsOf([listed("n".repeat(253), "s".repeat(63))], "one")).toEqual({
      name: 40,
      destination: 34,
    });
    expect(lengthsOf([], "one")).toEqual({ name: 0, destination: 0 });
    expect(trackOf(shownColumns("why,destination"), lengthsOf(some, "one"))).toBe(
      "24px 24px minmax(120px, 16ch) minmax(120px, 1fr) minmax(96px, 27ch)",
    );
    // Nothing else takes what is left.
    expect(trackOf(shownColumns("sync"), lengthsOf(some, "one"))).toBe("24px 24px minmax(120px, 1fr) 96px");
  });
});

describe("views", () => {
  test.each([
    ["null", 0],
    ["{", 0],
    ['[{"name":"a"},{"name":1,"query":""},null,{"name":"b","query":"q=x"}]', 1],
  ])("of %p as it was kept %p can be read", (text, many) => expect(readViews(text)).toHaveLength(many));

  test("are what the address says of the list, and nothing of what is open", () => {
    expect(viewIn(new URLSearchParams("open=a/b&q=x&tab=live&sort=-name&return_url=//evil"))).toBe(
      "q=x&sort=-name",
    );
    expect(readViews('[{"name":"b","query":"q=x&open=a/b"}]')).toEqual([{ name: "b", query: "q=x" }]);
  });

  test("one takes the place of its name, and they are bounded", () => {
    const many = Array.from({ length: 60 }, (_, at) => ({ name: `v${at}`, query: "" }));
    const kept = withView(readViews(JSON.stringify(many)), { name: "v1", query: "q=x" });
    expect(kept.filter(({ name }) => name === "v1")).toEqual([{ name: "v1", query: "q=x" }]);
    expect(withView(kept, { name: "new", query: "" })).toHaveLength(50);
  });
});
