import { expect, test } from "bun:test";
import { whyLeadsAway, whyNotPlain } from "./plain-address.ts";

test.each([
  "https://github.com/org/repo",
  "https://GitHub.com/Org/repo.git/",
  "https://github.com:443/org/repo",
  "https://user:pa%40ss@git.example.com:8443/org/repo",
  "https://git.example.com/org/..hidden/...",
  "https://gitlab.example.com/api/v4/projects/team%2Frepo/raw?path=../x&at=%2e",
  "https://bucket.example.com/v1.0%2Bbuild/a%20file.yaml",
  "https://xn--bcher-kva.example/a",
  "https://[2001:db8::1]:8443/a",
  "ssh://git@git.example.com:22/org/repo",
  "git@git.example.com:org/repo.git",
  "git@git.example.com:/srv/git/repo",
  "somebody@mail.example@git.example.com:org/repo",
  "file:///srv/git/repo",
  "/srv/git/repo",
  "oci://registry.example.com/charts/web",
  "oci://10.0.0.7:5000/charts",
  "10.1.2.3:5000/charts",
  "registry.example.com/charts",
  "localhost:5000",
])("%s is plain", (address) => {
  expect(whyNotPlain(address)).toBeUndefined();
});

const AWAY = [
  "https://evil.example\\@github.com/x.yaml",
  "https://github.com/ours/../evil/r",
  "https://github.com/ours\\..\\evil/r",
  "https://github.com/ours/%2e%2E/evil/r",
  "https://github.com/ours/.%2e/evil/r",
  "https://github.com/ours/./r",
  "https://github.com/ours/..%2fevil/r",
  "https://github.com/ours/..",
  "https://github.com/ours/\t../evil",
  "https://github.com /ours",
  "https://git\nhub.com/ours",
  "git@git.example.com:ours/../evil/r",
  "oci://registry.example.com/ours/../evil",
  "registry.example.com/ours/../evil",
  "/srv/ours/../evil",
  "file:///srv/ours/../evil",
];
test.each(AWAY)("%j leads away from where it begins", (address) => {
  expect(whyLeadsAway(address)).toContain("its address holds");
  expect(whyNotPlain(address)).toBe(whyLeadsAway(address));
});

test.each([
  ["https:///github.com/somebody/r", "its address names no host"],
  ["https://@/github.com/somebody/r", "its address names no host"],
  ["https:github.com/somebody/r", "its address has no // before its host"],
  ["HTTPS:/github.com/somebody/r", "its address has no // before its host"],
  ["https://github.com./somebody/r", "its host ends with a dot"],
  ["git@github.com.:somebody/r", "its host ends with a dot"],
  ["https://git%68ub.com/somebody/r", "its host is no host name"],
  ["https://github。com/somebody/r", "its host is no host name"],
  ["https://0x7f000001/r", "its host is no host name"],
  ["oci://0177.0.0.1/charts", "its host is no host name"],
  ["https://[0:0::1]/r", "its host is no host name"],
  ["https://github.com:0443/somebody/r", "its port is no number"],
  ["https://github.com:/somebody/r", "its port is no number"],
  ["https://github.com/%73omebody/r", "its address writes letters"],
  ["ssh://git@github.com/some%2Dbody/r", "its address writes letters"],
  ["https://github.com//somebody/r", "its address has a step without a name"],
  ["https://github.com/somebody/r#x", "its address has a part behind #"],
])("%s is not plain", (address, why) => {
  expect(whyNotPlain(address)).toContain(why);
});
