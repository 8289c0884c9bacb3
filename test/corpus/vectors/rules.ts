import { editKustomization } from "../../../plugins/renderers/kustomize/edit-kustomization.ts";
import { setImages } from "../../../plugins/renderers/kustomize/set-images.ts";
import { parseTrackingId, trackingId } from "../../../src/core/manifest/tracking-id.ts";
import { appKey, hasOption, sourcesOf, trackingName } from "../../../src/core/model/application.ts";
import type { RefKey } from "../../../src/core/model/object-ref.ts";
import { Secret } from "../../../src/core/model/secret.ts";
import { healBackoffMs } from "../../../src/core/plan/heal-backoff.ts";
import { retryDelayMs } from "../../../src/core/plan/retry-delay.ts";
import { isNamed, isSelected } from "../../../src/core/plan/selection.ts";
import { refuseNamespace } from "../../../src/core/policy/refuse-namespace.ts";
import { imagePlace, parseImage } from "../../../src/core/webhooks/image-place.ts";
import { shortRef } from "../../../src/core/webhooks/payload.ts";
import type { Delivery } from "../../../src/core/webhooks/provider.ts";
import { claimedBy, looksLikeOf } from "../../../src/core/webhooks/whose.ts";
import { ReadPaths } from "../../../src/engine/target/read-paths.ts";
import { parseRepository, showUrl } from "../../../src/git/repository-url.ts";
import { isShortId, parseRevision } from "../../../src/git/revision.ts";
import { parseDurationMs } from "../../../src/lib/duration.ts";
import { comparableGitUrl, repositoryPlace } from "../../../src/lib/git-url.ts";
import { ANYWHERE, compileGlob, matchesGlob } from "../../../src/lib/glob.ts";
import { mayMove } from "../../../src/lib/pushed-ref.ts";
import { substituteEnv } from "../../../src/lib/substitute-env.ts";
import { newestMatching, parseConstraint, parseVersion } from "../../../src/lib/version-constraint.ts";
import { ProviderEvents } from "../../../src/sets/asked-providers.ts";
import { render } from "./render.ts";
import { notBuilt, orError, type Player, played, type Vector } from "./vector.ts";

const LABELS = "an object is tracked by its annotation; labels are nobody's mark here";

const deliveryOf = (headers: Record<string, string>, body: string): Delivery => {
  const byName = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  return { header: (name) => byName.get(name), query: () => undefined, body: Buffer.from(body) };
};
const heardOf = ({ headers, payload }: { headers: Record<string, string>; payload: unknown }) => {
  const delivery = deliveryOf(headers, JSON.stringify(payload));
  return (claimedBy(delivery) ?? looksLikeOf(payload))?.read(delivery, payload);
};
/** As these providers say that it is a push. */
const EVENT_OF: Readonly<Record<string, Record<string, string>>> = {
  github: { "x-github-event": "push" },
  gitlab: { "x-gitlab-event": "Push Hook" },
  bitbucket: { "x-hook-uuid": "{1}", "x-event-key": "repo:push" },
  "bitbucket-server": { "x-event-key": "repo:refs_changed" },
  gogs: { "x-gogs-event": "push" },
};

const refOf = ({ group, resourceKind, namespace, name }: Vector) => ({
  group,
  kind: resourceKind,
  namespace,
  name,
});
const sshOf = (url: string) => {
  const { at } = parseRepository({ url });
  return at.kind === "ssh" ? at : undefined;
};

export const RULES: Readonly<Record<string, Player>> = {
  retry: ({ strategy, from, attempt, expectedAt }) =>
    played(Date.parse(from) + retryDelayMs(strategy, attempt), Date.parse(expectedAt)),
  // Theirs counts tries; of ours only those count that did not hold, so here each undid the one before at once.
  "self-heal-backoff": ({ attempts, at, expected, expectedSelfHeal }) => {
    const drift = { key: "/ConfigMap/shop/a" as RefKey, fields: "data" };
    const now = Date.parse(at);
    const waitMs = healBackoffMs(Array(attempts).fill({ ...drift, at: now }), drift, now);
    return played([waitMs, waitMs === 0], [parseDurationMs(expected), expectedSelfHeal]);
  },
  "replica-count": ({ replica, expected }) =>
    played(editKustomization({}, { replicas: [replica] }, { env: {}, components: [] })["replicas"], [
      { name: replica.name, count: expected },
    ]),
  envsubst: ({ env, text, expected }) => played(substituteEnv(text, Object.fromEntries(env)), expected),
  "kustomize-image-match": ({ a, b, expected }) =>
    played(
      orError(() => setImages([], [a, b]).length === 1),
      expected,
    ),
  "sync-option": ({ options, option, expected }) => played(hasOption(options, option), expected),
  "tracking-get": ({ set, manifest, expectedApp }) => {
    if (set.method !== "annotation") return { is: "not applicable", why: LABELS };
    const ref = { group: "", kind: manifest.kind, namespace: set.namespace, name: manifest.metadata.name };
    return played(parseTrackingId(trackingId(set.app, ref, ""))?.app, expectedApp);
  },
  "tracking-set": notBuilt(LABELS),
  "label-truncate": notBuilt(LABELS),
  "tracking-parse": ({ value, expected, expectedError }) => {
    const id = parseTrackingId(value);
    if (expectedError === true || id === undefined) return played(id === undefined, expectedError === true);
    const { app, ref } = id;
    const said = { applicationName: app, ...ref };
    // Of some it is only known that they are well formed.
    return played(Object.keys(expected).length === 0 ? {} : said, expected);
  },
  "sync-selects": (vector) => played(isSelected(refOf(vector), vector["resources"]), vector["expected"]),
  "sync-lists": (vector) => played(isNamed(refOf(vector), vector["resources"]), vector["expected"]),
  "app-name-parse": notBuilt("names are keys with their namespace here, and are not parsed back"),
  "app-instance-name": ({ name, namespace, defaultNamespace, expected }) =>
    played(trackingName(appKey(namespace || defaultNamespace, name), defaultNamespace), expected),
  "app-instance-name-qualified": ({ name, defaultNamespace, expected }) => {
    const [namespace, bare] = (name as string).split("/") as [string, string];
    return played(trackingName(appKey(namespace, bare), defaultNamespace), expected);
  },
  glob: ({ pattern, text, expected, expectedError = false }) =>
    played(
      [matchesGlob(pattern, text, ANYWHERE), !compileGlob(pattern, ANYWHERE).ok],
      [expected, expectedError],
    ),
  "glob-list": ({ list, text, mode, expected }) => {
    if (mode === "exact") return { is: "not applicable", why: "no list of exact names is asked for a match" };
    const project = {
      apiVersion: "argoproj.io/v1alpha1",
      kind: "AppProject",
      metadata: { name: "team", namespace: "argocd" },
      spec: { sourceNamespaces: list },
    } as const;
    return played(refuseNamespace(project, text, "argocd") === undefined, expected);
  },
  "web-url": ({ url, repo, expected }) => {
    const heard = heardOf({
      headers: { "x-github-event": "push" },
      payload: { repository: { html_url: url } },
    });
    const urls = heard?.is === "pushes" ? heard.pushes.flatMap((push) => push.urls) : [];
    return played(
      urls.some((pushed) => repositoryPlace(pushed) === repositoryPlace(repo)),
      expected,
    );
  },
  "api-url": ({ url, repo, expected, expectedError }) => {
    if (expectedError === true)
      return { is: "not applicable", why: "an API whose address is none is asked about every event" };
    const events = new ProviderEvents([{ kind: "pullRequest", url: repo }]);
    const asks = events.concerning({ generators: [{ pullRequest: { github: { api: url } } }] });
    return played(asks !== undefined, expected);
  },
  "revision-changed": ({ targetRevision, revision, touchedHead, expected }) =>
    played(
      mayMove(targetRevision, { name: shortRef(revision), head: touchedHead ? "is" : "is not" }),
      expected,
    ),
  "webhook-revision": ({ provider, payload, targetRevision, expected }) => {
    const heard = heardOf({ headers: EVENT_OF[provider] ?? {}, payload });
    const pushes = heard?.is === "pushes" ? heard.pushes : [];
    return played(
      pushes.some(({ ref, head }) => mayMove(targetRevision, { name: ref, head })),
      expected,
    );
  },
  "webhook-refresh": ({ application, changedFile, expectedRefresh }) => {
    const paths = sourcesOf(application.spec).map(({ path = "" }) => path);
    if (paths.length === 0) return { is: "not applicable", why: "sourceHydrator is refused" };
    const read = new ReadPaths<string>();
    read.note("it", paths, (list) => [...list]);
    return played(read.touchedBy([changedFile]).has("it"), expectedRefresh);
  },
  "refresh-paths": notBuilt(
    "renderers name what they read: manifest-generate-paths is not needed and not looked at",
  ),
  "webhook-payload": notBuilt("every push is answered alike, so that nobody learns what is followed"),
  "registry-handles": ({ secret, headers, body, expected }) => {
    const delivery = deliveryOf(headers, body);
    const provider = looksLikeOf(JSON.parse(body));
    const verdict = provider?.verify(delivery, { secret: new Secret(secret) });
    return played(provider?.name === "harbor" && verdict?.is === "genuine", expected);
  },
  "registry-parse": ({ registry, headers, body, expected }) => {
    const sent = registry === "ghcr" ? { "x-github-event": "package", ...headers } : headers;
    const heard = heardOf({ headers: sent, payload: JSON.parse(body) });
    const [image] = heard?.is === "images" ? heard.images : [];
    return played(
      image === undefined
        ? null
        : { registryUrl: image.registry, repository: image.repository, tag: image.tag },
      expected,
    );
  },
  "registry-signature": ({ secret, headers, body, valid }) => {
    const delivery = deliveryOf({ "x-github-event": "package", ...headers }, body);
    const verdict = claimedBy(delivery)?.verify(
      delivery,
      secret === "" ? {} : { secret: new Secret(secret) },
    );
    return played(verdict?.is !== "refused", valid);
  },
  "harbor-registry": ({ url, expected, expectedError }) =>
    played(parseImage(url)?.registry ?? "error", expectedError === true ? "error" : expected),
  "oci-url": ({ url, expected }) => played(imagePlace(url), expected),
  "git-sha": ({ revision, expected }) => played(parseRevision(revision).is === "commit", expected),
  "git-short-sha": ({ revision, expected }) => played(isShortId(parseRevision(revision)), expected),
  "git-short-ref": ({ revision, expected }) => played(parseRevision(revision).is !== "full-ref", expected),
  "text-prefix": notBuilt("a helper of upstream's own"),
  "git-ssh-url": ({ url, expected, expectedUser }) => {
    const at = orError(() => sshOf(url));
    if (at === "error") return played("error", expected);
    const [, user] = /^(?:ssh:\/\/)?([^/:]+)@/.exec(at?.url ?? "") ?? [];
    return expectedUser === undefined
      ? played(at !== undefined, expected)
      : played([at !== undefined, user], [expected, expectedUser]);
  },
  "git-ssh-host": ({ url, expected }) => {
    const at = orError(() => sshOf(url));
    return played(at === "error" || at === undefined ? "" : `${at.host}:${at.port}`, expected);
  },
  "git-same-url": ({ a, b, expected }) => played(comparableGitUrl(a) === comparableGitUrl(b), expected),
  "git-sanitize": ({ url, expected }) => played(showUrl(url), expected),
  "max-version": ({ constraint, tags, prefix, expected, expectedError }) => {
    // A plain version is a tag's name, whether there is such a tag or not.
    if (parseVersion(constraint) !== undefined) return played(`${prefix}${constraint}`, expected);
    const parsed = parseConstraint(constraint);
    if (parsed === undefined) return played(constraint, expected);
    const versions = (tags as string[])
      .filter((tag) => tag.startsWith(prefix))
      .map((tag) => tag.slice(prefix.length));
    const newest = newestMatching(versions, parsed);
    return played(
      newest === undefined ? "error" : `${prefix}${newest}`,
      expectedError === true ? "error" : expected,
    );
  },
  "is-constraint": ({ text, expected }) =>
    played(parseVersion(text) === undefined && parseConstraint(text) !== undefined, expected),
  "is-version": ({ text, expected }) => played(parseVersion(text) !== undefined, expected),
  "app-path": async (vector) =>
    played((await render(vector, {})) === "error", vector["expectedError"] === true),
};
