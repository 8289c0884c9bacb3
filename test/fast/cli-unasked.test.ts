/** What the command line says where it knows nothing: what `validate` did not ask, and how a first application is made. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { validate } from "../../src/verbs/validate.ts";
import { fakeControl } from "../fakes/fake-control.ts";
import { cli } from "../lib/cli.ts";
import { startFakeApi } from "../lib/fake-api.ts";

const PROJECT = "apiVersion: argoproj.io/v1alpha1\nkind: AppProject\nmetadata: {name: team}\nspec: {}\n";
const APP = `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: web}
spec:
  project: team
  source: {repoURL: "https://git.example.com/web.git", path: nowhere}
  destination: {server: "https://kubernetes.default.svc", namespace: web}
`;
const FILES = {
  "holdfast.yaml": "applications: []\n",
  "project.yaml": PROJECT,
  "both.yaml": `${PROJECT}---\n${APP}`,
  "wrong.yaml": APP.replace("repoURL", "repoUrl"),
};
let cwd: string;
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), "holdfast-unasked-"));
  for (const [name, text] of Object.entries(FILES)) writeFileSync(join(cwd, name), text);
});
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

function validated(line: string) {
  const { execPath, argv, execArgv } = process;
  const env = {};
  const around = {
    ...{ env, cwd, embedded: {}, packageRoot: undefined, stderr: () => undefined },
    build: { version: "0.0.0", commit: "", buildDate: "" },
    self: { env, execPath, argv, execArgv },
  };
  return cli(["validate", ...line.split(" ").filter((word) => word !== "")], {
    verbs: { validate: (files, ask) => validate(around, files, ask) },
  });
}

test.each([
  ["", "No repository and no cluster was asked: holdfast doctor asks them."],
  [
    "--config holdfast.yaml",
    "No repository and no cluster was asked: holdfast doctor --config holdfast.yaml asks them.",
  ],
  [
    "project.yaml both.yaml",
    "No repository and no cluster was asked: holdfast doctor asks them, and holdfast render -f both.yaml shows whether revision and folder are there and render.",
  ],
])("validate %s says what it did not ask, and who does", async (line, said) => {
  const { code, stderr } = await validated(line);
  expect([code, stderr.split("\n").slice(1)]).toEqual([0, [said, ""]]);
});

test("validate of what asks nobody, or of what is wrong first, says nothing of it", async () => {
  const project = await validated("project.yaml");
  expect([project.code, project.stderr]).toEqual([0, "1 file checked, all of them valid.\n"]);
  const wrong = await validated("both.yaml wrong.yaml");
  expect([wrong.code, wrong.stderr]).toEqual([8, "1 of 2 files not valid.\n"]);
});

test("app list of none says each way to make one, and where the page is", async () => {
  const api = startFakeApi({ ...fakeControl(), applications: () => [] });
  try {
    const { code, stdout, stderr } = await cli(["app", "list"], { server: api.url });
    expect([code, stdout]).toEqual([0, ""]);
    expect(stderr).toBe(
      `There are no applications yet, or you may see none. What makes one: its manifest, in a folder that the config names or applied to the home cluster; holdfast app create; or the page, at ${api.url}/new/application\n`,
    );
    expect((await cli(["app", "get", "web"], { server: api.url })).stderr).toContain(
      "There are no applications yet. What makes one: holdfast app list",
    );
    expect((await cli(["app", "list", "-l", "a=b"], { server: api.url })).stderr).toContain(
      "No application fits, or you may not see it.",
    );
  } finally {
    await api.stop();
  }
});
