/** What the cluster has of an application, asked for anew as it changes. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { Application, ResourceStatus } from "../../core/model/application.ts";
import { Asked, useAsked } from "../components/asked.tsx";
import { askOnce } from "../store/early.ts";
import { keyOf } from "../words/app-words.ts";
import type { ShownHost } from "../words/node-room-words.ts";
import type { TreeNode } from "./outline.ts";
import { argoPathOf } from "./paths.ts";

const NONE: readonly never[] = [];

interface Told {
  nodes: readonly TreeNode[];
  /** What lives in its namespace and is no application's, where its project wants to be told. */
  orphanedNodes?: readonly TreeNode[];
  /** The nodes that its Pods are on. */
  hosts?: readonly ShownHost[];
}

export function ObjectTree({
  app,
  children,
}: {
  app: Application;
  children(
    resources: readonly ResourceStatus[],
    nodes: readonly TreeNode[],
    orphans: readonly TreeNode[],
    hosts: readonly ShownHost[],
  ): ComponentChildren;
}) {
  const { resources = NONE, sync, health, reconciledAt } = app.status ?? {};
  const tree = useAsked(
    (signal) => askOnce<Told>(argoPathOf(app, "resource-tree"), signal),
    [keyOf(app), reconciledAt, JSON.stringify([resources, sync, health])],
  );
  const [last, setLast] = useState<Told>();
  if (tree.is === "answered" && tree.value !== last) setLast(tree.value);
  // While it is asked again what was known before stands.
  const told = tree.is === "answered" ? tree.value : last;
  if (told === undefined)
    return (
      <Asked answer={tree} waiting="Asking what there is">
        {() => null}
      </Asked>
    );
  return <>{children(resources, told.nodes, told.orphanedNodes ?? NONE, told.hosts ?? NONE)}</>;
}
