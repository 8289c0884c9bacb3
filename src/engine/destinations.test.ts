import { describe, expect, test } from "bun:test";
import type { Destination } from "../core/model/application.ts";
import { clusterFor } from "./destinations.ts";

const home = { name: "home", server: "https://kubernetes.default.svc" },
  edge = { name: "edge", server: "https://edge.example.com:6443/" };

describe("clusterFor()", () => {
  test.each<{ what: string; destination: Destination; clusters?: (typeof home)[]; found: typeof home }>([
    { what: "by server", destination: { server: "https://kubernetes.default.svc" }, found: home },
    {
      what: "by server, a last slash on either side does not count",
      destination: { server: "https://edge.example.com:6443" },
      found: edge,
    },
    { what: "by name", destination: { name: "edge" }, found: edge },
    {
      what: "by name, with an empty server beside it",
      destination: { server: "", name: "edge" },
      found: edge,
    },
    {
      what: "in-cluster is the cluster around us under whatever name",
      destination: { name: "in-cluster" },
      found: home,
    },
    {
      what: "in-cluster is the one of that name where there is one",
      destination: { name: "in-cluster" },
      clusters: [home, { name: "in-cluster", server: "https://x" }],
      found: { name: "in-cluster", server: "https://x" },
    },
  ])("finds it $what", ({ destination, clusters = [home, edge], found }) => {
    expect(clusterFor(destination, clusters)).toEqual({ is: "found", cluster: found });
  });

  test.each<{ what: string; destination: Destination; clusters: (typeof home)[]; says: RegExp; fix: RegExp }>(
    [
      {
        what: "no such name",
        destination: { name: "nowhere" },
        clusters: [home, edge],
        says: /^there is no cluster with the name nowhere$/,
        fix: /^Known clusters: home \(https:\/\/kubernetes\.default\.svc\), edge/,
      },
      {
        what: "no such server",
        destination: { server: "https://nowhere" },
        clusters: [home],
        says: /no cluster with the server https:\/\/nowhere/,
        fix: /Known clusters/,
      },
      {
        what: "no clusters at all",
        destination: { name: "home" },
        clusters: [],
        says: /no cluster/,
        fix: /Add it to clusters in the config file/,
      },
      {
        what: "two of one server",
        destination: { server: home.server },
        clusters: [home, { ...home, name: "again" }],
        says: /^there are 2 clusters/,
        fix: /its own name and server/,
      },
      {
        what: "neither a name nor a server",
        destination: {},
        clusters: [home],
        says: /no cluster/,
        fix: /Known clusters/,
      },
      {
        what: "a name that is another one's beginning",
        destination: { name: "ho" },
        clusters: [home],
        says: /no cluster/,
        fix: /Known/,
      },
    ],
  )("says so where there is $what", ({ destination, clusters, says, fix }) => {
    const reached = clusterFor(destination, clusters);
    expect(reached.is === "problem" ? reached.text : reached).toMatch(says);
    expect(reached.is === "problem" ? reached.fix : reached).toMatch(fix);
  });
});
