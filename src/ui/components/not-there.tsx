import { hrefOf } from "../store/route.ts";

/** In place of the page of one thing that cannot be shown: why, and where the others are. */
export function NotThere({ title, why, all }: { title: string; why: string; all: "projects" | "clusters" }) {
  const kind = all.slice(0, -1);
  if (why === `${kind} ${title} not found`)
    return (
      <>
        <h1 tabIndex={-1}>
          There is no {kind} {title}
        </h1>
        <p>
          None is called {title}, or you may not see it. <a href={hrefOf(`/${all}`)}>All {all}</a>
        </p>
      </>
    );
  return (
    <>
      <h1 tabIndex={-1}>{title}</h1>
      <p class="refused" role="alert">
        {why}
      </p>
      <p>
        <a href={hrefOf(`/${all}`)}>All {all}</a>
      </p>
    </>
  );
}
