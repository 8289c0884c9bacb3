/**
 * Images of a registry of Amazon ECR, by its own name: the daemon finds it by a hosts file that it alone sees, in mounts of
 * its own, and there a real registry over TLS, which takes what a stand-in of AWS lends to whoever signs as AWS wants it.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { signedHeaders } from "../../src/remote/lent/aws/sign-v4.ts";
import { makeCertificates } from "../lib/certificates.ts";
import { eventually } from "../lib/eventually.ts";
import {
  type ImagesStage,
  INTO_KUSTOMIZATION,
  kustomized,
  pushImage,
  runs,
  startImagesStage,
} from "../lib/images-stage.ts";
import { startRegistry, type TestRegistry } from "../lib/registry.ts";

const REGION = "eu-west-1";
const HOST = `123456789012.dkr.ecr.${REGION}.amazonaws.com`;
const DAY = "2026-11-01T00:00:00Z";
const WHO = { id: "AKIDOWN", secret: "the-secret-of-who-it-is" };
const LENT = { username: "AWS", password: "lent-by-aws" };
/** Nobody else listens there, and the port is the one that the name has. */
const ADDRESS = `127.${77 + (process.pid % 100)}.${(process.pid >> 8) % 250}.${1 + (process.pid % 250)}`;

let dir: string,
  registry: TestRegistry,
  front: Bun.Server<unknown>,
  aws: Bun.Server<unknown>,
  stage: ImagesStage;
let mayLend = false;
const asked: string[] = [];
const heard: string[] = [];

/** Source: docs.aws.amazon.com, "Create a signed AWS API request": the signature is of this request, and no older than five minutes. */
function isSigned(request: Request, body: string): boolean {
  const [, y, mo, d, h, mi, s] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(request.headers.get("x-amz-date") ?? "") ?? [];
  const nowMs = Date.parse(`${y}-${mo}-${d}T${h}:${mi}:${s}Z`);
  const names = ["content-type", "x-amz-target"];
  const headers = Object.fromEntries(names.map((name) => [name, request.headers.get(name) ?? ""]));
  const wanted = signedHeaders(WHO, {
    url: request.url,
    headers,
    body,
    service: "ecr",
    region: REGION,
    nowMs,
  });
  return (
    Math.abs(Date.now() - nowMs) < 300_000 && wanted["Authorization"] === request.headers.get("authorization")
  );
}

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "holdfast-ecr-"));
  registry = await startRegistry("basic", LENT);
  for (const tag of ["1.0.0", "1.0.1", "2.0.0"]) await pushImage(registry, "team/web", tag, DAY);
  const { ca, cert, key } = await makeCertificates([HOST]);
  front = Bun.serve({
    ...{ hostname: ADDRESS, port: 443, tls: { cert, key } },
    async fetch(request) {
      const { pathname, search } = new URL(request.url);
      const who = request.headers.has("authorization") ? "somebody" : "nobody";
      heard.push(`${who} ${request.headers.get("host")} ${pathname}`);
      const headers = new Headers(request.headers);
      headers.delete("host");
      return fetch(`${registry.origin}${pathname}${search}`, {
        method: request.method,
        headers,
        redirect: "manual",
      });
    },
  });
  aws = Bun.serve({
    ...{ hostname: "127.0.0.1", port: 0 },
    async fetch(request) {
      const body = await request.text();
      asked.push(request.headers.get("x-amz-target") ?? "");
      if (!mayLend)
        return Response.json(
          { __type: "AccessDeniedException", message: "is not authorized to perform it" },
          { status: 400 },
        );
      if (!isSigned(request, body))
        return Response.json(
          { __type: "UnrecognizedClientException", message: "the signature is another" },
          { status: 400 },
        );
      const authorizationToken = btoa(`${LENT.username}:${LENT.password}`);
      return Response.json({
        authorizationData: [{ authorizationToken, expiresAt: Date.now() / 1_000 + 43_200 }],
      });
    },
  });
  const hosts = join(dir, "hosts");
  writeFileSync(hosts, `${readFileSync("/etc/hosts", "utf8")}\n${ADDRESS} ${HOST}\n`);
  const unshare = ["unshare", process.getuid?.() === 0 ? "-m" : "-rm", "--"];
  stage = await startImagesStage({
    apps: {
      web: {
        files: kustomized(`${HOST}/team/web`, "1.0.0"),
        annotations: { "image-list": `web=${HOST}/team/web:~1.0`, ...INTO_KUSTOMIZATION },
      },
    },
    repositories: [`{ url: "oci://${HOST}", type: oci, useAwsIdentity: true, ca: ${JSON.stringify(ca)} }`],
    env: {
      ...{ AWS_ACCESS_KEY_ID: WHO.id, AWS_SECRET_ACCESS_KEY: WHO.secret },
      AWS_ENDPOINT_URL_ECR: `http://127.0.0.1:${aws.port}/`,
    },
    under: [...unshare, "sh", "-c", 'mount --bind "$0" /etc/hosts && exec "$@"', hosts],
  });
}, 120_000);
afterAll(async () => {
  await stage?.stop();
  await Promise.all([registry?.stop(), front?.stop(true), aws?.stop(true)]);
  rmSync(dir, { recursive: true, force: true });
});

test("who may not ask for a token is told what it needs, and comes to the registry as nobody", async () => {
  expect((await stage.update()).writes).toEqual([]);
  const said = (await stage.images("web")).problems.join();
  expect(said).toContain("is not authorized to perform it");
  expect(said).toContain("ecr:GetAuthorizationToken");
  expect(heard.filter((one) => !one.startsWith("nobody "))).toEqual([]);
}, 60_000);

test("a newer image is found by the token that is lent, committed and delivered", async () => {
  mayLend = true;
  // Who was refused is asked again a little later.
  await eventually("it is written", async () => (await stage.update()).writes.length > 0);
  expect(await stage.fileAt("web/kustomization.yaml")).toContain('"1.0.1"');
  await stage.daemon.until("web", runs(/amazonaws\.com\/team\/web:1\.0\.1$/));
  expect(heard).toContain(`somebody ${HOST} /v2/team/web/tags/list`);
}, 60_000);

test("the token is asked for once, and neither it nor who the daemon is stands in a log or an answer", async () => {
  const before = asked.length;
  await pushImage(registry, "team/web", "1.0.2", DAY);
  expect((await stage.update()).writes).toMatchObject([{ is: "written" }]);
  expect(asked.length).toBe(before);
  expect(new Set(asked)).toEqual(new Set(["AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken"]));
  const said = `${stage.daemon.log()}${JSON.stringify(await stage.images("web"))}`;
  for (const secret of [WHO.secret, LENT.password, btoa(`${LENT.username}:${LENT.password}`)])
    expect(said).not.toContain(secret);
}, 60_000);
