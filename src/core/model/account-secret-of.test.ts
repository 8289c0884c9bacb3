import { expect, test } from "bun:test";
import { accountSecretOf } from "./account-secret-of.ts";

const tokenOf = (claims: unknown): string =>
  `head.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.signature`;
const CLAIMS = {
  "kubernetes.io/serviceaccount/namespace": "kube-system",
  "kubernetes.io/serviceaccount/service-account.name": "holdfast-manager",
  "kubernetes.io/serviceaccount/secret.name": "holdfast-manager-token",
};

test("accountSecretOf() says whose token it is, and where it lives", () => {
  expect(accountSecretOf(tokenOf(CLAIMS))).toEqual({
    namespace: "kube-system",
    account: "holdfast-manager",
    secret: "holdfast-manager-token",
  });
});

test.each([
  ["", "nothing"],
  ["opaque", "no claims"],
  ["a.b.c", "no JSON"],
  [tokenOf(null), "null"],
  [tokenOf({ sub: "system:serviceaccount:kube-system:holdfast" }), "one that was bound, in no Secret"],
  [tokenOf({ ...CLAIMS, "kubernetes.io/serviceaccount/secret.name": undefined }), "no Secret"],
  [tokenOf({ ...CLAIMS, "kubernetes.io/serviceaccount/namespace": "../x" }), "a name that is a path"],
])("accountSecretOf(%p) knows nothing of %s", (token) => {
  expect(accountSecretOf(token)).toBeUndefined();
});
