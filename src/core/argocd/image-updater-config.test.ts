import { describe, expect, test } from "bun:test";
import { readImageUpdaterConfig } from "./image-updater-config.ts";

const registries = (text: string) => {
  const { registries, problems } = readImageUpdaterConfig({ "registries.conf": text });
  return { registries, said: problems.map(({ path, text }) => `${path}: ${text}`) };
};
const said = (data: Record<string, string>): string[] =>
  readImageUpdaterConfig(data).problems.map(({ path, text }) => `${path}: ${text}`);

describe("registries.conf", () => {
  test("an entry says who is asked, how, with what and how often", () => {
    expect(
      registries(`registries:
- name: Docker Hub
  prefix: docker.io
  api_url: https://registry-1.docker.io
  credentials: secret:argocd/hub#creds
  defaultns: library
  default: true
  credsexpire: 5h
- name: Ours
  prefix: Registry.example.com:5000
  api_url: http://registry.example.com:5000
  credentials: env:LOGIN
  limit: 5
- { name: quay, prefix: quay.io, insecure: yes, ca_data: PEM, credentials: "pullsecret:argocd/quay" }
- { name: nexus, prefix: nexus.example.com, ca_data: "PEM" }
- { name: plain, prefix: plain.example.com, insecure: no, limit: 100000 }
`),
    ).toEqual({
      registries: [
        { registry: "docker.io", credentials: "secret:argocd/hub#creds" },
        {
          registry: "registry.example.com:5000",
          plainHttp: true,
          credentials: "env:LOGIN",
          requestsPerSecond: 5,
        },
        { registry: "quay.io", tlsCheck: "nothing", credentials: "pullsecret:argocd/quay" },
        { registry: "nexus.example.com", ca: "PEM" },
        { registry: "plain.example.com", requestsPerSecond: 1000 },
      ],
      said: [],
    });
  });

  test.each([
    ["api_url: https://mirror.example.com", "api_url: is not read: a.example is asked itself"],
    ["api_url: nowhere", "api_url: is not read: a.example is asked itself"],
    [
      "default: yes",
      "default: is not read: an image without a registry is of Docker Hub here, as it is for Kubernetes",
    ],
    ["defaultns: team", "defaultns: is not read"],
    ["ca_file: /app/ca.pem", "ca_file: is not read: it is a file of Image Updater's Pod"],
    ["credentials: ext:/app/auth.sh", "credentials: is a script, and no script is run"],
    ["credentials: hub", 'credentials: is not used: "hub" names no secret'],
    ["limit: many", "limit: is no whole number of requests within a second, and changes nothing"],
    ["limit: -1", "limit: is no whole number of requests within a second, and changes nothing"],
    ["insecure: perhaps", "insecure: is neither true nor false: certificates are looked at"],
    ["limits: 3", "limits: is no key that is known, and changes nothing"],
  ])("%s is said, and the entry counts without it", (line, problem) => {
    expect(registries(`registries:\n- name: a\n  prefix: a.example\n  ${line}\n`)).toEqual({
      registries: [{ registry: "a.example" }],
      said: [`registries.conf: registries[0].${problem}`],
    });
  });

  test.each([
    ["[", "registries.conf: is no YAML, and nothing of it is used"],
    ["registries: {}", "registries.conf: must have a list of registries"],
    ["- a", "registries.conf: must have a list of registries"],
    ["registries: [{ name: a }]", "registries.conf: registries[0].prefix: is no name of a registry"],
    ["registries: [{ prefix: team }]", "registries.conf: registries[0].prefix: is no name of a registry"],
    ["registries: [{ prefix: 'a.example/../b' }]", "registries.conf: registries[0].prefix: is no name"],
    ["registries: [a]", "registries.conf: registries[0].prefix: is no name of a registry"],
  ])("%p is said, and nothing of it is used", (text, problem) => {
    const read = registries(text);
    expect(read.registries).toEqual([]);
    expect(read.said).toEqual([expect.stringContaining(problem)]);
  });

  test("of two for one registry the first counts, by whatever name, and an empty one says nothing", () => {
    const read = registries(
      "registries: [{ prefix: docker.io, limit: 1 }, { prefix: index.docker.io, limit: 2 }]",
    );
    expect(read.registries).toEqual([{ registry: "docker.io", requestsPerSecond: 1 }]);
    expect(read.said).toEqual([
      "registries.conf: registries[1]: docker.io stands there twice, and the first counts",
    ]);
    for (const text of ["", "registries:", "# none\n"])
      expect(registries(text)).toEqual({ registries: [], said: [] });
  });
});

describe("readImageUpdaterConfig()", () => {
  test("reads how commits are written", () => {
    const template = "build: {{ .AppName }}\n";
    expect(
      readImageUpdaterConfig({
        ...{ "git.user": " Image Bot ", "git.email": "bot@example.com", "git.commit-sign-off": "true" },
        ...{ "git.commit-message-template": template, "log.level": "debug", "argocd.server_addr": "x" },
      }),
    ).toEqual({
      ...{ authorName: "Image Bot", authorEmail: "bot@example.com", signOff: true },
      ...{ messageTemplate: template, registries: [], problems: [] },
    });
    expect(readImageUpdaterConfig({ "git.user": " ", "git.commit-message-template": "\n" })).toEqual({
      registries: [],
      problems: [],
    });
  });

  test("an author that would end the line of a commit is not used", () => {
    for (const name of ["a\nb", "a <b", "a>"]) {
      expect(readImageUpdaterConfig({ "git.user": name }).authorName).toBeUndefined();
      expect(said({ "git.user": name })).toEqual([
        "git.user: holds a sign that no author of a commit has, and is not used",
      ]);
    }
  });

  test("says what cannot be read, and what is no key of it", () => {
    expect(
      said({
        ...{ "git.commit-signing-key": "/app/.ssh/id.pub", "git.commit-signing-method": "ssh" },
        ...{ interval: "5m", "git.commit-sign-off": "perhaps", "git.name": "x" },
      }),
    ).toEqual([
      "git.commit-signing-key: is not read: it is a file of Image Updater's Pod, or a key in its ring of GPG: write the file of either as `images.signingKey` in the config",
      "interval: is not read: write `images.interval` in the config",
      "git.name: is no key that is known, and changes nothing",
      "git.commit-sign-off: is neither true nor false, and changes nothing",
    ]);
    expect(said({ "git.commit-signing-key": "", interval: " " })).toEqual([]);
  });
});
