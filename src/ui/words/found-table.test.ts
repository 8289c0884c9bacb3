import { expect, test } from "bun:test";
import { appKey } from "../../core/model/application.ts";
import type { FoundResource } from "../../core/model/found-resource.ts";
import { foundCsv } from "./found-table.ts";

const POD: FoundResource = {
  ...{ group: "", version: "v1", kind: "Pod", namespace: "shop", name: "web-1", is: "made" },
  ...{ application: appKey("argocd", "shop"), project: "team", cluster: "in-cluster", health: "Healthy" },
  ...{ images: ["nginx:1.27", "proxy:2"], of: { kind: "Deployment", name: "web" } },
};

test("a line each below a head", () => {
  expect(foundCsv([POD]).split("\r\n")).toEqual([
    "application,project,cluster,namespace,group,kind,name,is,of,sync,health,images",
    'argocd/shop,team,in-cluster,shop,,Pod,web-1,made,Deployment/web,,Healthy,"nginx:1.27 proxy:2"',
    "",
  ]);
});

test("nothing found is a head alone", () => {
  expect(foundCsv([]).split("\r\n").length).toBe(2);
});

test("an image that a spreadsheet would run is a text", () => {
  expect(foundCsv([{ ...POD, images: ["=HYPERLINK(1)"] }])).toContain("'=HYPERLINK(1)");
});
