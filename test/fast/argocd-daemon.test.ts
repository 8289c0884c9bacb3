/**
 * Scripts around `argocd` against a daemon that speaks TLS and knows who asks: logins and certificates, robots and their
 * tokens, what a person may, projects, clusters, and the life of an application.
 */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { X509Certificate } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fingerprintsOf } from "../../src/lib/fingerprints.ts";
import { type ArgocdStage, PASSWORD, startArgocdStage } from "../lib/argocd-stage.ts";
import { type Repository, startWorld, type World } from "../lib/engine-rig.ts";
import { HandBrowser, requestIn } from "../lib/hand-browser.ts";
import { hookJob } from "../lib/hook-objects.ts";
import { configMap, deployment } from "../lib/manifests.ts";

setDefaultTimeout(240_000);

let on: ArgocdStage;
beforeAll(async () => {
  on = await startArgocdStage("tls");
});
afterAll(() => on?.stop());

async function shop(name: string): Promise<Repository> {
  await on.daemon.world.makeNamespace(name);
  return on.daemon.world.repository(name, {
    "app/web.yaml": [deployment({ namespace: name, name: "web" }), configMap(name, "settings")],
  });
}
const LOGIN = 'argocd login "$SERVER" --username admin --password "$ADMIN_PASSWORD" --insecure >/dev/null';
/** Ends with what a command ended with, and the first line of what it said. */
const FAILS = `fails() { rc=0; "$@" >/dev/null 2>err.txt || rc=$?; echo "$rc $(head -1 err.txt)"; }`;
/** As pipelines have it. */
const robot = (token: string): Record<string, string> => ({
  ARGOCD_SERVER: on.address,
  ARGOCD_AUTH_TOKEN: token,
  ARGOCD_OPTS: "--grpc-web --insecure",
});
const create = (name: string, project = "default"): string =>
  `argocd app create ${name} --project ${project} --repo "$REPO" --path app --revision main --dest-server https://kubernetes.default.svc --dest-namespace ${name}`;

/** Runs it, and expects that it went well and said nothing to stderr. @returns its lines */
async function lines(text: string, env: Record<string, string> = {}): Promise<string[]> {
  const { code, stdout, stderr } = await on.script(`${FAILS}\n${text}`, env);
  expect({ code, stderr, stdout: code === 0 ? "" : stdout }).toEqual({ code: 0, stderr: "", stdout: "" });
  return stdout.replaceAll(on.address, "SERVER").trimEnd().split("\n");
}

test("a certificate that nobody vouches for is refused, and --insecure is kept with the context", async () => {
  expect(
    await lines(`fails argocd login "$SERVER" --username admin --password "$ADMIN_PASSWORD"
      tail -1 err.txt
      test ! -e ~/.config/argocd/config
      ${LOGIN}
      grep -c 'insecure: true' ~/.config/argocd/config
      argocd account get-user-info | head -2
      argocd logout "$SERVER"
      fails argocd app list`),
  ).toEqual([
    expect.stringMatching(/^20 FATA\[0000\] Cannot trust https:\/\/SERVER: .+\.$/),
    "  Name its authority with --server-crt, or its certificate with --fingerprint.",
    "1",
    "Logged In: true",
    "Username: admin",
    "Logged out from 'SERVER'",
    "20 FATA[0000] https://SERVER wants a token.",
  ]);
});

test("--server-crt and --fingerprint are kept with the context, and another one is refused", async () => {
  const { certificate } = fingerprintsOf(new X509Certificate(readFileSync(on.certificate)));
  const login = 'argocd login "$SERVER" --username admin --password "$ADMIN_PASSWORD"';
  expect(
    await lines(
      `cp "$CRT" server.crt
       ${login} --server-crt server.crt --name by-crt >/dev/null
       rm server.crt
       argocd app list -o name | wc -l
       ${login} --fingerprint "$FINGERPRINT" --name by-fingerprint >/dev/null
       argocd app list -o name | wc -l
       fails argocd app list --fingerprint "$OTHER"
       fails argocd app list --server-crt nowhere.crt
       fails argocd app list --server-crt "$CRT" --insecure
       argocd context by-crt >/dev/null && argocd relogin --password "$ADMIN_PASSWORD" | head -1
       ARGOCD_OPTS="--server-crt $CRT" argocd account get-user-info -o json | jq -r .username
       stat -c %a ~/.config/argocd/config`,
      {
        CRT: on.certificate,
        FINGERPRINT: certificate,
        OTHER: certificate.replace(/..$/, "00").replace(/^(SHA256:)../, "$1AA"),
      },
    ),
  ).toEqual([
    "0",
    "0",
    expect.stringMatching(
      /^20 FATA\[0000\] Cannot trust https:\/\/SERVER: its certificate has the fingerprint SHA256:/,
    ),
    expect.stringMatching(/^20 FATA\[0000\] --server-crt nowhere\.crt cannot be read: ENOENT/),
    "20 FATA[0000] --insecure takes any certificate, and another flag says which one.",
    "'admin:login' logged in successfully",
    "admin",
    "600",
  ]);
});

test("--sso: a person allows it in a browser, and the context is logged in as them, also once more", async () => {
  const browser = new HandBrowser(`https://${on.address}`, readFileSync(on.certificate, "utf8"));
  let visits = 0;
  /** As a browser that was opened there: it is told the address alone. */
  const bridge = Bun.serve({
    ...{ hostname: "127.0.0.1", port: 0, idleTimeout: 0 },
    async fetch(request) {
      const address = new URL(request.url).searchParams.get("at") ?? "";
      const asked = requestIn(address);
      if (visits++ === 0) {
        await browser.open(address);
        await browser.signIn("ann", PASSWORD, asked);
      }
      const { onward = "" } = await browser.send({ do: "allow", request: asked });
      await fetch(onward);
      return new Response("done");
    },
  });
  const said = await lines(
    `printf '#!/usr/bin/env bash\\ncurl -sG --data-urlencode "at=$1" ${bridge.url.origin} >/dev/null\\n' > browse; chmod +x browse
     export BROWSER="$PWD/browse"
     argocd login "$SERVER" --sso --insecure 2>seen.txt
     grep -c 'Your browser shows: https://' seen.txt
     argocd account get-user-info | sed -n 2p
     unset BROWSER
     argocd relogin --sso-launch-browser=false 2>seen.txt & relogin=$!
     for try in {1..300}; do grep -q '^  https' seen.txt 2>/dev/null && break; sleep 0.1; done
     curl -sG --data-urlencode "at=$(grep -o 'https://.*' seen.txt)" ${bridge.url.origin} >/dev/null
     wait $relogin
     fails argocd login "$SERVER" --sso --username ann --insecure
     fails argocd login "$SERVER" --sso --sso-port 70000 --insecure`,
  );
  await bridge.stop(true);
  expect(said).toEqual([
    "'ann' logged in successfully",
    "Context 'SERVER' updated",
    "1",
    "Username: ann",
    "'ann' logged in successfully",
    "Context 'SERVER' updated",
    "20 FATA[0000] --sso logs in by a browser, and a name or a password says otherwise.",
    expect.stringMatching(/^1 FATA\[0000\] .*--sso-port/),
  ]);
});

test("a robot: its token is made, used by variables alone, listed and made worth nothing", async () => {
  const { url } = await shop("robot");
  expect(
    await lines(
      `${LOGIN}
       TOKEN=$(argocd account generate-token --account ci --expires-in 24h --id pipeline)
       argocd account get --account ci | sed -n '1,3p;/^pipeline/s/ .*//p'
       fails argocd account generate-token --account ci --id pipeline
       (
         export ARGOCD_SERVER="$SERVER" ARGOCD_AUTH_TOKEN="$TOKEN" ARGOCD_OPTS="--grpc-web --insecure" HOME="$PWD/robot"
         mkdir robot
         ${create("robot")}
         argocd app sync robot --timeout 120 >/dev/null
         argocd app wait robot --health --timeout 120 >/dev/null
         argocd app list -o name
         argocd app logs robot --kind Deployment --name web --tail 1 | sed 's/Pod .* started/Pod POD started/'
         argocd account get-user-info | sed -n 2p
         fails argocd proj create mine
         fails argocd app delete robot-of-others -y
         argocd app delete robot -y --wait
         argocd app wait robot --delete --timeout 60
         fails argocd app wait robot --health --timeout 60
         test ! -e robot/.config
       )
       argocd account delete-token pipeline --account ci
       ARGOCD_AUTH_TOKEN="$TOKEN" fails argocd app list`,
      { REPO: url },
    ),
  ).toEqual([
    "Name:               ci",
    "Enabled:            true",
    "Capabilities:       apiKey",
    "pipeline",
    expect.stringMatching(/^20 FATA\[0000\] .*pipeline/),
    "application 'robot' created",
    "argocd/robot",
    "sandbox: container web of Pod POD started; nothing runs in it",
    "Username: ci",
    expect.stringMatching(/^20 FATA\[0000\] Permission denied: projects, create, /),
    expect.stringMatching(/^20 FATA\[0000\] Permission denied|not found/),
    "application 'robot' deleted",
    "application 'robot' deleted",
    expect.stringMatching(/^20 FATA\[0000\] Permission denied: applications, get, /),
    expect.stringMatching(/^20 FATA\[0000\] https:\/\/SERVER does not take this token/),
  ]);
});

test("a session by curl, as pipelines without argocd's login have it", async () => {
  expect(
    await lines(
      `curl -sk "https://$SERVER/api/v1/session" -H 'content-type: application/json' -d "{\\"username\\":\\"ann\\",\\"password\\":\\"$ADMIN_PASSWORD\\"}" | jq -r .token > token
       export ARGOCD_AUTH_TOKEN=$(cat token) ARGOCD_SERVER="$SERVER" ARGOCD_OPTS=--insecure
       argocd account get-user-info -o json | jq -r '.loggedIn, .username, .iss'
       argocd account can-i sync applications 'team/web'
       argocd account can-i sync applications 'default/web'
       curl -sk "https://$SERVER/api/v1/session" -X DELETE -H 'content-type: application/json' -H "authorization: Bearer $ARGOCD_AUTH_TOKEN"
       fails argocd app list`,
    ),
  ).toEqual(["true", "ann", "argocd", "yes", "no", expect.stringMatching(/^\{\}20 FATA\[0000\] https:/)]);
});

test("passwords: an administrator's word for another, one's own, and the old one is worth nothing", async () => {
  const { ADMIN_PASSWORD: _, ...none } = robot("");
  expect(none).toBeDefined();
  expect(
    await lines(
      `${LOGIN}
       argocd account update-password --account ann --current-password "$ADMIN_PASSWORD" --new-password 'a second horse'
       fails argocd login "$SERVER" --username ann --password "$ADMIN_PASSWORD" --insecure --name ann
       argocd login "$SERVER" --username ann --password 'a second horse' --insecure --name ann | head -1
       printf 'a second horse\\n%s\\n' "$ADMIN_PASSWORD" | argocd account update-password | sed 's/Context .*/Context updated/'
       argocd account get-user-info | sed -n 2p
       fails argocd relogin --password 'a second horse'
       argocd relogin --password "$ADMIN_PASSWORD" | head -1
       fails argocd account update-password --account admin --current-password "$ADMIN_PASSWORD" --new-password 'mine mine mine'
       argocd account bcrypt --password secret > hash
       "$BUN" -e 'console.log(await Bun.password.verify("secret", (await Bun.file("hash").text()).trim()))'`,
      { BUN: process.execPath },
    ),
  ).toEqual([
    "Password updated",
    "20 FATA[0000] Invalid username or password.",
    "'ann:login' logged in successfully",
    "Password updated",
    "Context updated",
    "Username: ann",
    "20 FATA[0000] Invalid username or password.",
    "'ann:login' logged in successfully",
    expect.stringMatching(/^20 FATA\[0000\] Permission denied: accounts, update, /),
    "true",
  ]);
});

test("accounts in every format", async () => {
  expect(
    await lines(
      `argocd account list
       argocd account list -o json | jq -r '.[].name' | tr '\\n' ' '; echo
       argocd account list -o yaml | grep -c 'name: '
       argocd account list -o name | tail -1
       argocd account get --account ann -o json | jq -r .capabilities[0]
       argocd account get-user-info -o yaml | grep loggedIn`,
      robot(on.token),
    ),
  ).toEqual([
    "NAME   ENABLED  CAPABILITIES",
    "admin  true     login, apiKey",
    "ann    true     login, apiKey",
    "ci     true     apiKey",
    "admin ann ci ",
    "3",
    "ci",
    "login",
    "loggedIn: true",
  ]);
});

test("the life of an application, and each way to look at it", async () => {
  const repository = await shop("life");
  expect(
    await lines(
      `${create("life")} --label tier=front
       argocd app get life --refresh | grep -E '^(Sync Policy|Health Status)'
       argocd app sync life --timeout 120 | tail -1 | awk '{print $2, $4, $5}'
       argocd app wait life --timeout 120 >/dev/null
       argocd app list -o json | jq -r '.[].metadata.name'
       argocd app list -o yaml | grep -c '^- apiVersion'
       argocd app list -o wide | awk '{print $1, $5, $6}'
       argocd app get life -o tree | sed -n '/^KIND/,$p' | awk '{print $1}' | sed '/─/s|/.*||'
       argocd app get life -o tree=detailed | grep -c ReplicaSet
       argocd app get life -o wide | tail -1 | awk '{print $2, $4}'
       argocd app resources life | cut -c1-18
       argocd app manifests life | grep -c '^kind: '
       argocd app history life | tail -1 | awk '{print $1}'
       argocd app set life --self-heal --auto-prune --sync-policy automated
       argocd app get life -o json | jq -c .spec.syncPolicy
       argocd app set life --sync-policy none
       argocd app patch life --type merge --patch '{"metadata":{"labels":{"tier":"back"}}}' | grep -A1 '^  labels:'
       argocd app diff life && echo same`,
      { REPO: repository.url, ...robot(on.token) },
    ),
  ).toEqual([
    "application 'life' created",
    "Sync Policy:        Manual",
    "Health Status:      Missing (None of its 2 objects exists)",
    "Deployment web Synced",
    "life",
    "1",
    "NAME STATUS HEALTH",
    "argocd/life Synced Healthy",
    "KIND/NAME",
    "ConfigMap/settings",
    "Deployment/web",
    "└─ReplicaSet",
    "└─Pod",
    "1",
    "Deployment web",
    "GROUP  KIND       ",
    "       ConfigMap  ",
    "apps   Deployment ",
    "2",
    "0",
    '{"automated":{"prune":true,"selfHeal":true}}',
    "  labels:",
    "    tier: back",
    "same",
  ]);
  await repository.commit({ "app/web.yaml": configMap("life", "settings", { key: "second" }) });
  expect(
    await lines(
      `rc=0; argocd app diff life --hard-refresh >/dev/null || rc=$?; echo "differs: $rc"
       argocd app sync life --prune >/dev/null
       argocd app history life -o id | tr '\\n' ' '; echo
       argocd app rollback life 0 | grep '^Phase:'
       argocd app wait life --health --timeout 60 >/dev/null
       argocd app manifests life --source live | grep -c 'key: value'
       argocd app delete life --yes --wait
       fails argocd app get life`,
      robot(on.token),
    ),
  ).toEqual([
    "differs: 1",
    "0 1 ",
    "Phase:              Succeeded",
    "1",
    "application 'life' deleted",
    '20 FATA[0000] Application "life" not found, or you may not see it.',
  ]);
});

test("one object: shown by its fields, patched, restarted, deleted", async () => {
  const { url } = await shop("object");
  expect(
    await lines(
      `${create("object")} >/dev/null
       argocd app sync object >/dev/null
       argocd app wait object --health --timeout 120 >/dev/null
       argocd app get-resource object --kind ConfigMap --resource-name settings --filter-fields kind,data.key
       argocd app get-resource object --kind Deployment --filter-fields metadata.name
       argocd app get-resource object --kind ConfigMap --resource-name settings -o json | jq -r .data.key
       argocd app get-resource object --kind ConfigMap --resource-name settings -o yaml | grep -c managedFields || true
       argocd app get-resource object --kind ConfigMap --resource-name settings --show-managed-fields -o yaml | grep -c managedFields
       argocd app patch-resource object --kind ConfigMap --resource-name settings --patch '{"data":{"key":"by hand"}}' --patch-type application/merge-patch+json
       argocd app get-resource object --kind ConfigMap --resource-name settings -o json | jq -r .data.key
       argocd app patch-resource object --kind ConfigMap --resource-name settings --patch '[{"op":"add","path":"/data/more","value":"1"}]' --patch-type application/json-patch+json
       fails argocd app patch-resource object --kind ConfigMap --resource-name settings --patch '{}' --patch-type application/strategic-merge-patch+json
       fails argocd app get-resource object --kind Service
       argocd app actions list object --kind Deployment -o json | jq -r '.[] | select(.action == "restart") | .name'
       argocd app actions run object restart --kind Deployment --resource-name web
       argocd app delete-resource object --kind ConfigMap --resource-name settings --orphan
       argocd app resources object -o tree | awk '{print $1}' | grep '^[A-Z]'
       argocd app resources object | awk '/^apps/ {print $2, $4}'
       fails argocd app delete-resource object --kind ConfigMap --resource-name settings
       fails argocd app delete-resource object --resource-name web`,
      { REPO: url, ...robot(on.token) },
    ),
  ).toEqual([
    "FIELD     VALUE",
    "data.key  value",
    "kind      ConfigMap",
    "FIELD          RESOURCE NAME  VALUE",
    "metadata.name  web            web",
    "value",
    "0",
    "1",
    "Resource 'settings' patched",
    "by hand",
    "Resource 'settings' patched",
    expect.stringMatching(
      /^20 FATA\[0000\] There is no patchType "application\/strategic-merge-patch\+json" here/,
    ),
    "20 FATA[0000] argocd/object has no Service in its cluster.",
    "web",
    "Resource 'settings' deleted",
    "KIND/NAME",
    "Deployment/web",
    "Deployment web",
    "20 FATA[0000] argocd/object has no ConfigMap settings in its cluster.",
    expect.stringMatching(/^1 FATA\[0000\] .*--kind/),
  ]);
});

test("an operation that waits is seen, refused beside, and ended", async () => {
  await on.daemon.world.makeNamespace("waits");
  const { url } = await on.daemon.world.repository("waits", {
    "app/all.yaml": [
      hookJob("waits", "migrate", "PreSync", { suspend: true }),
      configMap("waits", "settings"),
    ],
  });
  expect(
    await lines(
      `${create("waits")} >/dev/null
       argocd app sync waits --async
       fails argocd app sync waits
       fails argocd app wait waits --operation --timeout 1
       argocd app terminate-op waits
       argocd app wait waits --operation --timeout 60 >/dev/null || true
       argocd app get waits --show-operation | grep '^Phase:'
       fails argocd app terminate-op waits`,
      { REPO: url, ...robot(on.token) },
    ),
  ).toEqual([
    expect.stringMatching(/^20 FATA\[0000\] .*another operation/i),
    '20 FATA[0000] timed out (1s) waiting for app "argocd/waits" match desired state',
    "Application 'waits' operation terminating",
    "Phase:              Failed",
    expect.stringMatching(/^20 FATA\[0000\] /),
  ]);
});

test("sources of an application are added and taken out, and it is edited", async () => {
  const { url } = await shop("many");
  expect(
    await lines(
      `argocd app create -f - <<EOF
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: { name: many, namespace: argocd }
spec:
  project: default
  sources: [{ repoURL: "$REPO", path: app, targetRevision: main, name: web }]
  destination: { server: https://kubernetes.default.svc, namespace: many }
EOF
       sources() { argocd app get many -o json | jq -r '[.spec.sources[].name] | join(" ")'; }
       argocd app add-source many --repo "$REPO" --path more --revision main --source-name more --validate=false
       argocd app add-source many --repo "$REPO" --path else --source-name else --validate=false
       fails argocd app add-source many --repo "$REPO" --path nowhere --validate
       sources
       argocd app remove-source many --source-position 2
       sources
       argocd app remove-source many --source-name else
       fails argocd app remove-source many --source-name web
       fails argocd app remove-source many --source-position 9
       fails argocd app remove-source many
       fails argocd app add-source many --repo "$REPO" --path app --dest-namespace other
       EDITOR="sed -i s/targetRevision:.main/targetRevision:\\ HEAD/" argocd app edit many 2>shown.txt
       grep '^[-+]' shown.txt
       argocd app get many -o json | jq -r '.spec.sources[0].targetRevision'
       fails env EDITOR=false argocd app edit many
       ${create("single-source")} --dest-namespace many >/dev/null
       fails argocd app add-source single-source --repo "$REPO" --path more`,
      { REPO: url, ...robot(on.token) },
    ),
  ).toEqual([
    "application 'many' created",
    "Application 'many' updated successfully",
    "Application 'many' updated successfully",
    expect.stringMatching(/^20 FATA\[0000\] .*has no such folder/),
    "web more else",
    "Application 'many' updated successfully",
    "web else",
    "Application 'many' updated successfully",
    "20 FATA[0000] It is the only source of argocd/many.",
    "20 FATA[0000] argocd/many has 1 sources, and none at 9.",
    "20 FATA[0000] Which source is to go?",
    "20 FATA[0000] --dest-namespace is of no source.",
    "✓ argocd/many was changed. What comes of it: holdfast app get argocd/many",
    "-    targetRevision: main",
    "+    targetRevision: HEAD",
    "HEAD",
    expect.stringMatching(/^20 FATA\[0000\] The editor ended with 1/),
    "20 FATA[0000] Cannot add source: application argocd/single-source does not have spec.sources defined.",
  ]);
});

test("a project, its role with a token, and a window that denies", async () => {
  const { url } = await shop("team-web");
  expect(
    await lines(
      `${LOGIN}
       argocd proj create team -d https://kubernetes.default.svc,team-web -s "$REPO" --description 'a team'
       argocd proj get team -o json | jq -r '.spec.description'
       argocd proj get team -o yaml | grep -c 'namespace: team-web'
       EDITOR="sed -i s/a.team/our-team/" argocd proj edit team 2>/dev/null
       argocd proj get team | sed -n 2p
       argocd proj list -o name | sort | tr '\\n' ' '; echo
       argocd proj role create team deploy
       argocd proj role add-policy team deploy --action '*' --permission allow --object '*'
       TOKEN=$(argocd proj role create-token team deploy --expires-in 1h --id pipeline --token-only)
       ISSUED=$(argocd proj role list-tokens team deploy | tail -1 | awk '{print $1}'); test "$ISSUED" -gt 1700000000
       (
         export ARGOCD_SERVER="$SERVER" ARGOCD_AUTH_TOKEN="$TOKEN" ARGOCD_OPTS=--insecure
         ${create("team-web", "team")}
         fails ${create("elsewhere")}
         argocd app sync team-web --timeout 120 >/dev/null
         argocd app list -o name
       )
       argocd proj windows add team -k deny --schedule '* * * * *' --duration 1h --applications '*'
       argocd proj windows list team | awk '{print $1, $3}'
       fails argocd app sync team-web
       argocd proj windows disable-manual-sync team 0
       argocd proj windows delete team 0
       argocd app sync team-web >/dev/null
       argocd proj role delete-token team deploy "$ISSUED"
       ARGOCD_AUTH_TOKEN="$TOKEN" fails argocd app list
       argocd login "$SERVER" --username ann --password "$ADMIN_PASSWORD" --insecure --name ann | head -1
       argocd app list -o name
       argocd app delete team-web -y --wait
       fails argocd proj delete team
       argocd context "$SERVER" >/dev/null
       argocd proj delete team`,
      { REPO: url },
    ),
  ).toEqual([
    "a team",
    "1",
    "✓ Project team was changed.",
    "Description:                  our-team",
    "default kept team ",
    "Role 'deploy' created",
    "application 'team-web' created",
    expect.stringMatching(/^20 FATA\[0000\] Permission denied: applications, create, /),
    "argocd/team-web",
    "ID KIND",
    "0 deny",
    expect.stringMatching(/^20 FATA\[0000\] .*window/i),
    expect.stringMatching(/^20 FATA\[0000\] https:\/\/SERVER does not take this token/),
    "'ann:login' logged in successfully",
    "argocd/team-web",
    "application 'team-web' deleted",
    expect.stringMatching(/^20 FATA\[0000\] Permission denied: projects, delete, /),
  ]);
});

test("a right that is given or taken away holds for the very next request", async () => {
  const ask = async (method: string, path: string, token: string, body?: unknown): Promise<any> => {
    const reply = await fetch(`https://${on.address}${path}`, {
      ...{ method, tls: { ca: readFileSync(on.certificate, "utf8") } },
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return reply.json();
  };
  const project = (policies: string[]) => ({
    ...{ apiVersion: "argoproj.io/v1alpha1", kind: "AppProject", metadata: { name: "quick" } },
    spec: { roles: [{ name: "ci", policies }] },
  });
  const made = await ask("POST", "/api/v1/projects", on.token, { project: project([]) });
  expect(made.metadata).toMatchObject({ name: "quick" });
  const { token } = await ask("POST", "/api/v1/projects/quick/roles/ci/token", on.token, { expiresIn: 600 });
  const mayI = async (): Promise<string> =>
    (await ask("GET", "/api/v1/account/can-i/applications/sync/quick/web", token)).value;
  for (const [policies, may] of [
    [[], "no"],
    [["p, proj:quick:ci, applications, sync, quick/*, allow"], "yes"],
    [[], "no"],
  ] as const) {
    const { metadata } = await ask("GET", "/api/v1/projects/quick", on.token);
    await ask("PUT", "/api/v1/projects/quick", on.token, {
      project: { ...project([...policies]), metadata },
    });
    expect(await mayI()).toBe(may);
  }
});

/** What a controller of the cluster does there: an account's Secret gets its token. */
async function fillTokens(world: World): Promise<void> {
  const { users } = JSON.parse(readFileSync(world.kubeconfig, "utf8")) as {
    users: { user: { token: string } }[];
  };
  const token = Buffer.from(users[0]?.user.token ?? "").toString("base64");
  const at = "/api/v1/namespaces/kube-system/secrets";
  for (let tries = 0; tries < 600; tries++) {
    const { items } = (await world.find(at)) as { items: any[] };
    const open = items.find(
      ({ type, data }) => type === "kubernetes.io/service-account-token" && !data?.token,
    );
    if (open !== undefined) {
      await world.must("PUT", `${at}/${open.metadata.name}`, { ...open, data: { token } });
      return;
    }
    await Bun.sleep(100);
  }
  throw new Error("no account was made");
}

test("a cluster is added from a kubeconfig, delivered to, and let go of", async () => {
  const other = await startWorld();
  try {
    await other.makeNamespace("far");
    const { url } = await on.daemon.world.repository("far", { "app/a.yaml": configMap("far", "settings") });
    const kubeconfig = JSON.parse(readFileSync(other.kubeconfig, "utf8"));
    kubeconfig.contexts[0].name = "prod";
    kubeconfig["current-context"] = "prod";
    const file = join(other.dir, "prod.kubeconfig");
    writeFileSync(file, JSON.stringify(kubeconfig));
    const filled = fillTokens(other);
    const server: string = kubeconfig.clusters[0].cluster.server;
    const said = await lines(
      `argocd cluster add prod --kubeconfig "$KUBE" --name prod --label env=prod -y 2>/dev/null
       argocd cluster list -o server | sort
       argocd cluster list | awk '$2 != "in-cluster" {print $2, $4}'
       argocd cluster get prod -o json | jq -r '.labels.env, .connectionState.status'
       argocd app create far --repo "$REPO" --path app --revision main --dest-name prod --dest-namespace far
       argocd app sync far --timeout 120 >/dev/null
       argocd app delete far -y --wait
       argocd cluster rm prod --kubeconfig "$KUBE" -y 2>gone.txt; grep -c "ServiceAccount kube-system/holdfast-manager" gone.txt
       fails argocd cluster get prod
       fails argocd cluster add nowhere --kubeconfig "$KUBE" -y`,
      { KUBE: file, REPO: url, ...robot(on.token) },
    );
    await filled;
    expect(said.map((line) => line.replace(server, "PROD"))).toEqual([
      expect.stringMatching(/^Cluster 'PROD' added$/),
      "PROD",
      "https://kubernetes.default.svc",
      "NAME STATUS",
      "prod Successful",
      "prod",
      "Successful",
      "application 'far' created",
      "application 'far' deleted",
      "Cluster 'prod' removed",
      "1",
      expect.stringMatching(/^20 FATA\[0000\] /),
      expect.stringMatching(/^20 FATA\[0000\] .*nowhere/),
    ]);
  } finally {
    await other.stop();
  }
});

test("contexts, versions, errors as JSON, and what is refused", async () => {
  expect(
    await lines(
      `argocd version --client --short | awk '{print $1}'
       fails argocd version --server localhost:1
       ${LOGIN}
       argocd login "$SERVER" --username ann --password "$ADMIN_PASSWORD" --insecure --name ann >/dev/null
       argocd version --short | wc -l
       argocd version -o json | jq -r 'keys | join(" ")'
       argocd context | awk '{print $1, $2}'
       argocd --argocd-context "$SERVER" account get-user-info | sed -n 2p
       argocd account get-user-info | sed -n 2p
       argocd context "$SERVER"
       argocd context "$SERVER"
       fails argocd context nowhere
       fails argocd login --core
       fails argocd app list --core
       argocd app get nothing --logformat json 2>err.txt || jq -r '.level' err.txt
       fails argocd app frobnicate
       fails argocd app list --frobnicate
       argocd logout ann
       fails argocd app list --argocd-context ann`,
    ),
  ).toEqual([
    "argocd:",
    expect.stringMatching(/^20 FATA\[0000\] /),
    "2",
    expect.stringContaining("client"),
    "CURRENT NAME",
    "SERVER SERVER",
    "* ann",
    "Username: admin",
    "Username: ann",
    "Switched to context 'SERVER'",
    "Already at context 'SERVER'",
    '20 FATA[0000] Context "nowhere" is not there.',
    "20 FATA[0000] --core is not served here.",
    "20 FATA[0000] --core is not served here.",
    "fatal",
    '1 FATA[0000] unknown command "frobnicate" for "argocd app"',
    "1 FATA[0000] unknown flag: --frobnicate",
    "Logged out from 'ann'",
    "20 FATA[0000] https://SERVER wants a token.",
  ]);
});
