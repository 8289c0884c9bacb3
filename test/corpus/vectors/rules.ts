import { editKustomization } from "../../../plugins/renderers/kustomize/edit-kustomization.ts";
import { setImages } from "../../../plugins/renderers/kustomize/set-images.ts";
import { pushHint } from "../../../src/api/push-hint.ts";
import { parseTrackingId, trackingId } from "../../../src/core/manifest/tracking-id.ts";
import { appKey, hasOption, sourcesOf, trackingName } from "../../../src/core/model/application.ts";
import type { RefKey } from "../../../src/core/model/object-ref.ts";
import { healBackoffMs } from "../../../src/core/plan/heal-backoff.ts";
import { retryDelayMs } from "../../../src/core/plan/retry-delay.ts";
import { isNamed, isSelected } from "../../../src/core/plan/selection.ts";
import { refuseNamespace } from "../../../src/core/policy/refuse-namespace.ts";
import { ReadPaths } from "../../../src/engine/target/read-paths.ts";
import { parseRepository, showUrl } from "../../../src/git/repository-url.ts";
import { isShortId, parseRevision } from "../../../src/git/revision.ts";
import { parseDurationMs } from "../../../src/lib/duration.ts";
import { comparableGitUrl, repositoryPlace } from "../../../src/lib/git-url.ts";
import { ANYWHERE, compileGlob, matchesGlob } from "../../../src/lib/glob.ts";
import { substituteEnv } from "../../../src/lib/substitute-env.ts";
import { newestMatching, parseConstraint, parseVersion } from "../../../src/lib/version-constraint.ts";
import { render } from "./render.ts";
import { notBuilt, orError, type Player, played, type Vector } from "./vector.ts";

const REGISTRIES = "pushes of registries are not served yet";
const REFS =
  "a push says which repository to look at; which refs moved, and whom that concerns, Git is asked";
const LABELS = "an object is tracked by its annotation; labels are nobody's mark here";

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
    const urls = pushHint({ repository: { html_url: url } })?.urls ?? [];
    return played(
      urls.some((pushed) => repositoryPlace(pushed) === repositoryPlace(repo)),
      expected,
    );
  },
  "api-url": notBuilt("pull requests are no generator's yet, so no API address is compared"),
  "revision-changed": notBuilt(REFS),
  "webhook-revision": notBuilt(REFS),
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
  "registry-handles": notBuilt(REGISTRIES),
  "registry-parse": notBuilt(REGISTRIES),
  "registry-signature": notBuilt(REGISTRIES),
  "harbor-registry": notBuilt(REGISTRIES),
  "oci-url": notBuilt(REGISTRIES),
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
