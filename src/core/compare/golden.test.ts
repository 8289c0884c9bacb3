/** test/golden/compare: what a person is shown of a difference. `UPDATE_GOLDEN=1` rewrites the answers. */
import { describe, expect, test } from "bun:test";
import { goldenCases } from "../../../test/lib/golden.ts";
import type { KubeObject } from "../model/kube-object.ts";
import { refKey, refOf } from "../model/object-ref.ts";
import { desiredWithinLive } from "./judge/desired-within-live.ts";
import { diffObjects } from "./show/diff-objects.ts";

describe("test/golden/compare", () => {
  test.each(goldenCases("compare"))("$name", ({ input, check }) => {
    const live = input["live"] as KubeObject | undefined,
      predicted = input["predicted"] as KubeObject | undefined;
    const diff = diffObjects({ key: refKey(refOf((live ?? predicted) as KubeObject)), live, predicted });
    const shown =
      live === undefined || predicted === undefined || live.kind === "Secret"
        ? { ...diff }
        : { fields: diff.fields };
    const within =
      live === undefined || predicted === undefined
        ? {}
        : { desiredWithinLive: desiredWithinLive(predicted, live) };
    check({ ...shown, ...within }, (answer, want) => expect(answer).toEqual(want as object));
  });
});
