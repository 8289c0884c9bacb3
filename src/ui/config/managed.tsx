/** Who manages an application, and where one changes it. */
import { clusterPage, pageAt, setPageAt } from "../application/paths.ts";
import { useAsked } from "../components/asked.tsx";
import { ask } from "../store/daemon.ts";
import { hrefOf } from "../store/route.ts";
import type { Origin } from "../words/origin-words.ts";
import { webAddress } from "../words/web-links.ts";
import { WebLink } from "./facts.tsx";

/** @param of `namespace/name` */
export function ManagedBy({ of, origin }: { of: string; origin: Origin }) {
  switch (origin.from) {
    case "api":
      return <>Made by the API, and kept by the daemon.</>;
    case "cluster":
      return (
        <>
          A custom resource of cluster <a href={hrefOf(clusterPage(origin.cluster))}>{origin.cluster}</a>; a
          change is written there.
        </>
      );
    case "file":
      return (
        <>
          Written in <code>{`${origin.file}:${origin.line}`}</code>: edit it there.
        </>
      );
    case "parent":
      return origin.set !== undefined ? (
        <>
          ApplicationSet <a href={hrefOf(setPageAt(origin.set))}>{origin.set}</a> makes it: edit its template.
        </>
      ) : (
        <>
          {origin.parent === undefined ? (
            "Another application or an ApplicationSet"
          ) : (
            <>
              Application <a href={hrefOf(pageAt(origin.parent))}>{origin.parent}</a>
            </>
          )}{" "}
          renders it
          <WrittenAt of={of} />.
        </>
      );
  }
}

interface Traced {
  items: {
    application: string;
    written?: { repository: string; file: string; line: number };
    revision?: string;
  }[];
}

/** Where its parent's Git writes it, which is known once the parent was rendered. */
function WrittenAt({ of }: { of: string }) {
  const [namespace = "", name = ""] = of.split("/");
  const answer = useAsked(
    (signal) => {
      const query = new URLSearchParams({ group: "argoproj.io", kind: "Application", namespace, name });
      return ask<Traced>("GET", `/api/holdfast/v1/trace?${query}`, { signal });
    },
    [of],
  );
  const found =
    answer.is === "answered" ? answer.value.items.find(({ written }) => written !== undefined) : undefined;
  if (found?.written === undefined) return <>: edit it in Git</>;
  const { repository, file, line } = found.written;
  return (
    <>
      : edit{" "}
      <WebLink to={webAddress(repository, { revision: found.revision ?? "", path: file, is: "file", line })}>
        <code>{`${file}:${line}`}</code>
      </WebLink>{" "}
      of {repository}
    </>
  );
}
