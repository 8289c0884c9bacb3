/** Real control planes for tests: etcd, kube-apiserver, controllers, scheduler and a stand-in kubelet on loopback. */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { freeControlPlanePort } from "./free-ports.ts";
import { type RawApi, rawApi } from "./raw-api.ts";
import { type RequestCounts, readRequestCounts } from "./request-counts.ts";

const scripts = resolve(dirname(import.meta.path), "../controlplane");

export interface ControlPlane {
  /** Path of an administrator's kubeconfig. */
  kubeconfig: string;
  port: number;
  /** Certificates, keys, logs and etcd's data; removed by `stop`. */
  dir: string;
  /** The API as an administrator, without the code under test. */
  api: RawApi;
  /** stdout; throws with stderr where kubectl fails. */
  kubectl(...args: string[]): Promise<string>;
  /** What the API server counted so far. Use differences of two calls. */
  apiRequests(): Promise<RequestCounts>;
  stop(): Promise<void>;
}

/**
 * The folder with `controlplane` and `kwok`.
 * @throws {Error} with the command that builds them
 */
export function controlPlaneBinaries(): string {
  const candidates = [
    process.env.HOLDFAST_CONTROLPLANE,
    process.env.KUBEBUILDER_ASSETS,
    join(homedir(), ".cache/holdfast/controlplane"),
  ];
  const found = candidates.find(
    (dir) => dir !== undefined && existsSync(join(dir, "controlplane")) && existsSync(join(dir, "kwok")),
  );
  if (found !== undefined) return found;
  throw new Error(
    "no control plane to test against. Build one (about 12 minutes, once): test/controlplane/build.sh ~/.cache/holdfast/controlplane, or name its folder in HOLDFAST_CONTROLPLANE",
  );
}

/**
 * Starts a fresh one; about 5 seconds. It ends with `stop`, and by itself when this process ends in whatever way:
 * its keeper reads a pipe whose other end dies with us.
 *
 * Ports come from HOLDFAST_TEST_PORTS (default 30000-30998), and 1000 above.
 * @param kcmQps the controller-manager's request limit; stock is 20
 */
export async function startControlPlane({
  kcmQps = 500,
  apiserverFlags = "",
  controllerManagerFlags = "",
}: {
  kcmQps?: number;
  apiserverFlags?: string;
  controllerManagerFlags?: string;
} = {}): Promise<ControlPlane> {
  const binaries = controlPlaneBinaries();
  const port = freeControlPlanePort(process.env.HOLDFAST_TEST_PORTS ?? "30000-30998", Math.random);
  const dir = mkdtempSync(join(tmpdir(), "holdfast-controlplane-"));
  const script = `trap '' INT TERM HUP; "$1/up.sh" "$2" "$3" "$4" </dev/null; echo "up $?"; read -r _; "$1/down.sh" "$3"`;
  const keeper = spawn("bash", ["-c", script, "keeper", scripts, binaries, dir, String(port)], {
    detached: true,
    stdio: ["pipe", "pipe", "pipe"],
    env: {
      ...process.env,
      KCM_QPS: String(kcmQps),
      KCM_BURST: String(kcmQps * 2),
      APISERVER_FLAGS: apiserverFlags,
      KCM_FLAGS: controllerManagerFlags,
    },
  });
  const ended = new Promise<void>((done) => keeper.once("close", () => done()));
  let errors = "";
  keeper.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
  const stop = async (): Promise<void> => {
    keeper.stdin.end();
    await ended;
  };
  const code = await new Promise<string>((done) => {
    let output = "";
    keeper.stdout.on("data", (chunk: Buffer) => {
      output += chunk.toString();
      const up = /^up (\d+)$/m.exec(output);
      if (up !== null) done(up[1] as string);
    });
    void ended.then(() => done("ended"));
  });
  if (code !== "0") {
    await stop();
    throw new Error(`the control plane did not start (${code}): ${errors.trim()}`);
  }
  const kubeconfig = join(dir, "kubeconfig");
  const api = await rawApi(kubeconfig);
  return {
    kubeconfig,
    port,
    dir,
    api,
    kubectl: (...args) => runKubectl(binaries, kubeconfig, args),
    apiRequests: () => readRequestCounts(api),
    stop,
  };
}

async function runKubectl(binaries: string, kubeconfig: string, args: readonly string[]): Promise<string> {
  const child = Bun.spawn(
    [join(binaries, "controlplane"), "kubectl", `--kubeconfig=${kubeconfig}`, ...args],
    { stdout: "pipe", stderr: "pipe" },
  );
  const [stdout, stderr, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (code !== 0) throw new Error(`kubectl ${args.join(" ")}: ${stderr.trim()}`);
  return stdout;
}
