/** Parts of Argo CD's settings that this daemon has nothing of, and what does it meanwhile. Nobody is asked: the answer is known. */
export function NotHere({ title, instead }: { title: string; instead: string }) {
  return (
    <section aria-labelledby="not-here">
      <h2 id="not-here" class="small">
        {title}
      </h2>
      <p>This version of Holdfast has none. {instead}</p>
    </section>
  );
}
