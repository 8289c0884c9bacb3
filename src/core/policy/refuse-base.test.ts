import { expect, test } from "bun:test";
import { refuseBase } from "./refuse-base.ts";

const DEFAULT = ["https://**"];
const NEAR = "its host is in a network of its own";
const UNNAMED = "neither remoteBases nor repositories";

test.each<{ url: string; patterns?: string[]; known?: "known" | "unknown"; says: string | undefined }>([
  { url: "https://github.com/org/repo", says: undefined },
  { url: "https://github.com/org/repo", patterns: [], says: UNNAMED },
  { url: "https://github.com/org/repo", patterns: [], known: "known", says: undefined },
  { url: "https://github.com/org/repo.git", patterns: ["https://GitHub.com/org/*"], says: undefined },
  { url: "https://github.com/other/repo", patterns: ["https://github.com/org/*"], says: UNNAMED },
  {
    url: "https://github.com/org/repo",
    patterns: ["https://**", "!https://github.com/org/**"],
    says: "forbids",
  },
  {
    url: "https://github.com/org/repo",
    patterns: ["!https://github.com/org/**"],
    known: "known",
    says: "forbids",
  },
  { url: "https://10.0.0.1/a/b", says: NEAR },
  { url: "https://git/a/b", patterns: ["*"], says: NEAR },
  { url: "https://git.shop.svc/a/b", patterns: ["https://*.shop.svc/**"], says: NEAR },
  { url: "https://git.shop.svc/a/b", patterns: ["https://git.shop.svc/**"], says: undefined },
  { url: "http://git.example.com/a/b", patterns: ["*"], says: "it is not asked over HTTPS" },
  { url: "http://git.example.com/a/b", patterns: ["http://git.example.com/**"], says: undefined },
  { url: "git@git.example.com:a/b", says: UNNAMED },
  { url: "git@git.example.com:a/b", patterns: ["git@git.example.com:a/*"], says: undefined },
  { url: "ssh://git@git.example.com/a/b", patterns: ["ssh://git@git.example.com/**"], says: undefined },
  // Text and request mean two things.
  {
    url: "https://evil.example\\@github.com/x.yaml",
    patterns: ["https://github.com/**"],
    says: "holds a backslash",
  },
  { url: "https://10.0.0.1\\@github.com/x.yaml", says: "holds a backslash" },
  ...["../evil", "%2e%2E/evil", "..\\evil"].map((way) => ({
    url: `https://github.com/ours/${way}/r`,
    patterns: ["https://github.com/ours/**"],
    says: "its address holds",
  })),
  ...["github.com:443", "github.com.", "/github.com", "github.com/"].map((host) => ({
    url: `https://${host}/somebody/r`,
    patterns: ["https://**", "!https://github.com/somebody/**"],
    says: host.endsWith(":443") ? "forbids" : "its ",
  })),
  {
    url: "https://github.com/%73omebody/r",
    patterns: ["https://**", "!https://github.com/somebody/**"],
    says: "writes letters",
  },
  {
    url: "https://jo@github.com/somebody/r",
    patterns: ["https://**", "!https://github.com:443/somebody/**"],
    says: "forbids",
  },
])(
  "refuseBase($url, $patterns, $known) says $says",
  ({ url, patterns = DEFAULT, known = "unknown", says }) => {
    const refused = refuseBase(url, patterns, known);
    if (says === undefined) expect(refused).toBeUndefined();
    else expect(refused?.why).toContain(says);
  },
);
