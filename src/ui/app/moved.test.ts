import { expect, test } from "bun:test";
import { movedTo } from "./moved.ts";

const KEYS = ["argocd/shop", "argocd/web", "team/web"];
const from = (address: string): string | undefined => {
  const { pathname, searchParams } = new URL(address, "http://here.invalid");
  return movedTo({ path: pathname, query: searchParams }, () => KEYS);
};

test.each([
  ["/", "/applications"],
  ["/?q=x", "/applications?q=x"],
  ["/settings/repos", "/repositories"],
  ["/settings/repos/x", "/repositories"],
  ["/settings/clusters", "/clusters"],
  ["/settings/clusters/https%3A%2F%2Fkubernetes.default.svc", "/clusters"],
  ["/settings/projects/team-a", "/projects/team-a"],
  ["/settings/certs", "/settings/certificates"],
  ["/settings/gpgkeys", "/settings/gpg"],
  ["/applications/shop", "/applications/argocd/shop"],
  ["/applications/shop?view=tree", "/applications/argocd/shop?view=tree"],
  ["/applications/web", "/applications?q=web"],
  ["/applications/none", "/applications?q=none"],
  [
    "/applications?search=shop&proj=a,b&health=Degraded&view=tiles",
    "/applications?q=shop+project%3Aa+project%3Ab+health%3ADegraded&as=tiles",
  ],
  ["/applications?proj=", "/applications"],
  ["/applications?view=tiles", "/applications?as=tiles"],
  ["/applications/argocd/shop?view=tree", "/applications/argocd/shop?view=graph"],
  [
    "/applications/argocd/shop?resource=kind%3APod&node=apps%2FDeployment%2Fshop%2Fweb%2F0&view=network",
    "/applications/argocd/shop?node=apps%2FDeployment%2Fshop%2Fweb&view=graph",
  ],
  ["/applications/argocd/shop?resource=", "/applications/argocd/shop"],
  ["/applications/argocd/shop?operation=true", "/applications/argocd/shop?view=run"],
  ["/applications/argocd/shop?rollback=3", "/applications/argocd/shop?view=history"],
  ["/applications/argocd/shop/graph?preset=network", "/applications/argocd/shop?preset=network&view=graph"],
  ["/applications/argocd/shop/diff/", "/applications/argocd/shop?view=diff"],
  ["/applications/argocd/shop/runs", "/applications/argocd/shop?view=run"],
  ["/applications/argocd/shop/runs/481", "/applications/argocd/shop?view=run&run=481"],
])("%s leads to %s, and stays there", (address, to) => {
  expect(from(address)).toBe(to);
  // What is ours leads nowhere else, or the page would go round.
  let at = to;
  for (let steps = 0; steps < 2; steps++) at = from(at) ?? at;
  expect(from(at)).toBeUndefined();
});

test.each([
  "/applications",
  "/applications?q=shop&search=x",
  "/applications/argocd/shop",
  "/applications/argocd/shop?view=graph&node=apps%2FDeployment%2Fshop%2Fweb",
  "/applications/argocd/shop?node=%2FService%2Fshop%2F0",
  "/settings",
  "/settings/nothing",
  "/projects",
  "/nothing",
  "/runs/481",
  "/applications/argocd/shop/runs/x",
  "/applications/argocd/shop/diff/1",
  "/applications/argocd/shop/toString",
])("%s is where it is", (address) => {
  expect(from(address)).toBeUndefined();
});

test("a name alone waits until it is known what there is", () => {
  const at = { path: "/applications/shop", query: new URLSearchParams() };
  expect(movedTo(at, () => undefined)).toBeUndefined();
});
