/** For an address at which nothing is. */
import { hrefOf } from "../store/route.ts";
import { PLACES } from "./places.ts";

export function NoPage() {
  return (
    <>
      <h1 tabIndex={-1}>There is no page at this address</h1>
      <p>These are there:</p>
      <ul class="places">
        {PLACES.map(({ path, word }) => (
          <li key={path}>
            <a href={hrefOf(path)}>{word}</a>
          </li>
        ))}
      </ul>
    </>
  );
}
