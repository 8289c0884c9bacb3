import { expect, test } from "bun:test";
import { staysSynced } from "../../lib/calm.ts";
import { placeEstate } from "../../lib/estate.ts";
import { eventually } from "../../lib/eventually.ts";
import { configMap, configMapPath } from "../../lib/manifests.ts";
import { conditions, isQuiet, isSynced, MERGE, results, type Shown, type Stage } from "../../lib/stage.ts";

const BLUE = "/api/v1/namespaces/tenant-blue";

export function namespaceEstate(stage: () => Stage): void {
  test("a namespace that leaves Git: kept until a person says so, gone with what is in it, and what holds it is named", async () => {
    const { must, find, daemon } = stage();
    const app = await placeEstate(stage(), "namespace", { namespace: "" });
    await app.untilSettled();
    // Somebody works in it whom Git knows nothing of.
    await must("POST", `${BLUE}/configmaps`, {
      ...configMap("tenant-blue", "work"),
      metadata: { name: "work", finalizers: ["estates.example.com/backup"] },
    });
    await app.commit({ "blue.yaml": null });
    const blocked = await app.until((now) => isQuiet(now) && conditions(now, "PruneBlocked").length > 0);
    expect(conditions(blocked, "PruneBlocked").join("\n")).toContain(
      "Namespace tenant-blue is no longer in Git and waits for a person's approval, because it holds 1 object that is not this application's (ConfigMap tenant-blue/work), and it would go with it",
    );
    // What is in it and asks nobody goes, the Namespace and the work in it stay.
    await eventually(
      "the rest is pruned",
      async () => !(await find(configMapPath("tenant-blue", "contact"))),
    );
    expect((await must("GET", BLUE)).status?.phase).toBe("Active");
    const shown = await daemon.cli("app", "get", "tenants");
    expect(shown.stdout).toMatch(/tenant-blue/);
    expect(shown.stdout).toMatch(/--confirm/);

    const wrong = await daemon.cli("app", "sync", "tenants", "--prune", "--confirm", "7");
    expect(wrong.code).not.toBe(0);
    expect((await must("GET", BLUE)).metadata.deletionTimestamp).toBeUndefined();
    const right = await daemon.cli("app", "sync", "tenants", "--prune", "--confirm", "1");
    expect(`${right.stdout}${right.stderr}`).toMatch(/tenant-blue/);
    // It is going, and the result says what it waits for by name.
    const going = await app.until(
      (now) => isQuiet(now) && results(now)["Namespace/tenant-blue"] !== undefined,
    );
    expect(results(going)["Namespace/tenant-blue"]?.message).toBe(
      "deletion asked for. It goes when everything in it is gone",
    );
    const held = await app.until((now) => conditions(now, "DeletionHeldWarning").length > 0);
    expect(conditions(held, "DeletionHeldWarning").join("\n")).toMatch(
      /Namespace tenant-blue is not empty yet: .*estates\.example\.com\/backup/,
    );
    expect((await daemon.cli("app", "get", "tenants")).stdout).toMatch(/estates\.example\.com\/backup/);

    // Green goes on as ever beside it.
    await must("PATCH", configMapPath("tenant-green", "contact"), { data: { team: "red" } }, MERGE);
    await eventually(
      "it is put back",
      async () => (await must("GET", configMapPath("tenant-green", "contact"))).data.team === "green",
    );

    // Git wants it back while it goes: said as it is, and made when it is gone.
    const blue = await Bun.file(`${import.meta.dir}/namespace/app/blue.yaml`).text();
    await app.commit({ "blue.yaml": blue });
    const back = await app.until((now) =>
      /being (deleted|terminated)|is going/i.test(now.status?.operationState?.message ?? ""),
    );
    expect(back.status.operationState.message).toMatch(/tenant-blue/);
    const { uid } = (await must("GET", BLUE)).metadata;
    await must("PATCH", configMapPath("tenant-blue", "work"), { metadata: { finalizers: null } }, MERGE);
    await eventually(
      "it is another one",
      async () => {
        const now: Shown | undefined = await find(BLUE);
        return (
          now !== undefined &&
          now.metadata.uid !== uid &&
          (await find(configMapPath("tenant-blue", "contact"))) !== undefined
        );
      },
      60_000,
    );
    await app.until((now) => isSynced(now) && isQuiet(now), 60_000);
    await app.untilSettled();
    await staysSynced(stage(), app);
  });
}
