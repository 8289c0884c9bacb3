import { afterEach, beforeEach, expect, test } from "bun:test";
import { Metrics } from "./metrics.ts";

let metrics: Metrics;
beforeEach(() => {
  metrics = new Metrics(
    { version: "0.1.0", commit: "abc" },
    { applications: () => [], clusters: () => [], serverOf: () => undefined, waiting: () => 0 },
  );
});
afterEach(() => metrics.stop());

const counted = async (name: string): Promise<string[]> =>
  (await metrics.text())
    .split("\n")
    .filter((line) => line.startsWith(`${name}{`))
    .map((line) => line.slice(name.length));

test("requests count by operation, and as Argo CD's server would count them", async () => {
  const at = "/api/v1/applications/:name";
  metrics.http.answered({ operation: "getApplication", path: at, status: 200, tookMs: 3 });
  metrics.http.answered({ operation: "getApplication", path: at, status: 403, tookMs: 3 });
  metrics.http.answered({ operation: "getApplication", path: at, status: 418, tookMs: 3 });
  metrics.http.answered({ operation: "watch", path: "/api/v1/stream/applications", status: 200, tookMs: 3 });
  metrics.http.answered({ operation: "problems", path: "/api/holdfast/v1/problems", status: 200, tookMs: 3 });
  const got = 'grpc_service="application.ApplicationService",grpc_method="getApplication"';
  expect(await counted("grpc_server_handled_total")).toEqual([
    `{${got},grpc_code="OK",grpc_type="unary"} 1`,
    `{${got},grpc_code="PermissionDenied",grpc_type="unary"} 1`,
    `{${got},grpc_code="Unknown",grpc_type="unary"} 1`,
    '{grpc_service="application.ApplicationService",grpc_method="watch",grpc_code="OK",grpc_type="server_stream"} 1',
  ]);
  expect(await counted("holdfast_http_requests_total")).toContain('{operation="problems",code="200"} 1');
  expect(await metrics.text()).toContain("holdfast_http_request_duration_seconds_count 5");
});

test.each([
  ["/api/v1/settings", "cluster.SettingsService"],
  ["/api/version", "version.VersionService"],
  ["/api/v1/session/userinfo", "session.SessionService"],
  ["/api/v1/account/:name", "account.AccountService"],
])("%s counts under the service that Argo CD's server has for it", async (path, service) => {
  metrics.http.answered({ operation: "asked", path, status: 200, tookMs: 1 });
  expect(await counted("grpc_server_handled_total")).toEqual([
    `{grpc_service="${service}",grpc_method="asked",grpc_code="OK",grpc_type="unary"} 1`,
  ]);
});

test("logins count by what came of them", async () => {
  for (const status of [200, 401, 401])
    metrics.http.answered({ operation: "signIn", path: "/api/v1/session", status, tookMs: 1 });
  expect(await counted("argocd_login_request_total")).toEqual(['{status="200"} 1', '{status="401"} 2']);
});
