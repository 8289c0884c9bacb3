import { describe, expect, test } from "bun:test";
import { application } from "../../../test/lib/core-objects.ts";
import type { Acting } from "../model/acting.ts";
import type { Project, ServiceAccountRule } from "../model/project.ts";
import { actingFor } from "./acting.ts";

const SERVER = { server: "https://10.0.0.1:6443" };
const project = (...destinationServiceAccounts: ServiceAccountRule[]): Project => ({
  apiVersion: "argoproj.io/v1alpha1",
  kind: "AppProject",
  metadata: { name: "team", namespace: "argocd" },
  spec: { destinationServiceAccounts },
});
const to = (namespace?: string) =>
  application({ destination: { server: SERVER.server, ...(namespace === undefined ? {} : { namespace }) } });
const rule = (defaultServiceAccount: string, namespace = "*", server = "*"): ServiceAccountRule => ({
  server,
  namespace,
  defaultServiceAccount,
});
const account = (namespace: string, name: string): Acting => ({
  is: "account",
  account: { namespace, name },
  because: "destinationServiceAccounts of project team",
});

describe("actingFor()", () => {
  test("takes the first rule that matches server and namespace", () => {
    const rules = project(
      rule("other", "*", "https://elsewhere"),
      rule("shop", "shop-*"),
      rule("rest", "*", "https://10.*"),
    );
    expect(actingFor(rules, to("shop-eu"), SERVER)).toEqual(account("shop-eu", "shop"));
    expect(actingFor(rules, to("bank"), SERVER)).toEqual(account("bank", "rest"));
  });

  test("takes an account of another namespace where the rule names one", () => {
    expect(actingFor(project(rule(" ops:deployer ")), to("shop"), SERVER)).toEqual(
      account("ops", "deployer"),
    );
  });

  test("without a namespace of the destination it is one of the application's own", () => {
    expect(actingFor(project(rule("deployer")), to(), SERVER)).toEqual(account("argocd", "deployer"));
  });

  test.each(["https://10.0.0.1:6443/", "HTTPS://10.0.0.1:6443", "https://10.0.0.1:6443"])(
    "a rule for %s is for that server, so that no rule behind it takes its place",
    (server) => {
      expect(actingFor(project(rule("narrow", "*", server), rule("wide")), to("shop"), SERVER)).toMatchObject(
        { account: { name: "narrow" } },
      );
    },
  );

  test("a cluster's name is no server", () => {
    expect(actingFor(project(rule("a", "*", "in-cluster")), to("shop"), SERVER)).toMatchObject({
      is: "refused",
    });
  });

  test("refuses where no rule matches, and says which place has none", () => {
    for (const rules of [project(), project(rule("a", "bank")), project({ defaultServiceAccount: "a" })])
      expect(actingFor(rules, to("shop"), SERVER)).toEqual({
        is: "refused",
        why: 'destinationServiceAccounts of project team names no service account for server https://10.0.0.1:6443 and namespace "shop". Nothing is written without an account, because sync.impersonation in the config is on',
      });
  });

  test.each(["kube-system:admin", "a\r\nImpersonate-Group: system:masters", "Shop", "shop/../kube-system"])(
    "a destination's namespace %j names nobody else's account",
    (namespace) => {
      expect(actingFor(project(rule("deployer")), to(namespace), SERVER)).toMatchObject({ is: "refused" });
    },
  );

  test("a pattern that could backtrack for ever ends at once", () => {
    const long = `${"a*".repeat(60)}b`;
    expect(actingFor(project(rule("x", long)), to("a".repeat(63)), SERVER)).toMatchObject({ is: "refused" });
  });
});
