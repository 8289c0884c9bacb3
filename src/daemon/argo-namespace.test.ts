import { describe, expect, test } from "bun:test";
import { recordingLog } from "../../test/lib/recording-log.ts";
import type { KubeObject } from "../core/model/kube-object.ts";
import { showProblem } from "../core/model/problem.ts";
import type { Cluster } from "../core/ports/cluster.ts";
import type { ObjectWatch, ObjectWatchListener, WatchState } from "../core/ports/object-watch.ts";
import { ArgoNamespace } from "./argo-namespace.ts";

/** One kind as a server would show it. */
class ShownKind implements ObjectWatch {
  readonly held = new Map<string, KubeObject>();
  is: WatchState = { is: "starting" };
  ended = false;
  constructor(
    readonly asked: string,
    private readonly listener: ObjectWatchListener,
    readonly name = "",
  ) {}
  state = (): WatchState => this.is;
  get = (): undefined => undefined;
  objects = (): Iterable<KubeObject> => this.held.values();
  wrote = (): void => undefined;
  stop = (): void => void (this.ended = true);
  put(name: string, data: Record<string, string>, type?: string, partOf = "argocd"): void {
    const encoded = (text: string): string =>
      type === undefined ? text : Buffer.from(text).toString("base64");
    const object = {
      metadata: {
        name,
        namespace: "argocd",
        resourceVersion: crypto.randomUUID(),
        labels: {
          ...(partOf === "" ? {} : { "app.kubernetes.io/part-of": partOf }),
          ...(type === undefined ? {} : { "argocd.argoproj.io/secret-type": type }),
        },
      },
      data: Object.fromEntries(Object.entries(data).map(([key, text]) => [key, encoded(text)])),
    } as unknown as KubeObject;
    this.held.set(name, object);
    this.listener.changed(object);
  }
  remove(name: string): void {
    const object = this.held.get(name) as KubeObject;
    this.held.delete(name);
    this.listener.gone(object);
  }
  become(is: WatchState): void {
    this.is = is;
    this.listener.became(is);
  }
}

/** Those that are followed by their names, together. */
class ShownNames {
  constructor(readonly each: readonly ShownKind[]) {}
  of(name: string): ShownKind {
    return this.each.find((one) => one.name === name) as ShownKind;
  }
  put(name: string, data: Record<string, string>, type?: string, partOf?: string): void {
    this.of(name).put(name, data, type, partOf);
  }
  become(is: WatchState): void {
    for (const one of this.each) one.become(is);
  }
}

class Kept {
  text: string | undefined;
  isFull = false;
  read = (): string | undefined => this.text;
  write(text: string): void {
    if (this.isFull) throw new Error("the disk is full");
    this.text = text;
  }
}

function stand(lastPolicy = new Kept()) {
  const log = recordingLog();
  const shown: ShownKind[] = [];
  const cluster: Pick<Cluster, "watch"> = {
    watch: ({ kind }, { namespaces, labelSelector, name }, listener) => {
      const one = new ShownKind(`${kind} ${namespaces.join()} ${name ?? labelSelector}`, listener, name);
      shown.push(one);
      return one;
    },
  };
  let changes = Promise.withResolvers<void>();
  const namespace = new ArgoNamespace({ namespace: "argocd", log, lastPolicy });
  namespace.onChange(() => changes.resolve());
  namespace.follow(cluster);
  return {
    log,
    cluster,
    namespace,
    shown,
    secrets: shown.find(({ asked }) => asked.endsWith("secret-type")) as ShownKind,
    maps: new ShownNames(shown.filter(({ asked }) => asked.startsWith("ConfigMap"))),
    own: shown.find(({ name }) => name === "argocd-secret") as ShownKind,
    kept: shown.find(({ asked }) => asked.endsWith("part-of=argocd")) as ShownKind,
    /** After what was done now was taken up. */
    async after(work: () => void): Promise<void> {
      changes = Promise.withResolvers();
      work();
      await changes.promise;
    },
    users: () => namespace.held()?.repositories.map(({ username }) => username),
    said: () => namespace.problems().map(showProblem),
  };
}
const URL = "https://git.example.com/shop";

describe("ArgoNamespace", () => {
  test("knows nothing before both kinds were seen, and says that nothing may be written", async () => {
    const { namespace, shown, secrets, maps, after, users } = stand();
    expect(shown.map(({ asked }) => asked)).toEqual([
      "Secret argocd argocd.argoproj.io/secret-type",
      "ConfigMap argocd argocd-cm",
      "ConfigMap argocd argocd-cmd-params-cm",
      "ConfigMap argocd argocd-rbac-cm",
      "ConfigMap argocd argocd-tls-certs-cm",
      "ConfigMap argocd argocd-ssh-known-hosts-cm",
      "ConfigMap argocd argocd-notifications-cm",
      "ConfigMap argocd argocd-image-updater-config",
      "Secret argocd argocd-secret",
      "Secret argocd app.kubernetes.io/part-of=argocd",
    ]);
    await after(() => {
      secrets.put("shop", { url: URL, username: "ci" }, "repository");
      secrets.become({ is: "shown" });
    });
    expect(namespace.held()).toBeUndefined();
    expect(namespace.unknown()).toContain("is not known yet");
    await after(() => maps.become({ is: "shown" }));
    expect(users()).toEqual(["ci"]);
    expect(namespace.unknown()).toBeUndefined();
  });

  test("follows what Argo CD Image Updater is told, and writes without it while it may not be seen", async () => {
    const { namespace, secrets, maps, after, said } = stand();
    const found = () => namespace.held()?.texts.imageUpdater;
    await after(() => {
      secrets.become({ is: "shown" });
      maps.become({ is: "shown" });
      maps.of("argocd-image-updater-config").become({ is: "unseen", why: "configmaps is forbidden" });
    });
    expect([found(), namespace.unknown()]).toEqual([undefined, undefined]);
    expect(said().join()).toContain("no registry is asked as it says, before it is");
    await after(() => {
      maps.put("argocd-image-updater-config", { "git.user": "bot" });
      maps.become({ is: "shown" });
    });
    expect(found()).toEqual({ "git.user": "bot" });
  });

  test("follows the Secrets that settings refer to, and writes without them meanwhile", async () => {
    const { namespace, secrets, maps, kept, own, after, said } = stand();
    await after(() => {
      secrets.become({ is: "shown" });
      maps.put("argocd-cm", { "oidc.config": "x" });
      maps.become({ is: "shown" });
    });
    expect(namespace.unknown()).toBeUndefined();
    expect(namespace.held()?.texts).toEqual({
      settings: { "oidc.config": "x" },
      access: {},
      secrets: undefined,
    });
    // Argo CD's own Secret is one of both, and what is followed by its name says how it is.
    await after(() => {
      kept.put("argocd-secret", { "oidc.secret": "an older one" }, "");
      kept.put("okta", { secret: "canary" }, "");
      kept.become({ is: "shown" });
    });
    expect(namespace.held()?.texts.secrets).toBeUndefined();
    await after(() => {
      own.put("argocd-secret", { "oidc.secret": "canary" }, "", "");
      own.become({ is: "shown" });
    });
    const found = (): unknown => namespace.held()?.texts.secrets;
    const both = new Map([
      ["okta", { secret: "canary" }],
      ["argocd-secret", { "oidc.secret": "canary" }],
    ]);
    expect(found()).toEqual(both);
    // What is not seen any more is held as it was.
    await after(() => {
      own.become({ is: "unseen", why: "secrets is forbidden" });
      own.remove("argocd-secret");
    });
    expect(found()).toEqual(both);
    expect(said()).toEqual([
      "Secret argocd-secret and Secrets with app.kubernetes.io/part-of=argocd in namespace argocd of the home cluster: they are not seen: secrets is forbidden; what was seen of them last holds. Let the daemon's account list and watch secrets there, and look at the server",
    ]);
  });

  test("what bears no label holds by its name, and is told where Argo CD would not find it", async () => {
    const { namespace, secrets, maps, kept, own, after, said, log } = stand();
    await after(() => {
      secrets.become({ is: "shown" });
      maps.put("argocd-cm", { "accounts.ann": "login", "resource.exclusions": "[]" }, undefined, "");
      maps.put("argocd-rbac-cm", { "policy.default": "role:readonly" }, undefined, "");
      maps.become({ is: "shown" });
      own.put("argocd-secret", { "server.secretkey": "canary" }, "", "");
      own.become({ is: "shown" });
      kept.become({ is: "shown" });
    });
    const access = namespace.held()?.access;
    expect([access?.asks, access?.accounts.map(({ name }) => name), access?.policy?.defaultRole]).toEqual([
      "everybody",
      ["admin", "ann"],
      "role:readonly",
    ]);
    const sentence =
      'ConfigMap argocd/argocd-cm: metadata.labels["app.kubernetes.io/part-of"]: is not argocd: it holds here by its name, and an Argo CD beside this server does not find it. kubectl -n argocd label --overwrite configmap argocd-cm app.kubernetes.io/part-of=argocd';
    expect(said()).toEqual([sentence]);
    const logged = (): number =>
      log.lines.filter((line) => JSON.stringify(line).includes("label --overwrite")).length;
    expect(logged()).toBe(1);
    // Neither another change nor another label's value says it again, or stops it.
    await after(() =>
      maps.put("argocd-cm", { "accounts.ann": "login", "resource.exclusions": "[]" }, undefined, "argo-cd"),
    );
    expect([said(), logged()]).toEqual([[sentence], 1]);
    await after(() => maps.put("argocd-cm", { "accounts.ann": "login" }));
    expect(said()).toEqual([]);
  });

  test("nothing is concluded before each of them was seen, and of several that are not seen is told once", async () => {
    const { namespace, secrets, maps, after, said } = stand();
    await after(() => {
      secrets.become({ is: "shown" });
      for (const one of maps.each) if (one.name !== "argocd-rbac-cm") one.become({ is: "shown" });
    });
    expect(namespace.held()).toBeUndefined();
    expect(namespace.unknown()).toContain("is not known yet");
    await after(() => maps.of("argocd-rbac-cm").become({ is: "shown" }));
    expect(namespace.unknown()).toBeUndefined();
    await after(() => maps.become({ is: "unseen", why: "configmaps is forbidden" }));
    expect(said()).toEqual([
      "ConfigMaps in namespace argocd of the home cluster: they are not seen: configmaps is forbidden; what was seen of them last holds. Let the daemon's account list and watch configmaps there, and look at the server",
      expect.stringContaining("ConfigMap argocd-notifications-cm in namespace argocd"),
      expect.stringContaining("ConfigMap argocd-image-updater-config in namespace argocd"),
    ]);
  });

  test("follows what is changed and removed", async () => {
    const { secrets, maps, after, users } = stand();
    await after(() => {
      secrets.put("shop", { url: URL, username: "one" }, "repository");
      secrets.become({ is: "shown" });
      maps.become({ is: "shown" });
    });
    await after(() => secrets.put("shop", { url: URL, username: "two" }, "repository"));
    expect(users()).toEqual(["two"]);
    await after(() => secrets.remove("shop"));
    expect(users()).toEqual([]);
  });

  test("a kind that is not seen leaves what was seen last, though it shows less", async () => {
    const { namespace, secrets, maps, after, users, said } = stand();
    await after(() => {
      secrets.put("shop", { url: URL, username: "ci" }, "repository");
      secrets.become({ is: "shown" });
      maps.put("argocd-cm", { installationID: "blue" });
      maps.become({ is: "shown" });
    });
    await after(() => {
      secrets.become({ is: "unseen", why: "secrets is forbidden" });
      secrets.remove("shop");
    });
    expect(users()).toEqual(["ci"]);
    expect(said()).toEqual([
      "Secrets in namespace argocd of the home cluster: they are not seen: secrets is forbidden; what was seen of them last holds. Let the daemon's account list and watch secrets there, and look at the server",
    ]);
    // The other kind is followed meanwhile.
    await after(() => maps.put("argocd-cm", { installationID: "green" }));
    expect(namespace.held()?.settings.installationID).toBe("green");
    expect(namespace.unknown()).toBeUndefined();
    await after(() => secrets.become({ is: "shown" }));
    expect(users()).toEqual([]);
    expect(said()).toEqual([]);
  });

  test("a kind that was never seen has nothing written, and says why", async () => {
    const { namespace, secrets, maps, after, said } = stand();
    await after(() => {
      secrets.become({ is: "shown" });
      maps.become({ is: "unseen", why: "configmaps is forbidden" });
    });
    expect(namespace.unknown()).toContain("is not known yet");
    expect(said()[0]).toContain("configmaps is forbidden; nothing is written to any cluster before they are");
  });

  test("settings that cannot be read have nothing written until they can", async () => {
    const { namespace, secrets, maps, after } = stand();
    await after(() => {
      secrets.become({ is: "shown" });
      maps.put("argocd-cm", { "resource.exclusions": "- {" });
      maps.become({ is: "shown" });
    });
    expect(namespace.unknown()).toBe(
      "Argo CD's settings in namespace argocd are not known: argocd-cm cannot be read",
    );
    await after(() => maps.put("argocd-cm", {}));
    expect(namespace.unknown()).toBeUndefined();
  });

  test("what is not honoured is told once, with the reason, and what comes later too", async () => {
    const { secrets, maps, after, log } = stand();
    const told = (): unknown[] =>
      log.lines.flatMap(({ message, fields: { keys } }) =>
        message.startsWith("some of Argo CD's settings are not honoured") ? [keys] : [],
      );
    const page = "it is of Argo CD's page";
    const where = "additionalUrls";
    await after(() => {
      maps.put("argocd-cm", { "server.maxPodLogsToRender": "x" });
      secrets.become({ is: "shown" });
      maps.become({ is: "shown" });
    });
    await after(() => maps.put("argocd-cm", { "help.chatUrl": "y", [where]: "z" }));
    await after(() => maps.put("argocd-cm", { [where]: "z" }));
    await after(() => maps.put("argocd-cm", { "help.chatUrl": "y", [where]: "z" }));
    expect(told()).toEqual([
      { "argocd-cm: server.maxPodLogsToRender": page },
      { [`argocd-cm: ${where}`]: page },
    ]);
  });

  test("the very same connection is not followed anew", () => {
    const { namespace, secrets, cluster } = stand();
    namespace.follow(cluster);
    expect(secrets.ended).toBe(false);
  });

  test("another connection is followed from the beginning, and what held holds until it shows", async () => {
    const { namespace, shown, secrets, maps, after, users } = stand();
    await after(() => {
      secrets.put("shop", { url: URL, username: "ci" }, "repository");
      secrets.become({ is: "shown" });
      maps.become({ is: "shown" });
    });
    const again: ShownKind[] = [];
    namespace.follow({
      watch: ({ kind }, { name }, listener) => {
        again.push(new ShownKind(kind, listener, name));
        return again.at(-1) as ShownKind;
      },
    });
    expect(shown.filter(({ ended }) => !ended)).toEqual([]);
    await after(() => {
      for (const one of again) if (one.asked === "ConfigMap") one.become({ is: "shown" });
    });
    expect(users()).toEqual(["ci"]);
    await after(() => again[0]?.become({ is: "shown" }));
    expect(users()).toEqual([]);
  });

  test("who waits for it goes on when it is seen, or cannot be", async () => {
    const seen = stand();
    const waits = seen.namespace.settled(60_000);
    seen.secrets.become({ is: "shown" });
    seen.maps.become({ is: "shown" });
    seen.kept.become({ is: "shown" });
    seen.own.become({ is: "shown" });
    await waits;
    expect(seen.namespace.held()).toBeDefined();
    const blind = stand();
    const other = blind.namespace.settled(60_000);
    blind.secrets.become({ is: "unseen", why: "x" });
    blind.maps.become({ is: "unseen", why: "x" });
    blind.kept.become({ is: "unseen", why: "x" });
    blind.own.become({ is: "unseen", why: "x" });
    await other;
    expect(blind.namespace.held()).toBeUndefined();
  });

  test("a policy that breaks while nobody runs stays as it was read last, and says so; a mended one counts", async () => {
    const kept = new Kept();
    const good = { "policy.csv": "p, ann, applications, sync, */*, deny", "policy.default": "role:admin" };
    const broken = { ...good, "policy.csv": "p, ann, applications, sync" };
    const shown = async (data: Record<string, string>) => {
      const { namespace, secrets, maps, after, said, log } = stand(kept);
      await after(() => {
        secrets.become({ is: "shown" });
        maps.put("argocd-rbac-cm", data);
        maps.become({ is: "shown" });
      });
      namespace.stop();
      return { policy: namespace.held()?.access.policy, said: said().join("\n"), log };
    };
    const before = await shown(good);
    expect(before.policy?.lines).toHaveLength(1);
    for (let starts = 0; starts < 2; starts++) {
      const after = await shown(broken);
      expect(after.policy).toEqual(before.policy);
      expect(after.said).toContain("line 1: a permission has five fields");
      expect(after.said).toContain("; the policy that was read last holds");
    }
    // The same text again is read again: what is worth a warning is said after a start too.
    expect((await shown({ "policy.csv": "g, ann, role:nobody" })).said).toContain("role:nobody");
    expect((await shown({ "policy.csv": "g, ann, role:nobody" })).said).toContain("role:nobody");
    // What cannot be noted holds all the same, and the next start has the one before.
    kept.isFull = true;
    const unnoted = await shown(good);
    expect(unnoted.policy?.lines).toHaveLength(1);
    expect(JSON.stringify(unnoted.log.lines)).toContain("could not be noted");
    for (const text of ["", "{", "[]", '{"policy.csv": "p, x"}', '{"policy.csv": 1}']) {
      kept.text = text;
      const none = await shown(broken);
      expect([text, none.policy?.lines ?? []]).toEqual([text, []]);
    }
  });
});
