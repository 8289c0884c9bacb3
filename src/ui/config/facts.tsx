import type { ComponentChildren } from "preact";
import { isWebAddress } from "../words/web-links.ts";

export interface ShownFact {
  /** "": more of what stands before it. */
  name: string;
  words: ComponentChildren;
  as?: "mono" | undefined;
}

/** Names in a column, and what is said of each beside it. */
export function Facts({ facts }: { facts: readonly ShownFact[] }) {
  const groups: { name: string; all: ShownFact[] }[] = [];
  for (const fact of facts) {
    const last = groups.at(-1);
    if (fact.name === "" && last !== undefined) last.all.push(fact);
    else groups.push({ name: fact.name, all: [fact] });
  }
  return (
    <dl class="facts-list">
      {groups.map(({ name, all }, at) => (
        <div key={`${at} ${name}`}>
          <dt>{name}</dt>
          {all.map(({ words, as }, line) => (
            <dd key={line} class={as}>
              {words}
            </dd>
          ))}
        </div>
      ))}
    </dl>
  );
}

/** To elsewhere, and only where that is a page of the web. */
export function WebLink({ to, children }: { to: string | undefined; children: ComponentChildren }) {
  if (to === undefined || !isWebAddress(to)) return children;
  return (
    <a href={to} target="_blank" rel="noopener noreferrer">
      {children}
    </a>
  );
}
