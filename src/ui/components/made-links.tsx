import type { ShownLinks } from "../../core/model/deep-link.ts";

/** Each leads to a tab of its own, which knows nothing of this one; what comes to nothing says why. */
export function MadeLinkList({ links: { items, wrong } }: { links: ShownLinks }) {
  return (
    <>
      {items.map(({ title, url, description }) => (
        <div key={`${title} ${url}`}>
          <a href={url} target="_blank" rel="noopener noreferrer" title={url}>
            {title || url}
          </a>
          {description !== undefined && <span class="why"> {description}</span>}
        </div>
      ))}
      {wrong.map(({ title, why }) => (
        <div key={`${title} ${why}`} class="dim">
          {title}: no link here, {why}.
        </div>
      ))}
    </>
  );
}
