/** Scripts of continuous integration around `argocd`, as people have them, against a daemon on a sandbox cluster. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { type ArgocdStage, startArgocdStage } from "../lib/argocd-stage.ts";
import type { Repository } from "../lib/engine-rig.ts";
import { startGitServer } from "../lib/git-server.ts";
import { configMap, deployment } from "../lib/manifests.ts";

// Each script starts the program a dozen times, from its sources, on a machine that may be busy.
setDefaultTimeout(180_000);

let on: ArgocdStage;
beforeAll(async () => {
  on = await startArgocdStage();
});
afterAll(() => on?.stop());

/** A repository of one ConfigMap and one Deployment, and its namespace. */
async function shop(name: string): Promise<Repository> {
  await on.daemon.world.makeNamespace(name);
  return on.daemon.world.repository(name, {
    "app/web.yaml": [deployment({ namespace: name, name: "web" }), configMap(name, "settings")],
  });
}
const login = `argocd login "$SERVER" --username admin --password "$ADMIN_PASSWORD" --grpc-web --insecure >/dev/null`;
const withToken = () => ({
  ARGOCD_SERVER: on.address,
  ARGOCD_AUTH_TOKEN: on.token,
  ARGOCD_OPTS: "--grpc-web --plaintext",
});

test("login, create, sync, wait: the first deployment", async () => {
  const { url } = await shop("first");
  const { code, stdout, stderr } = await on.script(
    `${login}
     argocd app create first --repo "$REPO" --path app --revision main --dest-server https://kubernetes.default.svc --dest-namespace first
     argocd app sync first --timeout 120
     argocd app wait first --sync --health --timeout 120 >/dev/null
     argocd app get first
     stat -c %a ~/.config/argocd/config`,
    { REPO: url },
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const lines = stdout.split("\n");
  expect(lines[0]).toBe("application 'first' created");
  expect(lines).toContain("Phase:              Succeeded");
  expect(lines.at(-2)).toBe("600");
  // What `app get` printed: the last of three.
  expect(lines.slice(lines.lastIndexOf("Name:               argocd/first"), -2)).toEqual([
    "Name:               argocd/first",
    "Project:            default",
    "Server:             https://kubernetes.default.svc",
    "Namespace:          first",
    `URL:                http://${on.address}/applications/argocd/first`,
    "Source:",
    `- Repo:             ${url}`,
    "  Target:           main",
    "  Path:             app",
    "SyncWindow:         Sync Allowed",
    "Sync Policy:        Manual",
    expect.stringMatching(/^Sync Status: {8}Synced to main \([0-9a-f]{7}\)$/),
    "Health Status:      Healthy",
    "",
    "GROUP  KIND        NAMESPACE  NAME      STATUS  HEALTH   HOOK  MESSAGE",
    "       ConfigMap   first      settings  Synced                 created",
    "apps   Deployment  first      web       Synced  Healthy        created",
  ]);
});

test("set an image, sync in the background, wait with a limit", async () => {
  await on.daemon.world.makeNamespace("image");
  const { url } = await on.daemon.world.repository("image", {
    "app/web.yaml": deployment({ namespace: "image", name: "web" }),
    "app/kustomization.yaml": "resources: [web.yaml]\n",
  });
  const { code, stdout, stderr } = await on.script(
    `argocd app create image --repo "$REPO" --path app --revision main --dest-server https://kubernetes.default.svc --dest-namespace image
     argocd app sync image >/dev/null
     for tag in 1.4.0 1.5.0; do
       argocd app set image --kustomize-image "registry.example.com/web=registry.example.com/web:$tag"
       argocd app sync image --async
       argocd app wait image --sync --health --operation --timeout 120 >/dev/null
     done
     argocd app manifests image --source live | grep 'image:'
     argocd app get image -o yaml | sed '/^status:/,$d' | grep -A2 'images:'
     argocd app unset image --kustomize-image registry.example.com/web
     argocd app get image -o yaml | sed '/^status:/,$d' | grep -c 'images:' || true`,
    { ...withToken(), REPO: url },
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toContain("image: registry.example.com/web:1.5.0\n");
  expect(stdout).toEndWith("\n0\n");
  expect(stdout.match(/- registry\.example\.com\/web=.*/g)).toEqual([
    "- registry.example.com/web=registry.example.com/web:1.5.0",
  ]);
});

test("diff in a pipeline: 0 nothing, 1 something, 20 a mistake, and another revision than the one that is wanted", async () => {
  const repository = await shop("differs");
  const { url } = repository;
  const { code, stdout, stderr } = await on.script(
    `argocd app create differs --repo "$REPO" --path app --revision main --dest-server https://kubernetes.default.svc --dest-namespace differs >/dev/null
     argocd app sync differs >/dev/null
     argocd app diff differs && echo "same: $?"
     git -C "$REPO" checkout -q -b other
     sed -i 's/"value"/"changed"/' "$REPO/app/web.yaml"
     git -C "$REPO" -c user.name=t -c user.email=t@example.com commit -qam 'another value'
     git -C "$REPO" checkout -q main
     rc=0; argocd app diff differs --revision other > diff.txt || rc=$?; echo "other: $rc"; cat diff.txt
     rc=0; argocd app diff differs --revision other --exit-code=false >/dev/null || rc=$?; echo "asked for 0: $rc"
     rc=0; argocd app diff differs --revision main --refresh || rc=$?; echo "main: $rc"
     rc=0; argocd app diff no-such-app 2>/dev/null || rc=$?; echo "mistake: $rc"
     rc=0; argocd app diff differs --local . 2>/dev/null || rc=$?; echo "local: $rc"
     rc=0; argocd app diff differs --revison other 2>/dev/null || rc=$?; echo "slip: $rc"`,
    { ...withToken(), REPO: url },
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout.split("\n")).toEqual([
    "same: 0",
    "other: 1",
    "",
    "===== /ConfigMap differs/settings ======",
    " apiVersion: v1",
    " data:",
    "-  key: value",
    "+  key: changed",
    " kind: ConfigMap",
    " metadata:",
    "   annotations:",
    " …",
    "asked for 0: 0",
    "main: 0",
    "mistake: 20",
    "local: 20",
    "slip: 20",
    "",
  ]);
});

test("a preview application for a branch is made, and goes with its objects", async () => {
  const { url } = await shop("preview-42");
  const { code, stdout, stderr } = await on.script(
    `APP=preview-42
     cleanup() { argocd app delete "$APP" --cascade --yes --wait; }
     trap cleanup EXIT
     argocd app create "$APP" --repo "$REPO" --path app --revision main --dest-name in-cluster --dest-namespace "$APP" \\
       --sync-policy automated --auto-prune --self-heal --label preview=true --upsert
     argocd app create "$APP" --repo "$REPO" --path app --revision main --dest-name in-cluster --dest-namespace "$APP" \\
       --sync-policy automated --auto-prune --self-heal --label preview=true --upsert
     argocd app wait "$APP" --health --timeout 120 >/dev/null
     argocd app list -l preview=true -o name`,
    { ...withToken(), REPO: url },
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout.split("\n")).toEqual([
    "application 'preview-42' created",
    "application 'preview-42' unchanged",
    "argocd/preview-42",
    "application 'preview-42' deleted",
    "",
  ]);
  expect(await on.daemon.world.hasConfigMap("preview-42", "settings")).toBe(false);
});

test("a wait that fails leads to a rollback", async () => {
  const repository = await shop("back");
  const env = { ...withToken(), REPO: repository.url };
  const first = await on.script(
    `argocd app create back --repo "$REPO" --path app --revision main --dest-server https://kubernetes.default.svc --dest-namespace back >/dev/null
     argocd app sync back >/dev/null
     argocd app wait back --health --timeout 120 >/dev/null`,
    env,
  );
  expect(first).toMatchObject({ code: 0, stderr: "" });
  await repository.commit({
    "app/web.yaml": [
      deployment({ namespace: "back", name: "web", image: "registry.example.com/web:2" }),
      configMap("back", "settings", { key: "bad" }),
    ],
  });
  const { code, stdout, stderr } = await on.script(
    `argocd app get back --hard-refresh >/dev/null
     argocd app sync back >/dev/null
     if ! argocd app wait back --degraded --timeout 1 >/dev/null 2>wait.txt; then
       argocd app history back -o id | tr '\\n' ' '
       argocd app rollback back | grep '^Phase:'
     fi
     grep -c 'timed out (1s) waiting for app "argocd/back" match desired state' wait.txt
     argocd app history back`,
    env,
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const [ids, found, source, heads, ...rows] = stdout.trimEnd().split("\n");
  expect([ids, found, source]).toEqual([
    "0 1 Phase:              Succeeded",
    "1",
    `SOURCE  ${repository.url}`,
  ]);
  expect(heads?.split(/ +/)).toEqual(["ID", "DATE", "REVISION"]);
  const revisions = rows.map((row) => row.split(/ {2,}/)[2]);
  expect(revisions).toHaveLength(3);
  expect(revisions[2]).toBe(revisions[0]!);
  const at = "/api/v1/namespaces/back/configmaps/settings";
  expect((await on.daemon.world.find(at))?.data).toEqual({ key: "value" });
});

test("every application of a label, by its name, through xargs", async () => {
  const apps = ["team-a", "team-b"];
  const urls = await Promise.all(apps.map(async (name) => (await shop(name)).url));
  const { code, stdout, stderr } = await on.script(
    `argocd app create team-a --repo "${urls[0]}" --path app --revision main --dest-server https://kubernetes.default.svc --dest-namespace team-a -l team=pay,tier=back
     argocd app create team-b --repo "${urls[1]}" --path app --revision main --dest-server https://kubernetes.default.svc --dest-namespace team-b --label team=pay
     argocd app list -l team=pay -o name | xargs -n1 argocd app sync --timeout 120 >/dev/null
     argocd app wait -l team=pay --timeout 120 >/dev/null
     argocd app list -l team=pay | awk '{print $1, $5, $6, $7, $8}'
     argocd app list -l tier=back -o name
     argocd app sync -l team=pay --dry-run >/dev/null
     argocd app delete -l team=pay -y --cascade=false
     argocd app list -l team=pay -o name | wc -l`,
    withToken(),
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout.split("\n").slice(2)).toEqual([
    "NAME STATUS HEALTH SYNCPOLICY CONDITIONS",
    "argocd/team-a Synced Healthy Manual <none>",
    "argocd/team-b Synced Healthy Manual <none>",
    "argocd/team-a",
    "application 'team-a' deleted",
    "application 'team-b' deleted",
    "0",
    "",
  ]);
  expect(await on.daemon.world.hasConfigMap("team-a", "settings")).toBe(true);
});

test("what left Git: a sync without --prune fails, with it it is gone", async () => {
  const repository = await shop("prunes");
  const env = { ...withToken(), REPO: repository.url };
  const first = await on.script(
    `argocd app create prunes --repo "$REPO" --path app --revision main --dest-server https://kubernetes.default.svc --dest-namespace prunes >/dev/null
     argocd app sync prunes >/dev/null`,
    env,
  );
  expect(first).toMatchObject({ code: 0, stderr: "" });
  await repository.commit({ "app/web.yaml": deployment({ namespace: "prunes", name: "web" }) });
  const { code, stdout, stderr } = await on.script(
    `argocd app get prunes --refresh | tail -2
     argocd app create broken --repo "$REPO" --path nowhere --validate=false --revision main --dest-server https://kubernetes.default.svc --dest-namespace prunes >/dev/null
     rc=0; argocd app sync broken >/dev/null 2>err.txt || rc=$?; echo "$rc $(head -1 err.txt)"
     rc=0; argocd app sync prunes >/dev/null 2>err.txt || rc=$?; echo "$rc $(head -1 err.txt)"
     rc=0; argocd app sync prunes --prune --dry-run >/dev/null || rc=$?; echo "dry: $rc"
     argocd app sync prunes --prune >/dev/null; echo "pruned: $?"`,
    env,
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toContain(
    "20 FATA[0000] Operation has completed with phase: Failed\n20 FATA[0000] 1 resources require pruning\ndry: 0\npruned: 0\n",
  );
  expect(await on.daemon.world.hasConfigMap("prunes", "settings")).toBe(false);
});

test("status and revision are read out of JSON", async () => {
  const repository = await shop("reads");
  const { code, stdout, stderr } = await on.script(
    `argocd app create reads --repo "$REPO" --path app --revision main --dest-server https://kubernetes.default.svc --dest-namespace reads >/dev/null
     argocd app sync reads -o json > sync.json
     argocd app wait reads --health --timeout 120 >/dev/null
     argocd app get reads -o json > app.json
     argocd app list -p default -o json > list.json
     "$BUN" -e 'const [s,a,l]=await Promise.all(["sync","app","list"].map(f=>Bun.file(f+".json").json())); console.log(s.status.operationState.phase, a.status.health.status, a.status.sync.revision.length, l.some(({metadata})=>metadata.name==="reads"))'`,
    { ...withToken(), REPO: repository.url, BUN: process.execPath },
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toBe("Succeeded Healthy 40 true\n");
});

test("a manifest from standard input, made anew and left alone", async () => {
  const { url } = await shop("piped");
  const { code, stdout, stderr } = await on.script(
    `manifest() { cat <<EOF
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: { name: piped, namespace: argocd, labels: { team: "$1" } }
spec:
  project: default
  source: { repoURL: $REPO, path: app, targetRevision: main }
  destination: { server: https://kubernetes.default.svc, namespace: piped }
EOF
}
     manifest a | argocd app create -f -
     manifest a | argocd app create -f - --upsert
     manifest b | argocd app create -f - --upsert
     rc=0; manifest c | argocd app create -f - 2>err.txt || rc=$?; echo "$rc"`,
    { ...withToken(), REPO: url },
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toBe(
    "application 'piped' created\napplication 'piped' unchanged\napplication 'piped' updated\n20\n",
  );
});

test("a login that is refused, a context that is left, and an end of both", async () => {
  const { code, stdout, stderr } = await on.script(
    `rc=0; argocd login "$SERVER" --username admin --password wrong --insecure 2>err.txt || rc=$?; echo "$rc $(cat err.txt)"
     test ! -e ~/.config/argocd/config
     argocd login "$SERVER" --username admin --password "$ADMIN_PASSWORD" --name prod
     argocd login "$SERVER" --username admin --password "$ADMIN_PASSWORD" --name spare
     argocd context prod
     argocd context | sed "s/$SERVER/SERVER/"
     argocd account get-user-info
     argocd account can-i sync applications '*/*'
     argocd context spare --delete
     argocd logout prod
     rc=0; argocd app list >/dev/null 2>err.txt || rc=$?; echo "$rc"; tail -1 err.txt
     chmod 644 ~/.config/argocd/config
     rc=0; argocd app list >/dev/null 2>err.txt || rc=$?; echo "$rc $(sed "s|$HOME|~|" err.txt | head -1)"`,
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout.split("\n")).toEqual([
    "20 FATA[0000] Invalid username or password.",
    "'admin:login' logged in successfully",
    "Context 'prod' updated",
    "'admin:login' logged in successfully",
    "Context 'spare' updated",
    "Switched to context 'prod'",
    "CURRENT  NAME   SERVER",
    "*        prod   SERVER",
    "         spare  SERVER",
    "Logged In: true",
    "Username: admin",
    "Issuer: argocd",
    "Groups: ",
    "yes",
    "Context 'spare' deleted",
    "Logged out from 'prod'",
    "20",
    "  Log in: argocd login SERVER. Or set ARGOCD_AUTH_TOKEN.",
    "20 FATA[0000] ~/.config/argocd/config holds tokens, and others than you may read it.",
    "",
  ]);
});

test("a robot's token is made, and its log is read", async () => {
  const repository = await shop("robot");
  const { code, stdout, stderr } = await on.script(
    `${login}
     argocd account list -o name
     export ARGOCD_AUTH_TOKEN=$(argocd account generate-token --account ci --expires-in 24h --id pipeline)
     argocd --server "$SERVER" app create robot --repo "$REPO" --path app --revision main --dest-server https://kubernetes.default.svc --dest-namespace robot
     argocd app sync robot --timeout 120 >/dev/null
     argocd app wait robot --health --timeout 120 >/dev/null
     argocd app logs robot --kind Deployment --name web --tail 10 | sed 's/Pod .* started/Pod POD started/'`,
    { REPO: repository.url },
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toBe(
    "admin\nann\nci\napplication 'robot' created\nsandbox: container web of Pod POD started; nothing runs in it\n",
  );
});

test("a team's project, its role and its repository", async () => {
  const { url } = await shop("team-shop");
  const git = await startGitServer({ auth: { basic: { username: "bot", password: "secret" } } });
  const closed = await git.createRepo("app", { "a.yaml": "{}" });
  const { code, stdout, stderr } = await on.script(
    `argocd proj create team --description "the team's" -d https://kubernetes.default.svc,team-* -s "$REPO"
     argocd proj add-source team 'https://git.example.com/team/*'
     argocd proj add-destination team https://kubernetes.default.svc other
     argocd proj remove-destination team https://kubernetes.default.svc other
     argocd proj allow-cluster-resource team '' Namespace
     argocd proj role create team ci
     argocd proj role add-policy team ci --action sync --permission allow --object '*'
     argocd proj role add-group team ci platform
     rc=0; argocd proj role add-policy team ci -a sync -o '*' 2>err.txt || rc=$?; echo "twice: $rc $(head -1 err.txt)"
     argocd proj windows add team -k deny --schedule '0 22 * * *' --duration 8h --applications '*' --manual-sync
     argocd proj windows list team | awk '{print $1, $3, $NF}'
     argocd proj get team
     argocd proj role list team
     rc=0; argocd repo add "$PRIVATE" --username bot --password wrong 2>err.txt || rc=$?; echo "wrong: $rc"
     argocd repo add "$PRIVATE" --username bot --password secret --upsert
     argocd repo add "$PRIVATE" --username bot --password secret
     argocd repo list
     argocd repo get "$PRIVATE" -o url
     argocd repo rm "$PRIVATE"
     argocd repocreds add "$SERVER_OF_GIT" --username bot --password secret
     argocd repocreds list
     argocd repo add "$PRIVATE"
     argocd repo list | tail -n 1 | awk '{print $(NF-6)}'
     argocd repo rm "$PRIVATE"
     argocd repocreds rm "$SERVER_OF_GIT"
     argocd app create team-shop --project team --repo "$REPO" --path app --revision main --dest-server https://kubernetes.default.svc --dest-namespace team-shop
     argocd app sync team-shop >/dev/null
     rc=0; argocd proj delete team 2>err.txt || rc=$?; echo "in use: $rc"
     argocd app delete team-shop -y --wait
     argocd proj delete team
     argocd proj list -o name`,
    { ...withToken(), REPO: url, PRIVATE: closed, SERVER_OF_GIT: git.url },
  );
  await git.close();
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const plain = stdout
    .replaceAll(url, "REPO")
    .replaceAll(closed, "PRIVATE")
    .replaceAll(git.url, "GIT")
    .replace(/main@\w{7}/g, "main@COMMIT")
    .replace(/^(?:TYPE|git|URL PATTERN|GIT) .*$/gm, (line) => line.replace(/ {2,}/g, "  "));
  expect(plain.split("\n")).toEqual([
    "Role 'ci' created",
    "twice: 20 FATA[0000] Role ci has it already: p, proj:team:ci, applications, sync, team/*, allow.",
    "ID KIND USEANDOPERATOR",
    "0 deny Disabled",
    "Name:                         team",
    "Description:                  the team's",
    "Destinations:                 https://kubernetes.default.svc,team-*",
    "Repositories:                 REPO",
    "                              https://git.example.com/team/*",
    "Source Namespaces:            <none>",
    "Allowed Cluster Resources:    /Namespace",
    "Denied Namespaced Resources:  <none>",
    "Orphaned Resources:           disabled",
    "ROLE-NAME  DESCRIPTION",
    "ci",
    "wrong: 20",
    "Repository 'PRIVATE' added",
    "Repository 'PRIVATE' added",
    "TYPE  NAME  REPO  INSECURE  OCI  LFS  CREDS  STATUS  MESSAGE  PROJECT",
    "git  PRIVATE  false  false  false  true  Successful  main@COMMIT, 1 branch, 0 tags",
    "PRIVATE",
    "Repository 'PRIVATE' removed",
    "Repository credentials for 'GIT' added",
    "URL PATTERN  USERNAME  SSH_CREDS  TLS_CREDS",
    "GIT  bot  -  -",
    "Repository 'PRIVATE' added",
    "inherited",
    "Repository 'PRIVATE' removed",
    "Repository credentials for 'GIT' removed",
    "application 'team-shop' created",
    "in use: 20",
    "application 'team-shop' deleted",
    "default",
    "kept",
    "",
  ]);
});

test("clusters, and sets of applications", async () => {
  const { url } = await shop("sets-a");
  const { code, stdout, stderr } = await on.script(
    `argocd cluster list -o server
     argocd cluster get in-cluster -o json | grep '"name"' | head -1 | tr -d ' '
     cat > set.yaml <<EOF
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: { name: fleet, namespace: argocd }
spec:
  goTemplate: true
  generators: [{ list: { elements: [{ name: a }] } }]
  template:
    metadata: { name: "sets-{{.name}}" }
    spec:
      project: default
      source: { repoURL: $REPO, path: app, targetRevision: main }
      destination: { server: https://kubernetes.default.svc, namespace: "sets-{{.name}}" }
EOF
     argocd appset generate set.yaml -o name
     argocd appset create set.yaml --dry-run
     argocd appset create set.yaml --upsert
     argocd appset list -o name
     for try in {1..200}; do argocd app get sets-a >/dev/null 2>&1 && break; sleep 0.1; done
     argocd app sync sets-a >/dev/null
     argocd appset delete fleet -y
     argocd app wait sets-a --delete --timeout 120`,
    { ...withToken(), REPO: url },
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout.split("\n")).toEqual([
    "https://kubernetes.default.svc",
    '"name":"in-cluster",',
    "sets-a",
    "ApplicationSet 'fleet' created (dry-run)",
    "ApplicationSet 'fleet' created",
    "argocd/fleet",
    "applicationset 'fleet' deleted",
    "application 'sets-a' deleted",
    "",
  ]);
});

test("parameters of a chart are set and taken out", async () => {
  await on.daemon.world.makeNamespace("chart");
  const { url } = await on.daemon.world.repository("chart", {
    "web/Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n",
    "web/values.yaml": "image: { tag: old }\nreplicas: 1\n",
    "web/prod.yaml": "replicas: 3\n",
    "web/templates/settings.yaml":
      'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: settings }\ndata: { tag: "{{ .Values.image.tag }}", replicas: "{{ .Values.replicas }}" }\n',
  });
  const { code, stdout, stderr } = await on.script(
    `argocd app create chart --repo "$REPO" --path web --revision main --dest-server https://kubernetes.default.svc --dest-namespace chart --values prod.yaml -p image.tag=v1
     argocd app sync chart >/dev/null
     argocd app manifests chart | grep -A2 '^data'
     argocd app set chart -p image.tag=v2 --helm-set replicas=5
     argocd app get chart --show-params | grep '^image.tag'
     argocd app sync chart --async
     argocd app wait chart --sync --timeout 120 >/dev/null
     argocd app manifests chart --source live | grep -A2 '^data'
     argocd app unset chart -p image.tag -p replicas --values prod.yaml
     argocd app manifests chart --revision main >/dev/null
     argocd app get chart -o yaml | sed -n '/^spec:/,/^status:/p' | grep -c helm || true`,
    { ...withToken(), REPO: url },
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout.split("\n")).toEqual([
    "application 'chart' created",
    "data:",
    "  tag: v1",
    '  replicas: "3"',
    "image.tag  v2",
    "data:",
    '  replicas: "5"',
    "  tag: v2",
    "0",
    "",
  ]);
});

test("single objects are synced, by their names and by their labels", async () => {
  await on.daemon.world.makeNamespace("single");
  const marked = configMap("single", "marked");
  const { url } = await on.daemon.world.repository("single", {
    "app/all.yaml": [
      configMap("single", "one"),
      configMap("single", "two"),
      { ...marked, metadata: { ...marked.metadata, labels: { tier: "front" } } },
    ],
  });
  const { code, stdout, stderr } = await on.script(
    `argocd app create single --repo "$REPO" --path app --revision main --dest-server https://kubernetes.default.svc --dest-namespace single >/dev/null
     argocd app get single --refresh >/dev/null
     there() { argocd app resources single -o tree | awk '$2 == "Synced" {print $1}' | sort | tr '\n' ' '; echo; }
     argocd app sync single --resource :ConfigMap:one >/dev/null
     there
     argocd app sync single --label tier=front --strategy apply >/dev/null
     argocd app wait single --resource :ConfigMap:marked --sync --timeout 60 >/dev/null
     there
     rc=0; argocd app sync single --resource :ConfigMap:oen 2>err.txt || rc=$?; echo "$rc $(head -1 err.txt)"
     rc=0; argocd app sync single --label tier=back 2>err.txt || rc=$?; echo "$rc $(head -1 err.txt)"
     rc=0; argocd app sync single --core 2>err.txt || rc=$?; echo "$rc $(head -1 err.txt)"
     rc=0; argocd admin export 2>err.txt || rc=$?; echo "$rc $(head -1 err.txt)"`,
    { ...withToken(), REPO: url },
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout.split("\n")).toEqual([
    "ConfigMap/one ",
    "ConfigMap/marked ConfigMap/one ",
    "20 FATA[0000] No object of argocd/single fits :ConfigMap:oen.",
    "20 FATA[0000] No object of argocd/single has the labels tier=back.",
    "20 FATA[0000] --core is not served here.",
    "20 FATA[0000] argocd admin export is not served here: it works on an Argo CD's own cluster.",
    "",
  ]);
});

test("a restart, a patch, and an operation that is not there to be ended", async () => {
  await on.daemon.world.makeNamespace("acts");
  const { url } = await on.daemon.world.repository("acts", {
    "app/web.yaml": deployment({ namespace: "acts", name: "web" }),
  });
  const { code, stdout, stderr } = await on.script(
    `argocd app create acts --repo "$REPO" --path app --revision main --dest-server https://kubernetes.default.svc --dest-namespace acts >/dev/null
     argocd app sync acts >/dev/null
     argocd app wait acts --health --timeout 120 >/dev/null
     argocd app actions list acts --kind Deployment | awk '$4 == "restart" {print $2, $3, $4, $5}'
     argocd app actions run acts restart --kind Deployment --resource-name web
     argocd app manifests acts --source live | grep -c 'kubectl.kubernetes.io/restartedAt: '
     rc=0; argocd app actions run acts restart --kind StatefulSet 2>err.txt || rc=$?; echo "$rc $(head -1 err.txt)"
     argocd app patch acts --type merge --patch '{"metadata":{"labels":{"tier":"front"}}}' | grep -A1 'labels:'
     argocd app patch acts --patch '[{"op":"replace","path":"/spec/source/path","value":"app/"}]' >/dev/null
     rc=0; argocd app patch acts --patch 'no json' 2>/dev/null || rc=$?; echo "$rc"
     argocd app list -l tier=front -o name
     rc=0; argocd app terminate-op acts 2>err.txt || rc=$?; echo "$rc"`,
    { ...withToken(), REPO: url },
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout.split("\n")).toEqual([
    "Deployment web restart false",
    "1",
    "20 FATA[0000] argocd/acts has no StatefulSet in its cluster.",
    "  labels:",
    "    tier: front",
    "20",
    "argocd/acts",
    "20",
    "",
  ]);
});
