/** A shape of the page's own, beside a word or in the place of one that is said to whoever listens. @param of `icon-…` of index.html */
export function Icon({ of }: { of: string }) {
  return (
    <svg aria-hidden="true">
      <use href={`#icon-${of}`} />
    </svg>
  );
}
