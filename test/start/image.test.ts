/** The image: its root filesystem assembled and run as an engine would run it, without one, and built by one (buildah). */
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { chownSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { imageEnv, imageRootfs, startContainer, USER } from "../lib/container.ts";
import { freePort, run, settled } from "../lib/daemon.ts";
import { eventually } from "../lib/eventually.ts";

setDefaultTimeout(120_000);

const root = join(import.meta.dir, "../..");
const dir = mkdtempSync(join(tmpdir(), "holdfast-image-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

async function said(...argv: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(argv);
  if (code !== 0) throw new Error(`${argv.join(" ")}: ${code}\n${stdout}${stderr}`);
  return stdout;
}

test("nothing in it becomes somebody else, is writable for all, or lacks a library; no shell script's language is missing", async () => {
  const rootfs = await imageRootfs();
  expect(await said("find", rootfs, "-type", "f", "-perm", "/6000")).toBe("");
  expect(await said("find", rootfs, "-perm", "-0002", "!", "-type", "l", "!", "-path", `${rootfs}/tmp`)).toBe(
    "",
  );
  const programs = (
    await said("find", `${rootfs}/usr/bin`, `${rootfs}/usr/lib/git-core`, "-type", "f", "-perm", "/111")
  )
    .trim()
    .split("\n");
  expect(programs.length).toBeGreaterThan(10);
  const lacking: string[] = [];
  for (const program of programs) {
    const head = readFileSync(program).subarray(0, 64).toString("latin1");
    const interpreter = /^#! ?(\S+)/.exec(head)?.[1];
    if (interpreter !== undefined) {
      if (!existsSync(join(rootfs, interpreter))) lacking.push(`${program}: ${interpreter}`);
      continue;
    }
    const loader = "/lib64/ld-linux-x86-64.so.2";
    const { stdout } = await run([
      "/usr/sbin/chroot",
      rootfs,
      loader,
      "--list",
      program.slice(rootfs.length),
    ]);
    lacking.push(...stdout.split("\n").filter((line) => line.includes("not found")));
  }
  expect(lacking).toEqual([]);
  for (const gone of ["usr/bin/perl", "usr/bin/apt-get", "usr/bin/dpkg", "bin/bash"])
    expect([gone, existsSync(join(rootfs, gone))]).toEqual([gone, false]);
  expect(readFileSync(join(rootfs, "var/lib/dpkg/status.d/git"), "utf8")).toMatch(/^Version: /m);
  expect(readFileSync(join(rootfs, "etc/ssl/certs/ca-certificates.crt"), "utf8")).toContain(
    "BEGIN CERTIFICATE",
  );
});

test("read-only and as nobody it syncs applications of plain files, Helm and Kustomize", async () => {
  const data = join(dir, "data");
  mkdirSync(data);
  chownSync(data, USER, USER);
  const port = await freePort();
  const container = await startContainer({
    argv: ["demo", "--dir", "/var/lib/holdfast/demo", "--listen", `127.0.0.1:${port}`, "--apps", "0"],
    mounts: [{ at: "/var/lib/holdfast", folder: data, access: "write" }],
  });
  try {
    const apps = async (): Promise<Record<string, any>[]> =>
      (
        (await (await fetch(`http://127.0.0.1:${port}/api/v1/applications`)).json()) as {
          items: Record<string, any>[];
        }
      ).items;
    await eventually("all three are well", async () => {
      const items = await apps();
      return items.length === 3 && items.every(settled);
    }).catch(async (cause) => {
      throw new Error(`${cause}\n${(await container.log()).slice(-3000)}`);
    });
    const mounts = readFileSync(`/proc/${container.pid()}/mountinfo`, "utf8").split("\n");
    expect(mounts.find((line) => / \/ ro[, ]/.test(line))).toBeDefined();
    const status = readFileSync(`/proc/${container.pid()}/status`, "utf8");
    expect(status).toMatch(new RegExp(`^Uid:\\s+${USER}\\s+${USER}`, "m"));
    expect(status).toMatch(/^CapEff:\s+0+$/m);
  } finally {
    await container.stop();
  }
  expect(await container.exited).toBe(0);
});

test("buildah builds it from the Containerfile, with no base image, and it is what was assembled", async () => {
  const context = join(dir, "context");
  mkdirSync(join(context, "dist"), { recursive: true });
  for (const file of ["LICENSE", "config/Containerfile", "dist/holdfast-full", "dist/NOTICE.txt"])
    cpSync(join(root, file), join(context, file));
  await said("cp", "-a", await imageRootfs(), join(context, "dist/rootfs"));
  const buildah = [
    "buildah",
    "--root",
    join(dir, "images"),
    "--runroot",
    join(dir, "run"),
    "--storage-driver",
    "vfs",
  ];
  await said(
    ...buildah,
    "bud",
    "--isolation",
    "chroot",
    "-f",
    join(context, "config/Containerfile"),
    "-t",
    "holdfast",
    context,
  );
  const { OCIv1 } = JSON.parse(
    await said(...buildah, "inspect", "--type", "image", "localhost/holdfast"),
  ) as {
    OCIv1: { config: Record<string, unknown> };
  };
  expect(OCIv1.config).toMatchObject({
    User: `${USER}:${USER}`,
    Entrypoint: ["/usr/local/bin/holdfast"],
    Cmd: ["serve", "--config", "/etc/holdfast/holdfast.yaml"],
  });
  expect((OCIv1.config["Env"] as string[]).toSorted()).toEqual(
    Object.entries(imageEnv())
      .map(([name, value]) => `${name}=${value}`)
      .toSorted(),
  );
  const name = (await said(...buildah, "from", "localhost/holdfast")).trim();
  // As root, since the engine's store below a temporary folder lets in nobody else; as nobody it runs above.
  const within = [...buildah, "run", "--isolation", "chroot", "--user", "0", name, "--"];
  expect((await said(...within, "/usr/local/bin/holdfast", "version", "--short")).trim()).toMatch(
    /^\d+\.\d+\.\d+$/,
  );
  expect(await said(...within, "/usr/bin/git", "--version")).toContain("git version");
});
