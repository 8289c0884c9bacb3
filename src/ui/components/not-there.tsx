import { hrefOf } from "../store/route.ts";

/** In place of the page of one thing that cannot be shown: why, and where the others are. */
export function NotThere({ title, why, all }: { title: string; why: string; all: "projects" | "clusters" }) {
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
