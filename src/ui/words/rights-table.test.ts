import { expect, test } from "bun:test";
import { whyNoRequest } from "../../core/access/check-policy.ts";
import { askedObject, RIGHTS_COLUMNS, RIGHTS_ROWS } from "./rights-table.ts";

test("every cell is a request that a policy knows, and has a column", () => {
  for (const { resource, actions } of RIGHTS_ROWS)
    for (const action of actions) {
      expect(whyNoRequest(resource, action)).toBeUndefined();
      expect(RIGHTS_COLUMNS).toContain(action);
    }
});

test.each([
  ["applications", undefined, "*"],
  ["applications", "team-a", "team-a/*"],
  ["projects", "team-a", "team-a"],
  ["accounts", "team-a", undefined],
  ["accounts", undefined, "*"],
] as const)("%s in %s is asked as %s", (resource, project, object) => {
  const row = RIGHTS_ROWS.find((one) => one.resource === resource);
  expect(row && askedObject(row, project)).toBe(object);
});
