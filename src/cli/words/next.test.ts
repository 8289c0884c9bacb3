import { describe, expect, test } from "bun:test";
import type { Application } from "../../core/model/application.ts";
import { suspendedHookWords } from "../../core/model/suspended-hook.ts";
import { nextOf } from "./next.ts";

const of = (status: object): Application =>
  ({
    metadata: { namespace: "argocd", name: "web" },
    spec: { project: "default", destination: {} },
    status: { sync: { status: "OutOfSync" }, health: { status: "Healthy" }, ...status },
  }) as unknown as Application;

const NOW = Date.parse("2026-11-30T00:05:00Z");

describe("nextOf()", () => {
  const waiting = (why: string) =>
    of({
      operationState: {
        phase: "Running",
        operation: { sync: {} },
        message: `waiting for completion of hook Job shop/approve since 2026-11-30T00:00:00Z${why}`,
      },
    });

  test("of a suspended hook is what lifts it, for a wait would never end", () => {
    expect(nextOf(waiting(` (${suspendedHookWords({ kind: "Job" })})`), NOW)).toBe(
      "holdfast app actions run argocd/web resume --kind Job --resource-name approve",
    );
    expect(nextOf(waiting(""), NOW)).toBe("holdfast app wait argocd/web");
  });

  test("of one whose file is gone, and that waits for a person, is to say so", () => {
    const missing = (message: string) =>
      of({ sync: { status: "Synced" }, conditions: [{ type: "ApplicationMissingWarning", message }] });
    const waits =
      "it is not in /apps/a.yaml any more, but /apps is suddenly empty, so it stays as it was: put the file back, or say that it may leave (holdfast admin approve-removal)";
    expect(nextOf(missing(waits), NOW)).toBe("holdfast admin approve-removal");
    expect(nextOf(missing("it is not in a.yaml any more; it leaves"), NOW)).toBe(
      "holdfast app history argocd/web",
    );
  });

  test("of what waits for too long is no wait", () => {
    const late = Date.parse("2026-11-30T00:10:01Z");
    expect(nextOf(waiting(""), late)).toBe("holdfast app get argocd/web --show-operation");
    const health = { status: "Progressing", lastTransitionTime: "2026-11-30T00:00:00Z" };
    const slow = of({ sync: { status: "Synced" }, health });
    expect([nextOf(slow, NOW), nextOf(slow, late)]).toEqual([
      "holdfast app wait argocd/web --health",
      "holdfast app tree argocd/web",
    ]);
  });

  test.each([
    [
      'cannot resolve revision "mian" in https://git.example.com/a.git: there is no branch, tag or commit of this name. Near it: main',
      "holdfast app set argocd/web --revision REVISION",
    ],
    [
      "cannot read https://git.example.com/a.git: it wants credentials (HTTP 401)",
      "holdfast repo add https://git.example.com/a.git --username NAME",
    ],
    [
      "cannot read https://git.example.com/a.git: it refused the credentials (HTTP 403)",
      "holdfast repo add https://git.example.com/a.git --username NAME --upsert",
    ],
    [
      "cannot read git@git.example.com:b.git: it refused the credentials (publickey)",
      "holdfast repo add git@git.example.com:b.git --ssh-private-key-path FILE --upsert",
    ],
    ["cannot read a base: it wants credentials (HTTP 401)", "holdfast repo add URL --username NAME"],
    ["cannot read https://git.example.com/a.git: it does not answer", "holdfast app refresh argocd/web"],
  ])("of a source that cannot be read (%s) is %s", (message, next) => {
    const app = of({ conditions: [{ type: "ComparisonError", message }] });
    const sources = [{ repoURL: "https://git.example.com/a.git" }, { repoURL: "git@git.example.com:b.git" }];
    expect(nextOf({ ...app, spec: { ...app.spec, sources } } as Application, NOW)).toBe(next);
  });

  test("of an address that a shell would obey is one word for the shell", () => {
    const repoURL = "https://git.example.com/$(reboot);a'b.git";
    const message = `cannot read ${repoURL}: it wants credentials (HTTP 401)`;
    const app = of({ conditions: [{ type: "ComparisonError", message }] });
    const next = nextOf({ ...app, spec: { ...app.spec, source: { repoURL } } } as Application, NOW);
    expect(next).toBe("holdfast repo add 'https://git.example.com/$(reboot);a'\\''b.git' --username NAME");
  });

  test("of what is written wrong is where that is mended", () => {
    const message =
      "api: cannot render: x has no such folder at 957ec63. Correct the source's path, or its revision";
    expect(nextOf(of({ conditions: [{ type: "ComparisonError", message }] }), NOW)).toBe(
      "holdfast app set argocd/web --path FOLDER",
    );
    const refused =
      "nothing was written, because the API server refuses Service a/b (shop/web.yaml:30): spec.ports[0].port: 80800";
    const run = { operation: {}, message: refused };
    expect(nextOf(of({ operationState: { ...run, phase: "Failed" } }), NOW)).toBe(
      "edit shop/web.yaml, from line 30 on, and commit it",
    );
    expect(nextOf(of({ operationState: { ...run, phase: "Succeeded" } }), NOW)).toBe(
      "holdfast app diff argocd/web",
    );
  });

  test.each([
    [
      "Pod stock-6f is on no node: 0/1 nodes are available",
      "holdfast app events argocd/web --kind Pod --resource-name stock-6f",
    ],
    [
      "Pod stock-6f container app waits: CrashLoopBackOff: back-off 40s",
      "holdfast app logs argocd/web stock-6f -c app --previous --tail 50",
    ],
    [
      "Pod stock-6f init container app waits: ImagePullBackOff: back-off",
      "holdfast app events argocd/web --kind Pod --resource-name stock-6f",
    ],
    ["Pod stock-6f container app waits: ContainerCreating", "holdfast app wait argocd/web"],
    ["1 of 3 replicas are available", "holdfast app wait argocd/web"],
  ])("of a sync that waits, or a health, (%s) is %s", (why, next) => {
    expect(nextOf(waiting(` (${why})`), NOW)).toBe(next);
    const resources = [
      { kind: "Deployment", name: "stock", health: { status: "Progressing", message: why } },
    ];
    const progressing = of({ sync: { status: "Synced" }, health: { status: "Progressing" }, resources });
    expect(nextOf(progressing, NOW)).toBe(next.endsWith("wait argocd/web") ? `${next} --health` : next);
  });

  test("of one that a Pod spoils is that Pod's log", () => {
    const health = {
      status: "Degraded",
      message: "apps/Deployment mail/mailer: Pod mailer-5d4-x2 container mailer waits: CrashLoopBackOff",
    };
    expect(nextOf(of({ sync: { status: "Synced" }, health }), NOW)).toBe(
      "holdfast app logs argocd/web mailer-5d4-x2 -c mailer --previous --tail 50",
    );
    expect(
      nextOf(of({ sync: { status: "Synced" }, health: { status: "Degraded", message: "broken" } }), NOW),
    ).toBe("holdfast app logs argocd/web --tail 50");
  });

  test("of one of several Pods that crash is the last run of that one, as its object says it", () => {
    const message =
      "Pod guestbook-g6-4j container page waits: CrashLoopBackOff: back-off 40s (and 1 more Pod). 1 of 2 replicas are available";
    const resources = [
      { kind: "Service", name: "guestbook", health: { status: "Healthy" } },
      { kind: "Deployment", name: "guestbook", health: { status: "Degraded", message } },
    ];
    const health = { status: "Degraded", message: `apps/Deployment shop/guestbook: ${message}` };
    expect(nextOf(of({ sync: { status: "Synced" }, health, resources }), NOW)).toBe(
      "holdfast app logs argocd/web guestbook-g6-4j -c page --previous --tail 50",
    );
  });

  test("of what cannot be rendered is the file, and how that is tried; what is no path is no part of it", () => {
    const next = (why: string, spec: object = { source: { repoURL: "x", path: "apps/shop" } }): string => {
      const conditions = [{ type: "ComparisonError", message: `apps/shop: cannot render: ${why}` }];
      return nextOf({ ...of({ conditions }), spec } as unknown as Application, NOW);
    };
    const trial =
      "; try it first, in a checkout: holdfast app get argocd/web -o yaml > web.yaml && holdfast render -f web.yaml --source .";
    expect(next("helm says: cannot load values.yaml: error: yaml: line 11: did not find ','")).toBe(
      `edit apps/shop/values.yaml, line 11, and commit it${trial}`,
    );
    expect(next("apps/shop/web.yaml:7: it is no mapping")).toBe(
      `edit apps/shop/web.yaml, line 7, and commit it${trial}`,
    );
    expect(next("kustomize says: nothing good")).toBe(`edit apps/shop, and commit it${trial}`);
    expect(next("it says $(rm -rf x).yaml;`a`.json")).not.toMatch(/[$`]/);
    expect(next("helm says: YAML parse error on shop/templates/web.yaml: yaml: line 5: no")).toBe(
      `edit apps/shop/templates/web.yaml, line 5 as rendered, and commit it${trial}`,
    );
    const atRoot = { source: { repoURL: "x", path: "." } };
    expect(next("helm says: execution error at (shop/charts/db/templates/a.yaml:3:4): no", atRoot)).toBe(
      `edit charts/db/templates/a.yaml, line 3, and commit it${trial}`,
    );
    // Whatever is named as the repository has it stays so, also where a folder has a word of Helm's.
    expect(next("kustomize says: base/templates/a.yaml: no such file")).toStartWith(
      "edit base/templates/a.yaml, and",
    );
    const several = {
      sources: [
        { repoURL: "x", path: "a" },
        { repoURL: "y", path: "b" },
      ],
    };
    expect(next("b/values.yaml: line 3: bad", several)).toBe("edit b/values.yaml, line 3, and commit it");
    const chart = { source: { repoURL: "x", chart: "web" } };
    expect(next("helm says: no", chart)).toBe("holdfast app refresh argocd/web");
    const away = { type: "ComparisonError", message: "https://x: cannot fetch: it does not answer" };
    expect(nextOf(of({ conditions: [away] }), NOW)).toBe("holdfast app refresh argocd/web");
  });

  test("of a file that is no YAML is that file and its line, and no refresh", () => {
    const message =
      "Application argocd/web: cannot use its manifests: paper/extra.yaml:5: mapping values are not allowed here (and 1 more)";
    const app = of({ sync: { status: "Unknown" }, conditions: [{ type: "ComparisonError", message }] });
    const spec = { source: { repoURL: "x", path: "paper" } };
    expect(nextOf({ ...app, spec } as unknown as Application, NOW)).toStartWith(
      "edit paper/extra.yaml, line 5, and commit it; try it first",
    );
    const rendered =
      "argocd/web: cannot use its manifests: apps/web/templates/a.yaml (as rendered):7: line 7: no";
    const ofChart = of({ conditions: [{ type: "ComparisonError", message: rendered }] });
    expect(nextOf({ ...ofChart, spec } as unknown as Application, NOW)).toStartWith(
      "edit apps/web/templates/a.yaml, line 7 as rendered, and commit it; try it first",
    );
  });

  test("of a namespace that is not there is the option that has it made, while a sync tries again too", () => {
    const lacking = (status: object, syncOptions: string[] = [], namespace = "clock-two"): string =>
      nextOf(
        { ...of(status), spec: { destination: { namespace }, syncPolicy: { syncOptions } } } as Application,
        NOW,
      );
    const refused = (phase: string) => ({
      operationState: {
        phase,
        operation: { sync: {} },
        message:
          'nothing was written, because the API server refuses ConfigMap clock-two/a (clock/a.yaml:1): namespaces "clock-two" not found',
      },
    });
    const made = "holdfast app set argocd/web --sync-option CreateNamespace=true";
    expect([lacking(refused("Failed")), lacking(refused("Running"))]).toEqual([made, made]);
    const ofObject = {
      phase: "Failed",
      operation: {},
      message: "one or more objects failed to apply",
      syncResult: { resources: [{ message: 'namespaces "clock-two" not found' }] },
    };
    expect(lacking({ operationState: ofObject })).toBe(made);
    expect([
      lacking(refused("Succeeded")),
      lacking({ ...refused("Failed"), sync: { status: "Synced" } }),
      lacking(refused("Failed"), ["CreateNamespace=true"]),
      lacking(refused("Failed"), [], "clock"),
    ]).not.toContain(made);
  });

  test("of a sync that a hook ended is the log of its Pod", () => {
    const failed = (message: string) => of({ operationState: { phase: "Failed", operation: {}, message } });
    expect(
      nextOf(
        failed(
          "the hook batch/Job shop/migrate failed: Job has failed; Pod migrate-x2 container migrate ended with exit code 1",
        ),
        NOW,
      ),
    ).toBe("holdfast app logs argocd/web migrate-x2 -c migrate --tail 50");
    expect(nextOf(failed("one or more objects failed to apply"), NOW)).toBe(
      "holdfast app get argocd/web --show-operation",
    );
  });
});
