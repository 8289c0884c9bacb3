/** What an installation that is printed says beside it. */
import { expect, test } from "bun:test";
import { cli } from "../lib/cli.ts";

const printed = (argv: string) =>
  cli(argv.split(" "), {
    verbs: {
      install: async () => ({
        objects: [{ apiVersion: "v1", kind: "Namespace", metadata: { name: "argocd" } }],
        into: () => Promise.reject(new Error("nothing is written here")),
      }),
    },
  });

test("install says that its image is still to be built or named, and only where none is named", async () => {
  const alone = await printed("install");
  expect(alone.stderr).toContain("The image in it is in no registry");
  expect(alone.stdout).not.toContain("no registry");
  const named = await printed("install --image registry.example.com/holdfast:1");
  expect([named.code, named.stderr]).toEqual([alone.code, ""]);
});

test("install --apply shows which fields change and what stays, and what is said by a cluster steers no terminal", async () => {
  const { stdout, stderr } = await cli(["install", "--apply", "--yes"], {
    verbs: {
      install: async () => ({
        objects: [],
        into: async () => ({
          said: ["Rights stay: all.", "+   tls:", "\u001b[2Jkept"],
          image: "a:1",
          steps: [
            {
              object: "Service a/b",
              is: "change",
              fields: Array.from({ length: 10 }, (_, at) => `spec.x${at}`),
            },
            { object: "ClusterRoleBinding c", is: "remove" },
          ],
          apply: async (did) => {
            did("Service a/b", "changed");
            did("ClusterRoleBinding c", "removed");
          },
          stop: () => undefined,
        }),
      }),
    },
  });
  expect(stdout).toBe("Service a/b changed\nClusterRoleBinding c removed\n");
  expect(stderr).toContain("  Service a/b  change\n    spec.x0\n");
  expect(stderr).toContain("    spec.x7\n    and 2 fields more\n  ClusterRoleBinding c  remove");
  expect(stderr).toContain("\n+   tls:\n");
  expect(stderr).not.toContain("\u001b");
  // The image is somebody's: of one that nobody publishes is no word.
  expect(stderr).not.toContain("no registry");
});

test("what is next is of what was written: a new Pod is waited for by its rollout, and where nothing was written there is nothing", async () => {
  const next = async (deployment: "create" | "change" | "unchanged", config: "change" | "unchanged") => {
    const { stderr } = await cli(["install", "-n", "cd", "--apply", "--yes"], {
      verbs: {
        install: async () => ({
          objects: [],
          into: async () => ({
            said: [],
            image: "a:1",
            steps: [
              config === "change"
                ? { object: "ConfigMap cd/holdfast", is: "change", fields: [] }
                : { object: "ConfigMap cd/holdfast", is: "unchanged" },
              deployment === "change"
                ? { object: "Deployment cd/argocd-server", is: "change", fields: [] }
                : { object: "Deployment cd/argocd-server", is: deployment },
            ],
            apply: async () => undefined,
            stop: () => undefined,
          }),
        }),
      },
    });
    return stderr.split("Next:\n")[1]?.trimEnd().split("\n");
  };
  const rollout = "  kubectl -n cd rollout status deploy/argocd-server --timeout=5m";
  expect(await next("change", "change")).toEqual([rollout, "  holdfast status"]);
  expect((await next("create", "change"))?.map((line) => line.split(" -")[0])).toEqual([
    "  kubectl",
    "  kubectl",
    "  kubectl",
    "  holdfast login https://localhost:8080",
  ]);
  expect(await next("unchanged", "change")).toBeUndefined();
  expect(await next("unchanged", "unchanged")).toBeUndefined();
});
